"""The error of the benchmarks."""

from __future__ import annotations


class BenchmarkError(Exception):
    """Something can't be measured. `str()` gives the whole message: what is wrong and what to do."""

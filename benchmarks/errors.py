"""What can't be measured."""

from __future__ import annotations


class BenchmarkError(Exception):
    """Something can't be measured. `str()` of it is the whole message: what is wrong, and what to do."""

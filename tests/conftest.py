"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# A property is tried with the same examples each time, and a slow machine fails none.
settings.register_profile("tests", derandomize=True, deadline=None)
settings.load_profile("tests")

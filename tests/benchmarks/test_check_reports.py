"""What is read in a report of the contract check."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.stages.check import read


def report(verdict: str) -> dict[str, Any]:
    """The members of a report that are read."""
    properties = [{"code": code, "seconds": seconds} for code, seconds in (("A", 0.1), ("B", 2.0), ("C", 0.4))]
    again = "callcamp-check --seed 1"
    return {
        "verdict": verdict,
        "summary": "The contract is broken.",
        "run": {"requests": 939, "again": again},
        "properties": properties,
    }


def test_slowest_first() -> None:
    """Of a run that holds, requests and time are read, and its properties stand in the order of their time."""
    run = read(8.3, report("holds"))
    assert (run.seconds, run.requests) == (8.3, 939)
    assert [one["code"] for one in run.properties] == ["B", "C", "A"]


def test_run_that_does_not_hold() -> None:
    """The time of a run that does not hold says nothing; the error says how to see what it found."""
    with pytest.raises(BenchmarkError, match=r"^The contract is broken\. See callcamp-check --seed 1$"):
        read(8.3, report("broken"))

"""Reading a report of the contract check."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.stages.check import read


def report(verdict: str) -> dict[str, Any]:
    """The fields of a report that are used."""
    properties = [{"code": code, "seconds": seconds} for code, seconds in (("A", 0.1), ("B", 2.0), ("C", 0.4))]
    again = "callcamp-check --seed 1"
    return {
        "verdict": verdict,
        "summary": "The contract is broken.",
        "run": {"requests": 939, "again": again},
        "properties": properties,
    }


def test_properties_are_listed_slowest_first() -> None:
    """The report of a passing run has its requests, its time, and its properties, the slowest first."""
    run = read(8.3, report("holds"))
    assert (run.seconds, run.requests) == (8.3, 939)
    assert [one["code"] for one in run.properties] == ["B", "C", "A"]


def test_a_failing_run_is_an_error() -> None:
    """A failing run is an error, which says how to see its findings."""
    with pytest.raises(BenchmarkError, match=r"^The contract is broken\. See callcamp-check --seed 1$"):
        read(8.3, report("broken"))

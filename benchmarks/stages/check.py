"""The duration of the contract check against the mock."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.errors import BenchmarkError
from benchmarks.machine import ROOT
from benchmarks.plan import Plan
from benchmarks.processes import finished
from benchmarks.table import NOTHING, table

TITLE = "The contract check"
_PROFILES = ("quick", "default")
_SLOWEST = 5


@dataclass(frozen=True, slots=True)
class Run:
    """One run: its seconds and requests, and the report's properties, the slowest first."""

    seconds: float
    requests: int
    properties: list[Any]


def run(plan: Plan) -> Iterator[str]:
    """Measure, and yield the lines of the section."""
    runs: dict[str, list[Run]] = {profile: [] for profile in _PROFILES}
    for turn, profile in plan.shuffled(_PROFILES):
        plan.tell(turn, f"the check's {profile} profile")
        with plan.noting(f"callcamp-check --profile {profile}"):
            runs[profile].append(measured(sys.executable, profile, plan.seed + turn, ROOT, plan.scratch))
    head = ["profile", "s", "longest, s", "requests", "properties", f"the {_SLOWEST} slowest: s (requests)"]
    yield from table(head, (_row(profile, runs[profile]) for profile in _PROFILES))
    yield ""
    yield "- `callcamp-check --profile PROFILE`, including the start of its mock, each round with another seed."


def measured(python: str | Path, profile: str, seed: int, tree: Path, scratch: Path) -> Run:
    """Run the check of `tree` with the interpreter. Raises BenchmarkError if the contract does not hold."""
    report = scratch / "check.json"
    options = [
        "--profile",
        profile,
        "--seed",
        str(seed),
        "--report",
        f"json={report}",
        "--scripts",
        str(scratch / "scripts"),
    ]
    seconds = finished([python, "-m", "contract_tests", *options], folder=tree)
    return read(seconds, json.loads(report.read_text(encoding="utf-8")))


def read(seconds: float, report: Any) -> Run:
    """The run of a JSON report. Raises BenchmarkError if the contract does not hold."""
    if report["verdict"] != "holds":
        raise BenchmarkError(f"{report['summary']} See {report['run']['again']}")
    properties = sorted(report["properties"], key=lambda one: -one["seconds"])
    return Run(seconds, report["run"]["requests"], properties)


def _row(profile: str, runs: list[Run]) -> list[str]:
    if not runs:
        return [profile, *[NOTHING] * 5]
    seconds = [one.seconds for one in runs]
    slowest = [
        f"{one['code']} {one['subject']} {one['seconds']:.1f} ({one['requests']:,})".replace("  ", " ")
        for one in runs[-1].properties[:_SLOWEST]
    ]
    requests = median(one.requests for one in runs)
    checked = sum(one["outcome"] != "not checked" for one in runs[-1].properties)
    figures = [f"{median(seconds):.1f}", f"{max(seconds):.1f}", f"{requests:,.0f}", str(checked)]
    return [profile, *figures, "; ".join(slowest)]

"""Sees the tests of a run go by, in this process or in workers, and keeps what they tell."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from contract_tests.findings.finding import Finding, from_data
from contract_tests.properties import CATALOGUE
from contract_tests.reports import Outcome, PropertyRun
from contract_tests.runner import worker_result
from contract_tests.runner.plugin import COST, FINDING, LOST, PART, RUN, SPENT, code_of
from contract_tests.runner.progress import Meter
from contract_tests.runner.worker_result import WorkerResult


@dataclass(frozen=True, slots=True)
class Checked:
    """One property that was checked on one resource: whether it is kept, why not, and what it cost."""

    code: str
    name: str
    kept: bool
    why: str
    requests: int
    seconds: float

    def property_run(self) -> PropertyRun:
        """The same for a report."""
        known = CATALOGUE.get(self.code)
        subject = self.name.removeprefix(f"{self.code}-")
        outcome: Outcome = "kept" if self.kept else "broken"
        title = known.title if known else self.code
        return PropertyRun(self.code, title, subject, outcome, self.requests, self.seconds, self.why)


@dataclass
class Collector:
    """A pytest plugin that collects findings, costs and parts. `failures` are faults of the check, not findings."""

    meter: Meter
    checked: list[Checked] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    parts: list[WorkerResult] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)
    lost: str | None = None
    spent: str | None = None

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Know what is about to be checked."""
        self.codes.update(code_of(item) for item in session.items)
        self.meter.collected(len(session.items))

    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """The same, where workers do the work."""
        self.meter.collected(len(ids))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a property tells at its end."""
        told = {name: str(value) for name, value in report.user_properties}
        if report.when != "call":
            if report.failed:
                self.failures.append(f"{report.nodeid}: {report.longrepr}")
            return
        self.lost, self.spent = told.get(LOST) or self.lost, told.get(SPENT) or self.spent
        why = ""
        if FINDING in told:
            met = [str(value) for name, value in report.user_properties if name == FINDING]
            self.findings += [from_data(json.loads(one)) for one in met]
            why = self.findings[-1].code
        elif report.failed and not (LOST in told or SPENT in told):
            self.failures.append(f"{report.nodeid}: {report.longrepr}")
        none = {"code": "", "requests": 0, "seconds": report.duration}
        cost: dict[str, Any] = json.loads(told[COST]) if COST in told else none
        name = report.nodeid.partition("[")[2].removesuffix("]") or cost["code"]
        why = "" if why == cost["code"] else why
        one = Checked(cost["code"], name, report.passed, why, cost["requests"], round(cost["seconds"], 3))
        self.checked.append(one)
        self.meter.checked(one.name, not one.kept, one.requests, one.seconds)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Take in what this process did; the run has removed by now what it created."""
        run = session.config.stash.get(RUN, None)
        if run is not None and run.finished:
            self.parts.append(run.part())

    def pytest_testnodedown(self, node: Any) -> None:
        """Take in what a worker did."""
        output = getattr(node, "workeroutput", {})
        if PART in output:
            self.parts.append(worker_result.from_data(json.loads(output[PART])))


def _weight(finding: Finding) -> tuple[bool, int]:
    return not finding.attempts, len(finding.steps)


def deduplicate(found: list[Finding]) -> list[Finding]:
    """One finding for each cause: the one with the fewest steps, of those that were seen again if any was."""
    best: dict[tuple[str, str], Finding] = {}
    for finding in found:
        known = best.get(finding.cause)
        if known is None or _weight(finding) < _weight(known):
            best[finding.cause] = finding
    return list(best.values())

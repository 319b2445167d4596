"""Collects the outcome of each test of a run: findings, requests, time, and failures of the check itself."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import pytest

from contract_tests.findings.finding import Finding
from contract_tests.findings.raised import FindingRaisedError
from contract_tests.properties import CATALOGUE
from contract_tests.reports import NOT_APPLICABLE, Outcome, PropertyRun
from contract_tests.runner.plugin import CALIBRATION, COST, OVERLAP, RUN, code_of
from contract_tests.runner.progress import Meter
from contract_tests.runner.run import Run
from contract_tests.target.client import TargetLostError
from contract_tests.target.guarded_adapter import BudgetSpentError


@dataclass(eq=False)
class Collector:
    """A pytest plugin that collects the outcome of each test.

    `selected` are the codes to check, `deselected` those that were left out, `failures` faults of the
    check itself. `lost` is why the run gave up the target, `spent` the budget that ended the run.
    """

    meter: Meter
    run: Run | None = None
    properties: list[PropertyRun] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    selected: set[str] = field(default_factory=set)
    deselected: set[str] = field(default_factory=set)
    lost: str | None = None
    spent: str | None = None

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note the tests that will run."""
        self.run = session.config.stash.get(RUN, None)
        if OVERLAP in session.config.stash:
            session.config.stash[OVERLAP].watch = self.meter.waiting_for
        codes = [code_of(item) for item in session.items if code_of(item) != CALIBRATION]
        self.selected.update(codes)
        self.meter.collected(len(codes))

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Note the tests that are left out: for another shard, or not selected."""
        self.deselected.update(code_of(item) for item in items)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a test file that could not be loaded."""
        if report.failed:
            self.failures.append(f"{report.nodeid}: {report.longrepr}")

    def pytest_internalerror(self, excrepr: object) -> None:
        """Note a fault of pytest, or of the check's plugin."""
        self.failures.append(str(excrepr))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[Any]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note the outcome of one test."""
        report = yield
        error = call.excinfo.value if call.excinfo else None
        if report.failed and not isinstance(error, (FindingRaisedError, TargetLostError, BudgetSpentError)):
            self.failures.append(f"{report.nodeid}: {report.longrepr}")
        if report.when == "call":
            self._note(item, report, error)
        return report

    def _note(self, item: pytest.Item, report: pytest.TestReport, error: BaseException | None) -> None:
        if isinstance(error, TargetLostError):
            self.lost = str(report.longrepr)
        if isinstance(error, BudgetSpentError):
            self.spent = str(report.longrepr)
        if isinstance(error, FindingRaisedError):
            self.findings.append(error.finding)
        code, cost = code_of(item), item.stash[COST]
        if code == CALIBRATION:
            if self.run:
                self.meter.calibrated(self.run.learnt, self.run.calibration_requests)
            return
        found = error.finding.code if isinstance(error, FindingRaisedError) else code
        title = CATALOGUE[code].title if code in CATALOGUE else code
        subject = report.nodeid.partition("[")[2].removesuffix("]").removeprefix(f"{code}-")
        is_cut = isinstance(error, (TargetLostError, BudgetSpentError))
        outcome: Outcome = "kept" if report.passed else "not judged" if report.skipped or is_cut else "broken"
        why = str(report.longrepr) if is_cut else "" if found == code else found
        if report.skipped and isinstance(report.longrepr, tuple):
            why = report.longrepr[2].removeprefix("Skipped: ")
        if outcome == "kept" and not cost.requests:
            # No response was judged, so the property does not apply to the document.
            outcome, why = "not checked", NOT_APPLICABLE
        under = tuple(sorted(self.run.met)) if self.run else ()
        one = PropertyRun(code, title, subject, outcome, cost.requests, round(cost.seconds, 3), why, under)
        self.properties.append(one)
        self.meter.checked(one)


def _weight(finding: Finding) -> tuple[bool, int]:
    return not finding.attempts, len(finding.steps)


def deduplicate(found: list[Finding]) -> list[Finding]:
    """One finding for each cause: the one with the fewest steps, preferably one that could be reproduced.

    Another status at one node of the document is one difference, whichever properties find it.
    """
    best: dict[tuple[str, ...], Finding] = {}
    for finding in found:
        is_status = not finding.documented and finding.expected.isdecimal() and finding.observed.isdecimal()
        cause = (finding.pointer, finding.expected, finding.observed) if is_status else finding.cause
        known = best.get(cause)
        if known is None or _weight(finding) < _weight(known):
            best[cause] = finding
    return list(best.values())

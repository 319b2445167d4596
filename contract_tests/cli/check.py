"""Runs the check, or removes what an earlier run left behind."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from types import FrameType

import click
import pytest

from contract_tests.calibration.overlay import describe, with_actions, write_overlay
from contract_tests.calibration.stored import state_of
from contract_tests.cli.cache_folder import hypothesis_home
from contract_tests.cli.publishing import (
    LEFT_BEHIND,
    NOT_JUDGED,
    UNREACHABLE,
    check_options,
    exit_code,
    in_order,
    publish,
)
from contract_tests.cli.pytest_arguments import command_again, pytest_arguments
from contract_tests.findings.baseline import BaselineError, Deviation, read_baseline, weigh, write_baseline
from contract_tests.findings.curl import curl_credentials
from contract_tests.findings.finding import Finding
from contract_tests.properties import CATALOGUE
from contract_tests.reports import Outcome, PropertyRun, Question, Result, StoredDifference
from contract_tests.reports.summary import IGNORED, NOT_APPLICABLE, NOT_SELECTED, ONLY_READS, OTHER_SHARD
from contract_tests.runner.collector import Collector, deduplicate
from contract_tests.runner.progress import Meter
from contract_tests.runner.run import Run, contract_of, start
from contract_tests.settings import Settings
from contract_tests.target.cleanup import remove_leftovers
from contract_tests.target.first_contact import WrongTargetError
from contract_tests.target.ledger import Ledger, LedgerError
from contract_tests.target.target import TargetError, checked
from openapi import Contract, SpecError, located
from openapi.pointers import exists
from openapi.wording import counted

_USAGE, _INTERRUPTED = 2, 130
_INTERRUPT = "it was interrupted"
_BASELINE_LASTS = timedelta(days=90)
_PACKAGES = ("callcamp-contract-kit", "schemathesis", "hypothesis", "pytest")


def clean_up(file: Path, settings: Settings, *, as_json: bool = False) -> int:
    """Remove what an earlier run left behind, by its ledger; returns the exit code. Raises click.UsageError."""
    try:
        removed, left = remove_leftovers(file, settings)
    except (LedgerError, SpecError, TargetError) as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        click.echo(json.dumps({"removed": removed, "left": left}, indent=2))
        return LEFT_BEHIND if left else 0
    for line in left:
        click.echo(f"could not be removed: {line}", err=True)
    click.echo(f"{counted(removed, 'record')} removed, {len(left)} left", err=True)
    return LEFT_BEHIND if left else 0


def check(settings: Settings, write_findings: bool = False) -> int:
    """Check the target and write the reports; returns the exit code. Raises click.UsageError.

    With `write_findings`, also write the findings to the baseline.
    """
    reports = check_options(settings, write_findings)
    code = _preflight(settings)
    if code:
        return code
    try:
        baseline = read_baseline(settings.baseline)
    except BaselineError as error:
        raise click.UsageError(str(error)) from None
    session = _Session(settings, baseline)
    status = session.run()
    if session.collector.run is None:
        return int(status) if status != pytest.ExitCode.USAGE_ERROR else _USAGE
    result = session.result(session.collector.run, status)
    result = publish(result, settings, reports)
    if write_findings:
        session.write_baseline()
    if settings.write_overlay:
        session.write_overlay(settings.write_overlay)
    code = exit_code(result)
    return _INTERRUPTED if code == NOT_JUDGED and result.ended == _INTERRUPT else code


def _preflight(settings: Settings) -> int:
    """Check that the document can be read and that the target responds; returns the exit code, 0 for success."""
    try:
        contract_of.cache_clear()
        contract_of(settings.spec, settings.overlays, settings.allow_ref_outside, not settings.no_infer)
        if settings.target != "mock":
            checked(settings.target)
        if settings.ledger_file is not None:
            Ledger(settings.ledger_file, "").begin()
            settings.ledger_file.unlink()
        if settings.target == "mock":
            click.echo("checking a private mock; writes enabled", err=True)
            return 0
        run = start(replace(settings, ledger=None))
    except (SpecError, TargetError, LedgerError) as error:
        raise click.UsageError(str(error)) from None
    try:
        run.check_reachable()
    except WrongTargetError as error:
        click.echo(f"{error}", err=True)
        return UNREACHABLE
    finally:
        run.finish()
    click.echo(f"checking {run.target.base_url}: {run.mode}", err=True)
    return 0


@dataclass
class _Session:
    """One run of pytest over the tests of the check."""

    settings: Settings
    baseline: Sequence[Deviation]

    def __post_init__(self) -> None:
        self.meter = Meter()
        self.collector = Collector(self.meter)
        self.began = datetime.now(UTC)
        self.seconds = 0.0

    @property
    def findings(self) -> list[Finding]:
        """One finding for each cause."""
        run = self.collector.run
        return deduplicate([*self.collector.findings, *(run.findings if run else ())])

    def run(self) -> int:
        """Run it; returns pytest's exit code."""
        began_s = time.monotonic()
        if self.settings.token is not None:
            # Other users of the machine can read arguments, but not the environment.
            os.environ["CALLCAMP_TOKEN"] = self.settings.token
        with interruptible(), self.meter.shown(), hypothesis_home():
            status = pytest.main(pytest_arguments(self.settings), plugins=[self.collector])
        self.seconds = time.monotonic() - began_s
        return int(status)

    def _is_interrupted(self, status: int) -> bool:
        """Whether the user ended the run: pytest reports a lost target in the same way."""
        return status == pytest.ExitCode.INTERRUPTED and not self.collector.lost

    def result(self, run: Run, status: int) -> Result:
        """Everything that reports need."""
        settings, codes = self.settings, {one.code for one in self.collector.properties}
        today = datetime.now(UTC).date()
        found = with_actions(run.contract, in_order(self.findings), run.facts, today.isoformat(), run.learnt)
        weighed = weigh(found, self.baseline, codes, today)
        lenient = not run.target.own and not settings.strict
        warnings = tuple(one for one in weighed.findings if lenient and not one.documented)
        findings = tuple(one for one in weighed.findings if one not in warnings)
        return Result(
            target=run.target.base_url,
            seed=run.seed,
            profile=settings.profile,
            shard=(settings.shard.number, settings.shard.of) if settings.shard else None,
            own=run.target.own,
            writes=run.writes,
            strict=settings.strict,
            credentials=curl_credentials(settings.token is not None, settings.header_file is not None),
            spec=f"{run.contract.title} {run.contract.version}",
            spec_sha256=hashlib.sha256(run.contract.encoded).hexdigest(),
            versions={name: version(name) for name in _PACKAGES},
            again=command_again(settings, run.seed),
            began=self.began.isoformat(timespec="seconds").replace("+00:00", "Z"),
            seconds=round(self.seconds, 1),
            rate_per_s=run.rate_per_s,
            requests=run.adapter.sent,
            retried=run.adapter.retried,
            waited=run.adapter.waited,
            removals=run.adapter.removals,
            created=run.ledger.total,
            removed=run.ledger.removals,
            left=tuple(run.left),
            ledger=str(run.ledger.file) if run.left else "",
            locations=self._locations(run.contract, (*findings, *warnings)),
            findings=findings,
            warnings=warnings,
            known=weighed.known,
            expired=weighed.expired,
            gone=weighed.gone,
            calibration=tuple(Question(one.pointer, one.declared, one.word, one.evidence) for one in run.learnt),
            calibration_requests=run.calibration_requests,
            stored=tuple(self._stored(run)),
            observations=dict(run.observations.seen),
            coverage=run.exercised(),
            properties=(*self._judged([one.code for one in findings]), *self._not_checked(run, codes)),
            lost=self.collector.lost,
            ended=self.collector.spent or (_INTERRUPT if self._is_interrupted(status) else None),
            errors=tuple(self.collector.failures),
            secrets=settings.secrets,
        )

    def _locations(self, contract: Contract, found: Sequence[Finding]) -> Mapping[str, tuple[str, int]]:
        """The file and the line that findings rest on; the file is relative to the working directory if it is below it.

        A default that the document does not mention has no location.
        """
        document = contract.document()
        pointers = {one.pointer for one in found if exists(document, one.pointer)}
        try:
            locations = located(self.settings.spec, pointers, self.settings.allow_ref_outside) if pointers else {}
        except SpecError:  # The file has changed since the run began.
            return {}
        here = Path.cwd()
        shown = {file: file.resolve() for file, _ in locations.values()}
        return {
            pointer: (str(shown[file].relative_to(here) if shown[file].is_relative_to(here) else file), line)
            for pointer, (file, line) in locations.items()
        }

    def _judged(self, failing: Sequence[str]) -> Iterator[PropertyRun]:
        """The properties that ran; one that ended with a finding that does not fail the run is not judged."""
        for one in self.collector.properties:
            if one.outcome == "broken" and one.why and one.why not in failing:
                yield replace(one, outcome="not judged", why=f"{one.why} ended it first")
            else:
                yield one

    def _not_checked(self, run: Run, codes: set[str]) -> Iterator[PropertyRun]:
        for one in CATALOGUE.values():
            if one.check and one.code not in codes:
                outcome: Outcome = "not judged" if one.code in self.collector.selected else "not checked"
                why = self._why(one.code, needs_writes=one.writes and not run.writes)
                if why == NOT_APPLICABLE and one.writes and run.mock_only:
                    why = f"the document allows writes to {run.mock_only} in a mock only"
                yield PropertyRun(one.code, one.title, "", outcome, why=why)

    def _why(self, code: str, needs_writes: bool) -> str:
        if self.settings.select and not code.startswith(self.settings.select):
            return NOT_SELECTED
        if code.startswith(self.settings.ignore or "\0"):
            return IGNORED
        if code in self.collector.deselected:
            return OTHER_SHARD
        if code in self.collector.selected:
            return self.collector.spent or self.collector.lost or "the run ended first"
        return ONLY_READS if needs_writes else NOT_APPLICABLE

    def _stored(self, run: Run) -> Iterator[StoredDifference]:
        """The differences in overlays, and whether the run has observed them."""
        for one in run.stored:
            state = state_of(one, run.contract, run.facts, run.learnt, self.findings)
            yield StoredDifference(one.sentence, one.pointers, state)

    def write_baseline(self) -> None:
        """Write all findings to the baseline. Raises click.UsageError."""
        until = datetime.now(UTC).date() + _BASELINE_LASTS
        try:
            write_baseline(self.settings.baseline, self.findings, until, self.baseline)
        except BaselineError as error:
            raise click.UsageError(str(error)) from None
        click.echo(f"{self.settings.baseline}: written; give a reason for each entry", err=True)

    def write_overlay(self, file: Path) -> None:
        """Write the refuted assumptions as an overlay. Raises click.UsageError."""
        run = self.collector.run
        if run is None:
            return
        today = datetime.now(UTC).date().isoformat()
        described = describe(run.contract, in_order(self.findings), run.facts, today, run.learnt)
        for finding in described.inexpressible:
            click.echo(f"{file}: an overlay can't express this: {finding.code}: {finding.sentence}", err=True)
        if described.overlay is None:
            click.echo(f"{file}: not written; there are no differences that an overlay can express", err=True)
            return
        try:
            write_overlay(file, described.overlay)
        except OSError as error:
            raise click.UsageError(f"--write-overlay {file}: can't be written ({error})") from None
        click.echo(f"{file}: written; apply it with --overlay, or to the document", err=True)


@contextmanager
def interruptible() -> Iterator[None]:
    """Treats SIGTERM like SIGINT, so that the run still removes its records."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    handler = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, handler)

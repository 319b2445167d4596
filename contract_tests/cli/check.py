"""What `callcamp-check` does once it knows what it was asked."""

from __future__ import annotations

import hashlib
import os
import shlex
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Any

import click
import pytest

from contract_tests.findings.baseline import BaselineError, Deviation, read_baseline, weigh, write_baseline
from contract_tests.findings.finding import Finding
from contract_tests.properties import CATALOGUE
from contract_tests.reports import FORMATS, PropertyRun, Result, for_stream, write_scripts
from contract_tests.runner.collector import Collector, deduplicate
from contract_tests.runner.progress import Meter
from contract_tests.runner.run import TokenRefusedError, contract_of, start
from contract_tests.runner.worker_result import WorkerResult, merge
from contract_tests.settings import Settings
from contract_tests.target.cleanup import remove_leftovers
from contract_tests.target.client import TargetLostError
from contract_tests.target.ledger import Ledger, LedgerError
from contract_tests.target.target import TargetError, checked
from openapi import SpecError

_HERE = Path(__file__).parents[1]
_BROKEN, _UNREACHABLE, _LEFT_BEHIND, _INTERRUPTED = 1, 3, 4, 130
_INTERRUPT = "it was interrupted"
_BASELINE_LASTS = timedelta(days=90)
_PACKAGES = ("callcamp-contract-kit", "schemathesis", "hypothesis", "pytest")


def listed() -> None:
    """Print every property with its title."""
    for one in CATALOGUE.values():
        click.echo(f"{one.code:26} {'writes' if one.writes else 'reads ':6}  {one.title}")


def explain(code: str) -> None:
    """Print all that there is to say of a property. Raises click.UsageError."""
    if code not in CATALOGUE:
        raise click.UsageError(f"--explain {code}: is no property; --list tells which there are")
    one = CATALOGUE[code]
    needs = "It needs records of its own." if one.writes else "It only reads."
    click.echo(f"{one.code}: {one.title}\n\n{one.explanation}\n\nRests on {one.rests_on}. {needs}")
    if one.check:
        click.echo(f"It makes at most {one.cost} requests a round.")


def clean_up(file: Path, settings: Settings) -> int:
    """Remove what an earlier run left, by its ledger; returns the exit code. Raises click.UsageError."""
    try:
        removed, left = remove_leftovers(file, settings)
    except (LedgerError, SpecError) as error:
        raise click.UsageError(str(error)) from None
    for line in left:
        click.echo(f"could not be removed: {line}", err=True)
    click.echo(f"{removed} records removed, {len(left)} left", err=True)
    return _LEFT_BEHIND if left else 0


def check(settings: Settings, baseline_until: date | None = None) -> int:
    """Check the target, and report; returns the exit code. Raises click.UsageError.

    With `baseline_until`, write the baseline from what was found.
    """
    reports = [_report(text) for text in settings.reports]
    _check_codes("select", settings.select)
    _check_codes("ignore", settings.ignore)
    code = _preflight(settings)
    if code:
        return code
    try:
        baseline = read_baseline(settings.baseline)
    except BaselineError as error:
        raise click.UsageError(str(error)) from None
    session = _Session(settings, baseline)
    status = session.run()
    if not session.collector.parts:
        return int(status) if status != pytest.ExitCode.USAGE_ERROR else 2
    result = session.result(status)
    folder = write_scripts(result, settings.scripts) if result.findings or result.warnings else ()
    result = replace(result, scripts=str(settings.scripts) if folder else None)
    click.echo(for_stream(result, sys.stderr), err=True, nl=False)
    for name, path in reports:
        _write(FORMATS[name](result), path)
    if baseline_until is not None:
        session.write_baseline(baseline_until)
    return _exit_code(result, status)


def _report(text: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if name not in FORMATS or not equals or not path:
        raise click.UsageError(f"--report {text}: write {' or '.join(f'{one}=PATH' for one in FORMATS)}")
    return name, path


def _check_codes(flag: str, beginnings: Sequence[str]) -> None:
    for beginning in beginnings:
        if not any(code.startswith(beginning) for code in CATALOGUE):
            raise click.UsageError(f"--{flag} {beginning}: begins no property's code; --list tells which there are")


def _preflight(settings: Settings) -> int:
    """See that the document can be read and that a URL answers; the exit code, 0 where all is well."""
    try:
        contract_of.cache_clear()
        contract_of(settings.spec)
        if settings.target != "mock":
            checked(settings.target)
        if settings.ledger is not None:
            Ledger(settings.ledger, "").begin()
            settings.ledger.unlink()
        if settings.target == "mock":
            click.echo("checking a mock of its own: writes as it likes", err=True)
            return 0
        run = start(replace(settings, ledger=None))
    except (SpecError, TargetError, LedgerError) as error:
        raise click.UsageError(str(error)) from None
    try:
        run.check_reachable()
    except (TargetLostError, TokenRefusedError) as error:
        click.echo(f"{error}", err=True)
        return _UNREACHABLE
    finally:
        run.finish()
    writes = "writes only records of its own" if run.writes else "only reads; --allow-writes lets it write"
    click.echo(f"checking {run.target.base_url}: {writes}", err=True)
    return 0


@dataclass
class _Session:
    """One run of pytest over the check's own tests."""

    settings: Settings
    baseline: Sequence[Deviation]

    def __post_init__(self) -> None:
        self.meter = Meter()
        self.collector = Collector(self.meter)
        self.began = datetime.now(UTC)
        self.seconds = 0.0

    def run(self) -> int:
        """Run it; returns pytest's exit code."""
        began_s = time.monotonic()
        if self.settings.token is not None:
            # The environment is how a token reaches pytest, and its workers: arguments can be seen by others.
            os.environ["CALLCAMP_TOKEN"] = self.settings.token
        with _interruptible(), self.meter.shown():
            status = pytest.main(_arguments(self.settings), plugins=[self.collector])
        self.seconds = time.monotonic() - began_s
        return int(status)

    def result(self, status: int) -> Result:
        """All that there is to report."""
        settings, part = self.settings, merge(self.collector.parts)
        found = _in_order(deduplicate(self.collector.findings))
        weighed = weigh(found, self.baseline, {one.code for one in self.collector.checked}, datetime.now(UTC).date())
        lenient = not part.own and not settings.strict
        warnings = tuple(one for one in weighed.findings if lenient and not one.documented)
        contract = contract_of(settings.spec)
        return Result(
            target=part.target,
            seed=part.seed,
            profile=settings.profile,
            own=part.own,
            writes=part.writes,
            strict=settings.strict,
            authorised=settings.token is not None,
            spec=f"{contract.title} {contract.version}",
            spec_sha256=hashlib.sha256(contract.encoded).hexdigest(),
            versions={name: version(name) for name in _PACKAGES},
            again=_again(settings, part),
            began=self.began.isoformat(timespec="seconds").replace("+00:00", "Z"),
            seconds=round(self.seconds, 1),
            rate_per_s=part.rate,
            requests=part.requests,
            retried=part.retried,
            waited=part.waited,
            created=part.created,
            removed=part.created - len(part.left),
            left=part.left,
            ledger=part.ledger,
            findings=tuple(one for one in weighed.findings if one not in warnings),
            warnings=warnings,
            known=weighed.known,
            expired=weighed.expired,
            gone=weighed.gone,
            observations=part.observations,
            coverage=part.coverage,
            properties=self._properties(part),
            lost=self.collector.lost,
            ended=self.collector.spent or (_INTERRUPT if status == pytest.ExitCode.INTERRUPTED else None),
            errors=tuple(self.collector.failures),
            token=settings.token,
        )

    def _properties(self, part: WorkerResult) -> tuple[PropertyRun, ...]:
        """Every property that was to be checked, and those of the catalogue that were not."""
        done = [one.property_run() for one in self.collector.checked]
        names = {one.code for one in done}
        why = "it needs records of its own, and the run only reads" if not part.writes else "it does not apply here"
        others = [
            PropertyRun(one.code, one.title, "", "not checked", why=self._why(one.code, one.writes, why))
            for one in CATALOGUE.values()
            if one.check and one.code not in names
        ]
        return (*done, *others)

    def _why(self, code: str, writes: bool, usual: str) -> str:
        if self.settings.select and not code.startswith(self.settings.select):
            return "it was not selected"
        if code.startswith(self.settings.ignore or "\0"):
            return "it was left out"
        if code in self.collector.codes:
            return self.collector.spent or self.collector.lost or "the run ended first"
        return usual if writes else "it does not apply here"

    def write_baseline(self, until: date) -> None:
        """Enter everything found into the baseline. Raises click.UsageError."""
        try:
            write_baseline(self.settings.baseline, deduplicate(self.collector.findings), until, self.baseline)
        except BaselineError as error:
            raise click.UsageError(str(error)) from None
        click.echo(f"{self.settings.baseline}: written; say in each reason why it is lived with", err=True)


def default_until() -> date:
    """The day on which a new baseline expires, unless told otherwise."""
    return datetime.now(UTC).date() + _BASELINE_LASTS


def _in_order(found: Sequence[Finding]) -> list[Finding]:
    """In the order of the catalogue: what others stand on comes first. What was not seen again comes last."""
    places = {code: place for place, code in enumerate(CATALOGUE)}
    return sorted(found, key=lambda one: (not one.attempts, places.get(one.code, len(places)), one.pointer))


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM ends the run as SIGINT does: what it created is still removed."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    handler = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, handler)


def _flags(settings: Settings) -> dict[str, Any]:
    """What a run of pytest, or the same command again, has to be told."""
    return {
        "--target": settings.target,
        "--spec": settings.spec,
        "--profile": settings.profile,
        "--rate": settings.rate,
        "--max-requests": settings.max_requests,
        "--max-time": settings.max_time,
        "--timeout": settings.timeout,
        "--settle": settings.settle,
        "--slow": settings.slow,
        "--select": ",".join(settings.select) or None,
    }


def _arguments(settings: Settings) -> list[str]:
    arguments = [str(_HERE), "-c", str(_HERE / "pytest.ini"), "--rootdir", str(_HERE), "-p", "no:terminal"]
    # Without pytest's rewriting of asserts, which takes a second where no bytecode is kept.
    arguments += ["-p", "no:cacheprovider", "--assert", "plain"]
    flags = {
        **_flags(settings),
        "--check-seed": settings.seed,
        "--ledger": settings.ledger,
        "--ignore-codes": ",".join(settings.ignore) or None,
    }
    for name, value in flags.items():
        arguments += [name, str(value)] if value is not None else []
    for name, given in (("--allow-writes", settings.allow_writes), ("--fail-slow", settings.fail_slow)):
        arguments += [name] if given else []
    return [*arguments, "-n", str(settings.workers)] if settings.workers > 1 else arguments


def _again(settings: Settings, part: WorkerResult) -> str:
    """The command that makes the same choices again."""
    usual = _flags(Settings())
    parts = ["callcamp-check", f"--seed {part.seed}"]
    for name, value in _flags(settings).items():
        parts += [f"{name} {shlex.quote(str(value))}"] if value is not None and value != usual[name] else []
    switches = {
        "--allow-writes": settings.allow_writes,
        "--strict": settings.strict,
        "--fail-slow": settings.fail_slow,
        f"--ignore {','.join(settings.ignore)}": bool(settings.ignore),
        f"--workers {settings.workers}": settings.workers > 1,
    }
    return " ".join([*parts, *(name for name, given in switches.items() if given)])


def _write(text: str, path: str) -> None:
    if path == "-":
        click.echo(text, nl=False)
        return
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"--report: {path} can't be written ({error.strerror}); name another file") from None


def _exit_code(result: Result, status: int) -> int:
    if result.left:
        return _LEFT_BEHIND
    if result.lost:
        return _UNREACHABLE
    if result.findings or result.expired or result.errors:
        return _BROKEN
    return _INTERRUPTED if status == pytest.ExitCode.INTERRUPTED and result.ended == _INTERRUPT else 0

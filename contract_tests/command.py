"""What `callcamp-check` does once it knows what it was asked."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import click
import pytest

from contract_tests.client import Client, GuardedAdapter
from contract_tests.ledger import LedgerError, read_ledger
from contract_tests.plugin import LOST, RUN
from contract_tests.properties import CATALOGUE
from contract_tests.reports import FORMATS, Result
from contract_tests.run import Run, clean_up
from contract_tests.safety import Guard, Permissions
from contract_tests.targets import TargetError, checked
from fixtures import is_reserved
from openapi import PHONES, SpecError, load

_HERE = Path(__file__).parent
_UNREACHABLE = 3
_LEFT_BEHIND = 4
_INTERRUPTED = 130
_NOT_STARTED: Mapping[int, int] = {pytest.ExitCode.USAGE_ERROR: 2, pytest.ExitCode.INTERRUPTED: _INTERRUPTED}


def carry_out(given: Mapping[str, Any]) -> int:
    """Do what was asked; returns the exit code. Raises click.UsageError."""
    if given["list_all"]:
        for one in CATALOGUE.values():
            click.echo(f"{one.code:24} {one.title}")
        return 0
    if given["explain"]:
        return _explain(given["explain"])
    reports = [_report(text) for text in given["reports"]]
    if given["token_file"]:
        os.environ["CALLCAMP_TOKEN"] = _token(Path(given["token_file"]))
    if given["clean_up"]:
        return _clean_up(Path(given["clean_up"]), given)
    if given["target"] != "mock":
        _usage(lambda: checked(given["target"]))
    return _check(given, reports)


def _explain(code: str) -> int:
    if code not in CATALOGUE:
        raise click.UsageError(f"--explain {code}: is no property; --list tells which there are")
    one = CATALOGUE[code]
    click.echo(f"{one.code}: {one.title}\n\n{one.explanation}\n\nRests on {one.rests_on}. " + _needs(one.writes))
    return 0


def _needs(writes: bool) -> str:
    return "It needs records of its own." if writes else "It only reads."


def _report(text: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if name not in FORMATS or not equals or not path:
        raise click.UsageError(f"--report {text}: write {' or '.join(f'{one}=PATH' for one in FORMATS)}")
    return name, path


def _token(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(
            f"--token-file {file}: can't be read ({error}); name a file that holds the token"
        ) from None


def _usage(check: Callable[[], object]) -> None:
    try:
        check()
    except TargetError as error:
        raise click.UsageError(str(error)) from None


class _Watcher:
    """Sees the tests go by: how many were checked, and what the run holds at the end."""

    def __init__(self, codes: tuple[str, ...]) -> None:
        self._codes = codes
        self.checked = 0
        self.errors: list[str] = []
        self.run: Run | None = None
        self.lost: str | None = None

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the properties that were selected."""
        if self._codes:
            chosen = tuple(f"test_property[{code}" for code in self._codes)
            items[:] = [item for item in items if item.name.startswith(chosen)]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Say what is about to be checked, in the first lines."""
        self.run = session.config.stash[RUN]
        writes = (
            "it writes only records of its own" if self.run.writes else "it only reads; --allow-writes lets it write"
        )
        click.echo(f"checking {self.run.target.base_url}: {writes}", err=True)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count what was checked, and keep what went wrong otherwise than by a finding."""
        self.checked += report.when == "call"
        self._keep(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep why tests could not be made of the document."""
        self._keep(report)

    def _keep(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        # What the plugin has put in words is a text; an error that nobody foresaw is still pytest's own object.
        if report.failed and not isinstance(report.longrepr, str):
            self.errors.append(f"{report.nodeid}\n{report.longrepr}")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Keep why the target was lost."""
        self.lost = session.config.stash.get(LOST, None)


def _check(given: Mapping[str, Any], reports: list[tuple[str, str]]) -> int:
    began_s = time.monotonic()
    watcher = _Watcher(_selected(given["select"] or ""))
    handler = signal.signal(signal.SIGTERM, _interrupt)
    try:
        status = pytest.main(_arguments(given), plugins=[watcher])
    finally:
        signal.signal(signal.SIGTERM, handler)
    if watcher.run is None:
        return _NOT_STARTED.get(status, int(status))
    result = _result(watcher, watcher.run, time.monotonic() - began_s, strict=given["strict"])
    click.echo(FORMATS["text"](result), err=True, nl=False)
    for name, path in reports:
        _write(FORMATS[name](result), path)
    return _exit_code(result, status, watcher)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _arguments(given: Mapping[str, Any]) -> list[str]:
    arguments = [str(_HERE), "-c", str(_HERE / "pytest.ini"), "--rootdir", str(_HERE), "-p", "no:terminal"]
    # Nothing here is asserted by a statement, so that nothing need be rewritten: it starts faster.
    arguments += ["--assert", "plain"]
    arguments += ["--target", given["target"], "--profile", given["profile"], "--timeout", str(given["timeout"])]
    options = {
        "--spec": given["spec"],
        "--check-seed": given["seed"],
        "--rate": given["rate"],
        "--ledger": given["ledger"],
    }
    for name, value in options.items():
        arguments += [name, str(value)] if value is not None else []
    arguments += ["--allow-writes"] if given["allow_writes"] else []
    return arguments


def _selected(text: str) -> tuple[str, ...]:
    codes = tuple(code.strip().upper() for code in text.split(",") if code.strip())
    for code in codes:
        if not any(known.startswith(code) for known in CATALOGUE):
            raise click.UsageError(f"--select {code}: begins no property's code; --list tells which there are")
    return codes


def _result(watcher: _Watcher, run: Run, seconds: float, strict: bool) -> Result:
    lenient = not run.target.own and not strict
    warnings = tuple(one for one in run.findings if lenient and not one.documented)
    return Result(
        target=run.target.base_url,
        seed=run.seed,
        profile=run.settings.profile,
        writes=run.writes,
        checked=watcher.checked,
        requests=run.adapter.sent,
        created=run.ledger.total,
        seconds=round(seconds, 1),
        findings=tuple(one for one in run.findings if one not in warnings),
        warnings=warnings,
        left=tuple(run.left),
        lost=watcher.lost,
    )


def _write(text: str, path: str) -> None:
    if path == "-":
        click.echo(text, nl=False)
        return
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"--report: {path} can't be written ({error.strerror}); name another file") from None


def _exit_code(result: Result, status: int, watcher: _Watcher) -> int:
    for error in watcher.errors:
        click.echo(f"the check itself failed: {error}", err=True)
    if result.left:
        return _LEFT_BEHIND
    if result.lost:
        return _UNREACHABLE
    if status == pytest.ExitCode.INTERRUPTED and not watcher.errors:
        return _INTERRUPTED
    return 1 if result.findings or watcher.errors else 0


def _clean_up(file: Path, given: Mapping[str, Any]) -> int:
    try:
        ledger = read_ledger(file)
        contract = load(Path(given["spec"]) if given["spec"] else PHONES)
    except (LedgerError, SpecError) as error:
        raise click.UsageError(str(error)) from None
    guard = Guard(contract, Permissions(ledger.target, writes=True, everything=False), is_reserved)
    keys = {resource.name: resource.key for resource in contract.resources.values()}
    adapter = GuardedAdapter(guard, ledger, keys, given["rate"])
    client = Client(ledger.target, os.environ.get("CALLCAMP_TOKEN"), adapter, given["timeout"])
    before = sum(len(held) for held in ledger.created.values())
    left = clean_up(contract, client, ledger)
    for line in left:
        click.echo(f"could not be removed: {line}", err=True)
    click.echo(f"{before - len(left)} records removed, {len(left)} left", err=True)
    ledger.finish()
    return _LEFT_BEHIND if left else 0

"""The pytest side: options, what the tests share, and findings instead of tracebacks."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from contract_tests.client import TargetLostError
from contract_tests.findings import BrokenPromiseError
from contract_tests.ledger import LedgerError
from contract_tests.run import Run, RunSettings, TokenRefusedError, start
from contract_tests.targets import TargetError
from openapi import PHONES, SpecError

RUN = pytest.StashKey[Run]()
LOST = pytest.StashKey[str]()
_current: list[Run] = []


def current() -> Run:
    """The run that pytest is collecting for."""
    return _current[-1]


def pytest_addoption(parser: pytest.Parser) -> None:
    """The check's options, as `callcamp-check` has them."""
    group = parser.getgroup("callcamp-check")
    group.addoption("--target", default="mock", help="mock (the default: one is started), or a URL")
    group.addoption("--spec", default=str(PHONES), help="the OpenAPI document")
    group.addoption("--allow-writes", action="store_true", help="create, change and delete records of its own at a URL")
    group.addoption("--check-seed", type=int, default=None, help="make the same choices again")
    group.addoption("--profile", choices=("quick", "default", "deep"), default="default", help="how much to try")
    group.addoption(
        "--rate", type=float, default=None, help="requests per second; 10 unless the target is on this machine"
    )
    group.addoption("--timeout", type=float, default=10.0, help="seconds to wait for an answer")
    group.addoption("--ledger", default=None, help="where to note what is created")


def pytest_configure(config: pytest.Config) -> None:
    """Open the target before anything is collected."""
    option = config.getoption
    ledger = option("--ledger")
    settings = RunSettings(
        target=option("--target"),
        spec=Path(option("--spec")),
        allow_writes=option("--allow-writes"),
        seed=option("--check-seed"),
        profile=option("--profile"),
        rate_per_s=option("--rate"),
        timeout_s=option("--timeout"),
        ledger=Path(ledger) if ledger else None,
        token=os.environ.get("CALLCAMP_TOKEN") or None,
    )
    try:
        run = start(settings)
    except (SpecError, TargetError) as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[RUN] = run
    _current.append(run)
    try:
        run.knock()
    except (TargetLostError, TokenRefusedError) as error:
        pytest.exit(str(error), returncode=3)
    except LedgerError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove what the run created, however it ended."""
    run = config.stash.get(RUN, None)
    if run is not None:
        run.finish()
        _current.remove(run)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say what is checked, and whether anything will be written."""
    run = config.stash[RUN]
    writes = (
        "writes records of its own" if run.writes else "only reads; --allow-writes lets it write records of its own"
    )
    return [f"target: {run.target.base_url} ({writes})", f"seed: {run.seed}, profile: {run.settings.profile}"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, Any, Any]:
    """Show a broken promise as its finding, without a traceback."""
    report = yield
    error = call.excinfo.value if call.excinfo else None
    promises = broken_promises(error)
    if promises:
        item.config.stash[RUN].findings += [promise.finding for promise in promises]
        report.longrepr = "\n\n".join("\n".join(described(promise)) for promise in promises)
    elif isinstance(error, TargetLostError):
        report.longrepr = str(error)
        item.session.shouldstop = str(error)
        item.config.stash[LOST] = str(error)
    return report


def broken_promises(error: BaseException | None) -> list[BrokenPromiseError]:
    """The broken promises that `error` is made of; none where there is something else in it.

    Hypothesis raises a group where one test breaks several promises, or one promise now and then.
    """
    if isinstance(error, BrokenPromiseError):
        return [error]
    parts = [broken_promises(one) for one in error.exceptions] if isinstance(error, BaseExceptionGroup) else []
    return [promise for part in parts for promise in part] if all(parts) else []


def described(error: BrokenPromiseError) -> Iterator[str]:
    """A finding in lines."""
    finding = error.finding
    yield f"{finding.code}: {finding.sentence}"
    yield f"  operation  {finding.operation}"
    yield f"  expected   {finding.expected}"
    yield f"  observed   {finding.observed}"
    yield f"  rests on   {finding.pointer}"
    yield "  documented by the vendor" if finding.documented else f"  assumed    {finding.assumption}"
    yield "  reproduce  (BASE is the address of the service)"
    yield from (f"    {step}" for step in finding.steps)


@pytest.fixture
def run(request: pytest.FixtureRequest) -> Run:
    """The run under way."""
    return request.config.stash[RUN]

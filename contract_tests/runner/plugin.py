"""The pytest side: options, one run for each process, and findings instead of tracebacks."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis.errors import Flaky

from contract_tests.findings.curl import curl_lines
from contract_tests.findings.finding import Finding, PropertyFailedError, RawFailure
from contract_tests.reports.masking import Mask
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.runner.run import Run, TokenRefusedError, start
from contract_tests.settings import PROFILES, Settings, SettingsError, read_settings
from contract_tests.target.client import NoAnswerError, TargetLostError
from contract_tests.target.guarded_adapter import BudgetSpentError
from contract_tests.target.ledger import LedgerError
from contract_tests.target.target import TargetError
from openapi import Role, SpecError

RUN = pytest.StashKey[Run]()
PART = "callcamp_part"
"""Under which name a worker hands over what it did."""
FINDING, COST, LOST, SPENT = "callcamp-finding", "callcamp-cost", "callcamp-lost", "callcamp-spent"
"""The user properties of a test report: a finding and a cost (JSON), why the target was lost, which budget is spent."""
_KNOWN = pytest.StashKey[int]()
"""How many findings there were before a test."""
_current: list[Run] = []


class FindingRaisedError(AssertionError):
    """Ends a test whose property the service breaks. `str()` of it is the finding in words."""

    def __init__(self, finding: Finding) -> None:
        super().__init__("\n".join(described(finding)))
        self.finding = finding


def current() -> Run:
    """The run that pytest is collecting for."""
    return _current[-1]


@contextmanager
def checking(run: Run, api: ResourceClient, code: str) -> Iterator[None]:
    """What a property does with a api: a clean start, its broken promises taken in, its records removed.

    Raises FoundError where a promise is broken.
    """
    api.prepare(code)
    error: BaseException | None = None
    try:
        yield
    except (BudgetSpentError, TargetLostError):
        raise
    except Exception as caught:
        if not api.expect.failures and not isinstance(caught, NoAnswerError):
            raise
        error = caught
    finally:
        _tidy(run, api)
    if error is not None:
        finding = run.find(_draft(api, error))
        raise FindingRaisedError(unsteady(finding) if isinstance(error, Flaky) else finding) from None


def _draft(api: ResourceClient, error: BaseException) -> RawFailure:
    if isinstance(error, PropertyFailedError):
        return error.draft
    return api.expect.failures[0] if api.expect.failures else api.expect.unanswered(str(error))


def _tidy(run: Run, api: ResourceClient) -> None:
    """Remove what the property has left. Where the budget is spent or the target gone, the end of the run does."""
    if run.writes and api.spec.has(Role.DELETE):
        try:
            api.delete_created()
        except (BudgetSpentError, TargetLostError, NoAnswerError):
            return


def pytest_addoption(parser: pytest.Parser) -> None:
    """The check's options, as `callcamp-check` has them."""
    group = parser.getgroup("callcamp-check")
    group.addoption("--target", help="mock (the default: one is started), or a URL")
    group.addoption("--spec", help="the OpenAPI document")
    group.addoption("--allow-writes", action="store_true", default=None, help="make, change and delete own records")
    group.addoption("--profile", choices=tuple(PROFILES), help="how much to try")
    group.addoption("--check-seed", dest="seed", help="make the same choices again")
    group.addoption("--rate", help="requests per second; 10 unless the target is on this machine")
    group.addoption("--max-requests", help="send no more than this")
    group.addoption("--max-time", help="seconds after which nothing more is checked")
    group.addoption("--timeout", help="seconds to wait for an answer")
    group.addoption("--settle", help="seconds that a write may take to be seen")
    group.addoption("--slow", help="seconds after which an answer is remarked on")
    group.addoption("--fail-slow", action="store_true", default=None, help="let a slow answer be a finding")
    group.addoption("--select", help="only properties whose code begins so; commas between them")
    group.addoption("--ignore-codes", dest="ignore_codes", help="no properties whose code begins so")
    group.addoption("--ledger", help="where to note what is created")


def _settings(config: pytest.Config) -> Settings:
    names = ("target", "spec", "allow_writes", "profile", "seed", "rate", "max_requests", "max_time", "timeout")
    given = {name: config.getoption(name, None) for name in (*names, "settle", "slow", "fail_slow", "select", "ledger")}
    given["ignore"] = config.getoption("ignore_codes", None)
    return read_settings(given, os.environ, Path.cwd())


def _worker(config: pytest.Config) -> tuple[int, int]:
    """Which worker of how many this process is; (0, 1) where there are none."""
    known: dict[str, Any] = getattr(config, "workerinput", {})
    return int(str(known.get("workerid", "gw0")).removeprefix("gw")), int(known.get("workercount", 1))


def _leads_workers(config: pytest.Config) -> bool:
    return bool(config.getoption("numprocesses", None)) and not hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    """Open the target before anything is collected; where workers do the work, each opens its own way to it."""
    if _leads_workers(config):
        return
    token: str | None = None
    try:
        settings = _settings(config)
        token = settings.token
        run = start(settings, _worker(config))
    except (SpecError, TargetError, SettingsError) as error:
        raise pytest.UsageError(masked(str(error), token)) from None
    config.stash[RUN] = run
    _current.append(run)
    try:
        run.check_reachable()
    except LedgerError as error:
        run.finish()
        raise pytest.UsageError(masked(str(error), token)) from None
    except (TargetLostError, TokenRefusedError) as error:
        run.finish()
        pytest.exit(masked(str(error), token), returncode=3)


def masked(text: str, token: str | None) -> str:
    """The text without the token."""
    return str(Mask(token).over(text)) if token else text


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Remove what the run created, however it ended, and hand over what it did."""
    run = session.config.stash.get(RUN, None)
    if run is None or run.finished:
        return
    run.finish()
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[PART] = json.dumps(run.part().as_data())


def pytest_unconfigure(config: pytest.Config) -> None:
    """The same where no session ever began."""
    run = config.stash.get(RUN, None)
    if run is not None:
        if not run.finished:
            run.finish()
        _current.remove(run)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say what is checked, and whether anything will be written."""
    run = config.stash.get(RUN, None)
    if run is None:
        return []
    writes = (
        "writes records of its own" if run.writes else "only reads; --allow-writes lets it write records of its own"
    )
    target = masked(run.target.base_url, run.settings.token)
    return [f"target: {target} ({writes})", f"seed: {run.seed}, profile: {run.settings.profile}"]


def code_of(item: pytest.Item) -> str:
    """The code of the property that a test checks; those of Schemathesis and of the machine have a code for all."""
    known = getattr(item, "callspec", None)
    one = known.params.get("promise") if known else None
    if one is not None:
        return str(one.code)
    return "MODEL-SEQUENCE" if "test_sequences" in item.nodeid else "SCHEMA-CASES"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests whose codes are selected and not ignored."""
    settings = _settings(config)
    dropped = [item for item in items if not _is_chosen(code_of(item), settings)]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in dropped]


def _is_chosen(code: str, settings: Settings) -> bool:
    return (not settings.select or code.startswith(settings.select)) and not code.startswith(settings.ignore or "\0")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Measure what a property costs."""
    run = item.config.stash[RUN]
    sent, began_s = run.adapter.sent, time.monotonic()
    item.stash[_KNOWN] = len(run.findings)
    try:
        return (yield)
    except Exception as caught:
        error = behind(caught)
        if error is None:
            raise
        raise error from None
    finally:
        cost = {"code": code_of(item), "requests": run.adapter.sent - sent, "seconds": time.monotonic() - began_s}
        item.user_properties.append((COST, json.dumps(cost)))


def behind(caught: BaseException) -> BaseException | None:
    """What ended a test that Hypothesis was sending cases to, which puts what it can't make happen again in a group."""
    if isinstance(caught, (FindingRaisedError, TargetLostError, BudgetSpentError)):
        return caught
    inner = [*getattr(caught, "exceptions", ()), *filter(None, (caught.__cause__, caught.__context__))]
    error = next(filter(None, map(behind, inner)), None)
    again = isinstance(error, FindingRaisedError) and isinstance(caught, Flaky)
    return FindingRaisedError(unsteady(error.finding)) if again and isinstance(error, FindingRaisedError) else error


def unsteady(finding: Finding) -> Finding:
    """The finding as one that was met, and then not, where the same was done again."""
    return replace(finding, attempts=max(2, finding.attempts)) if finding.attempts else finding


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, Any, Any]:
    """Show a broken promise as its finding, without a traceback."""
    report = yield
    run = item.config.stash[RUN]
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, FindingRaisedError):
        others = [one for one in run.findings[item.stash[_KNOWN] :] if one.cause != error.finding.cause]
        told = [(FINDING, json.dumps(one.as_data())) for one in (*others, error.finding)]
        report.user_properties += told
        report.longrepr = masked(str(error), run.settings.token)
    elif isinstance(error, (TargetLostError, BudgetSpentError)):
        lost = isinstance(error, TargetLostError)
        why = masked(str(error), run.settings.token)
        report.user_properties.append((LOST if lost else SPENT, why))
        report.longrepr = item.session.shouldstop = why
    return report


def described(finding: Finding) -> Iterator[str]:
    """A finding in lines."""
    yield f"{finding.code}: {finding.sentence}"
    yield f"  operation  {finding.operation}"
    yield f"  expected   {finding.expected}"
    yield f"  observed   {finding.observed}"
    yield f"  rests on   {finding.pointer}"
    yield from [f"  repeated   {finding.repetition}"] if finding.repetition else []
    yield "  documented by the vendor" if finding.documented else f"  assumed    {finding.assumption}"
    yield "  reproduce  (BASE is the address of the service)"
    yield from (f"    {line}" for line in curl_lines(finding.steps))


@pytest.fixture
def run(request: pytest.FixtureRequest) -> Run:
    """The run under way."""
    return request.config.stash[RUN]

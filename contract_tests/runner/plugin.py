"""The pytest plugin: its options, one run per session, and findings instead of tracebacks."""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis.errors import Flaky

from contract_tests.findings.curl import curl_lines
from contract_tests.findings.finding import Finding, PropertyFailedError, RawFailure
from contract_tests.reports.masking import Mask
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.runner.run import Run, start
from contract_tests.settings import OPTIONS, Settings, SettingsError, Shard, read_settings
from contract_tests.target.client import NoAnswerError, TargetLostError
from contract_tests.target.first_contact import WrongTargetError
from contract_tests.target.guarded_adapter import BudgetSpentError
from contract_tests.target.ledger import LedgerError
from contract_tests.target.ownership import NotJudgedError
from contract_tests.target.printing import printable
from contract_tests.target.target import TargetError
from openapi import Role, SpecError


class Cost(NamedTuple):
    """What a test took."""

    requests: int
    seconds: float


RUN = pytest.StashKey[Run]()
COST = pytest.StashKey[Cost]()
_UNREACHABLE = 3
_SCHEMATHESIS = "test_schema.py"
CALIBRATION = "CALIBRATION"
"""The code of the test that calibrates; it is no property."""
_FIRST = ("DELETE-GONE", CALIBRATION)
_NO_WORKERS = "the check does not run in workers: one process keeps the rate, the budget and the ledger; leave out -n"
_current: list[Run] = []


class FindingRaisedError(AssertionError):
    """Ends a test whose property the service breaks. `str()` of it describes the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__("\n".join(described(finding)))
        self.finding = finding


def current() -> Run:
    """The run that pytest is collecting for."""
    return _current[-1]


@contextmanager
def checking(run: Run, api: ResourceClient, code: str) -> Iterator[None]:
    """Runs one property: starts with a clean client, turns a failed claim into a finding, removes the records.

    Raises FindingRaisedError where a claim fails.
    """
    api.prepare(code)
    error: BaseException | None = None
    unknown: NotJudgedError | None = None
    try:
        yield
    except (BudgetSpentError, TargetLostError):
        raise
    except NotJudgedError as caught:
        unknown = caught
    except Exception as caught:
        if not api.failures and not isinstance(caught, NoAnswerError):
            raise
        error = caught
    finally:
        run.met |= api.met
        _delete_created(api)
    for difference in api.differences:
        run.find(difference)
    finding = run.find(_raw_failure(api, error)) if error is not None else None
    with suppress(BudgetSpentError, TargetLostError):
        run.cleaner.check_removals(api.spec.resource)
    if finding is not None and (finding.documented or not run.lenient):
        raise FindingRaisedError(unsteady(finding) if isinstance(error, Flaky) else finding) from None
    if unknown is not None:
        raise unknown


def _raw_failure(api: ResourceClient, error: BaseException) -> RawFailure:
    if isinstance(error, PropertyFailedError):
        return error.failure
    return api.failures[0] if api.failures else api.expect.unanswered(str(error))


def _delete_created(api: ResourceClient) -> None:
    """Delete the records of a property. If the budget is spent or the target lost, the end of the run tries again."""
    if api.thoroughness.writes and api.spec.has(Role.DELETE):
        try:
            api.delete_created()
        except (BudgetSpentError, TargetLostError, NoAnswerError, NotJudgedError):
            return


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the check's options."""
    group = parser.getgroup("callcamp-check")
    for one in OPTIONS:
        if one.in_pytest is not None:
            action = "append" if one.repeated else "store" if one.metavar else "store_true"
            group.addoption(one.in_pytest or one.switch, dest=one.name, default=None, help=one.help, action=action)


def _settings(config: pytest.Config) -> Settings:
    given = {one.name: config.getoption(one.name, None) for one in OPTIONS if one.in_pytest is not None}
    return read_settings(given, os.environ, Path.cwd())


def pytest_configure(config: pytest.Config) -> None:
    """Open the target before anything is collected."""
    if config.getoption("numprocesses", None):
        raise pytest.UsageError(_NO_WORKERS)
    token: str | None = None
    try:
        settings = _settings(config)
        token = settings.token
        run = start(settings)
    except (SpecError, TargetError, SettingsError) as error:
        raise pytest.UsageError(masked(str(error), token)) from None
    config.stash[RUN] = run
    _current.append(run)
    try:
        run.check_reachable()
    except LedgerError as error:
        run.finish()
        raise pytest.UsageError(masked(str(error), token)) from None
    except WrongTargetError as error:
        run.finish()
        pytest.exit(masked(str(error), token), returncode=_UNREACHABLE)


def masked(text: str, token: str | None) -> str:
    """The text without the token."""
    return str(Mask(token).over(text)) if token else text


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Remove what the run created, however it ended."""
    run = session.config.stash.get(RUN, None)
    if run is not None and not run.finished:
        run.finish()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Do the same where no session began."""
    run = config.stash.get(RUN, None)
    if run is not None:
        if not run.finished:
            run.finish()
        _current.remove(run)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Print the target, and whether the run writes."""
    run = config.stash.get(RUN, None)
    if run is None:
        return []
    target = masked(run.target.base_url, run.settings.token)
    return [f"target: {target} ({run.mode})", f"seed: {run.seed}, profile: {run.settings.profile}"]


def code_of(item: pytest.Item) -> str:
    """The code of the property that a test checks; Schemathesis and the state machine have one code each."""
    known = getattr(item, "callspec", None)
    one = known.params.get("entry") if known else None
    if one is not None:
        return str(one.code)
    if "test_words" in item.nodeid:
        return CALIBRATION
    return "MODEL-SEQUENCE" if "test_sequences" in item.nodeid else "SCHEMA-CASES"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the file of Schemathesis where its cases aren't selected: building them takes over a second."""
    chosen = collection_path.name != _SCHEMATHESIS or _is_chosen("SCHEMA-CASES", _settings(config))
    return None if chosen else True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests with codes that are selected and not ignored; the property of removals and calibration come first.

    If removals don't work, the run creates nothing more.
    """
    items.sort(key=lambda item: _FIRST.index(code_of(item)) if code_of(item) in _FIRST else len(_FIRST))
    settings = _settings(config)
    dropped = [item for item in items if not _is_chosen(code_of(item), settings)]
    dropped += _of_other_shards([item for item in items if item not in dropped], settings.shard)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in dropped]


def _of_other_shards(items: list[pytest.Item], shard: Shard | None) -> list[pytest.Item]:
    """Every test in turn belongs to the next shard; what comes first is a part of each shard."""
    if shard is None:
        return []
    shared = [item for item in items if code_of(item) not in _FIRST]
    return [item for place, item in enumerate(shared) if place % shard.of != shard.number - 1]


def _is_chosen(code: str, settings: Settings) -> bool:
    if code == CALIBRATION:
        return True
    return (not settings.select or code.startswith(settings.select)) and not code.startswith(settings.ignore or "\0")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Measure what a test costs."""
    run = item.config.stash[RUN]
    sent, began_s = run.adapter.sent, time.monotonic()
    run.met.clear()
    try:
        return (yield)
    except Exception as caught:
        error = behind(caught)
        if error is None:
            raise
        if isinstance(error, NotJudgedError):
            pytest.skip(printable(str(error)))
        raise error from None
    finally:
        item.stash[COST] = Cost(run.adapter.sent - sent, time.monotonic() - began_s)


def behind(caught: BaseException) -> BaseException | None:
    """The error of ours inside `caught`, None if there is none: Hypothesis wraps errors that it could not reproduce."""
    if isinstance(caught, (FindingRaisedError, TargetLostError, BudgetSpentError, NotJudgedError)):
        return caught
    inner = [*getattr(caught, "exceptions", ()), *filter(None, (caught.__cause__, caught.__context__))]
    error = next(filter(None, map(behind, inner)), None)
    again = isinstance(error, FindingRaisedError) and isinstance(caught, Flaky)
    return FindingRaisedError(unsteady(error.finding)) if again and isinstance(error, FindingRaisedError) else error


def unsteady(finding: Finding) -> Finding:
    """The finding, marked as one that does not happen every time."""
    return replace(finding, attempts=max(2, finding.attempts)) if finding.attempts else finding


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, Any, Any]:
    """Show a finding instead of a traceback, and stop where the target is lost or the budget spent."""
    report = yield
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, (FindingRaisedError, TargetLostError, BudgetSpentError)):
        report.longrepr = masked(str(error), item.config.stash[RUN].settings.token)
    if isinstance(error, (TargetLostError, BudgetSpentError)):
        item.session.shouldstop = report.longrepr
    return report


def described(finding: Finding) -> Iterator[str]:
    """A finding in lines."""
    yield from map(printable, _described(finding))


def _described(finding: Finding) -> Iterator[str]:
    yield f"{finding.code}: {finding.sentence}"
    yield f"  operation  {finding.operation}"
    yield f"  expected   {finding.expected}"
    yield f"  got        {finding.observed}"
    yield f"  rests on   {finding.pointer}"
    yield from [f"  repeated   {finding.repetition}"] if finding.repetition else []
    yield "  documented by the vendor" if finding.documented else f"  assumed    {finding.assumption}"
    yield "  reproduce  (BASE is the address of the service)"
    yield from (f"    {line}" for line in curl_lines(finding.steps))


@pytest.fixture
def run(request: pytest.FixtureRequest) -> Run:
    """The current run."""
    return request.config.stash[RUN]

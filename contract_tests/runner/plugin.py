"""The pytest plugin: its options, one run per session, and findings instead of tracebacks."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Generator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis.errors import Flaky, Unsatisfiable

from contract_tests.findings.raised import FindingRaisedError, unsteady
from contract_tests.properties import CATALOGUE
from contract_tests.reports.masking import Mask
from contract_tests.reports.report_file import ReportFileError
from contract_tests.runner.attempt import Overlap, Task
from contract_tests.runner.run import Run, start
from contract_tests.settings import OPTIONS, Settings, SettingsError, Shard, read_settings
from contract_tests.target.client import TargetLostError
from contract_tests.target.first_contact import WrongTargetError
from contract_tests.target.guarded_adapter import BudgetSpentError
from contract_tests.target.ledger import LedgerError, under_way
from contract_tests.target.ownership import NotJudgedError
from contract_tests.target.printing import printable
from contract_tests.target.target import TargetError
from openapi import SpecError


class Cost(NamedTuple):
    """The cost of a test."""

    requests: int
    seconds: float


RUN = pytest.StashKey[Run]()
OVERLAP = pytest.StashKey[Overlap]()
COST = pytest.StashKey[Cost]()
_CASES = 20
"""About how many requests Schemathesis sends to an operation in a quick run."""
_UNREACHABLE = 3
_SCHEMATHESIS = "test_schema.py"
CALIBRATION = "CALIBRATION"
"""The code of the test that calibrates; it is not a property."""
_FIRST = ("DELETE-GONE", CALIBRATION)
_NO_WORKERS = "the check does not run in workers: one process keeps the rate, the budget and the ledger; leave out -n"
_current: list[Run] = []


def current() -> Run:
    """The run that pytest is collecting for."""
    return _current[-1]


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
    secrets: tuple[str, ...] = ()
    try:
        settings = _settings(config)
        secrets = settings.secrets
        run = start(settings)
    except (SpecError, TargetError, SettingsError, ReportFileError) as error:
        raise pytest.UsageError(masked(str(error), secrets)) from None
    config.stash[RUN] = run
    config.stash[OVERLAP] = Overlap(run, run.concurrency)
    _current.append(run)
    try:
        run.check_reachable()
    except LedgerError as error:
        run.finish()
        raise pytest.UsageError(masked(str(error), secrets)) from None
    except WrongTargetError as error:
        run.finish()
        pytest.exit(masked(str(error), secrets), returncode=_UNREACHABLE)


def masked(text: str, secrets: Collection[str]) -> str:
    """The text without the secrets."""
    return str(Mask(*secrets).over(text))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Remove the records of the run, after any kind of end."""
    _finish(session.config)


def _finish(config: pytest.Config) -> None:
    run = config.stash.get(RUN, None)
    if run is not None and not run.finished:
        config.stash[OVERLAP].close()
        run.finish()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Do the same if no session began."""
    run = config.stash.get(RUN, None)
    if run is not None:
        _finish(config)
        _current.remove(run)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Print the target, and whether the run writes."""
    run = config.stash.get(RUN, None)
    if run is None:
        return []
    target = masked(run.target.base_url, run.settings.secrets)
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


def task_of(item: pytest.Item) -> Task | None:
    """The property that a test checks; None for Schemathesis and the state machine."""
    known = getattr(item, "callspec", None)
    return Task(known.params["entry"], known.params["api"]) if known and "entry" in known.params else None


def name_of(item: pytest.Item) -> str:
    """The name of a test in reports."""
    task = task_of(item)
    return task.name if task else item.nodeid


def pytest_collection_finish(session: pytest.Session) -> None:
    """Plan the properties to run."""
    tasks = map(task_of, session.items)
    session.config.stash[OVERLAP].plan([task for task in tasks if task is not None])


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the file of Schemathesis if it has nothing to do: building its cases takes over a second."""
    if collection_path.name != _SCHEMATHESIS:
        return None
    has_cases = _is_chosen("SCHEMA-CASES", _settings(config)) and current().probed
    return None if has_cases else True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests with codes that are selected and not ignored; the property of removals and calibration come first.

    If removals don't work, the run creates nothing more.
    """
    # pytest makes one test, to be skipped, of a parameter without values.
    items[:] = [item for item in items if item.get_closest_marker("skip") is None]
    items.sort(key=lambda item: _FIRST.index(code_of(item)) if code_of(item) in _FIRST else len(_FIRST))
    settings = _settings(config)
    dropped = [item for item in items if not _is_chosen(code_of(item), settings)]
    dropped += _of_other_shards([item for item in items if item not in dropped], settings.shard)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in dropped]


def _of_other_shards(items: list[pytest.Item], shard: Shard | None) -> list[pytest.Item]:
    """Each test, the costliest first, belongs to the shard that has the least so far.

    The first tests are part of every shard.
    """
    if shard is None:
        return []
    shared = [item for item in items if code_of(item) not in _FIRST]
    loads, others = [0] * shard.of, []
    for item in sorted(shared, key=_usual_cost, reverse=True):
        index = loads.index(min(loads))
        loads[index] += _usual_cost(item)
        if index != shard.number - 1:
            others.append(item)
    return others


def _usual_cost(item: pytest.Item) -> int:
    """About how many requests a test takes in a quick run."""
    return CATALOGUE[code_of(item)].cost or _CASES


def _is_chosen(code: str, settings: Settings) -> bool:
    if code == CALIBRATION:
        return True
    return (not settings.select or code.startswith(settings.select)) and not code.startswith(settings.ignore or "\0")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Measure the cost of a test."""
    run, overlap, name = item.config.stash[RUN], item.config.stash[OVERLAP], name_of(item)
    began_s = time.monotonic() - overlap.waited_s
    run.met.clear()
    try:
        with under_way(name):
            return (yield)
    except Unsatisfiable:
        pytest.skip("Schemathesis finds no request that the schemas of the operation allow, or that may be sent")
    except Exception as caught:
        error = behind(caught)
        if error is None:
            raise
        if isinstance(error, NotJudgedError):
            pytest.skip(printable(str(error)))
        raise error from None
    finally:
        seconds = overlap.seconds.get(name, 0.0) + time.monotonic() - overlap.waited_s - began_s
        item.stash[COST] = Cost(run.adapter.sent_by[name], seconds)


def behind(caught: BaseException) -> BaseException | None:
    """Our error inside `caught`, None if there is none: Hypothesis wraps errors that it could not reproduce."""
    if isinstance(caught, (FindingRaisedError, TargetLostError, BudgetSpentError, NotJudgedError)):
        return caught
    inner = [*getattr(caught, "exceptions", ()), *filter(None, (caught.__cause__, caught.__context__))]
    error = next(filter(None, map(behind, inner)), None)
    again = isinstance(error, FindingRaisedError) and isinstance(caught, Flaky)
    return FindingRaisedError(unsteady(error.finding)) if again and isinstance(error, FindingRaisedError) else error


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, Any, Any]:
    """Show a finding instead of a traceback, and stop if the target is lost or the budget spent."""
    report = yield
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, (FindingRaisedError, TargetLostError, BudgetSpentError)):
        report.longrepr = masked(str(error), item.config.stash[RUN].settings.secrets)
    if isinstance(error, (TargetLostError, BudgetSpentError)):
        item.session.shouldstop = report.longrepr
    return report


@pytest.fixture
def run(request: pytest.FixtureRequest) -> Run:
    """The current run."""
    return request.config.stash[RUN]


@pytest.fixture
def overlap(request: pytest.FixtureRequest) -> Overlap:
    """The runner of the properties."""
    return request.config.stash[OVERLAP]

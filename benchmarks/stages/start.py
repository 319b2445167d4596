"""The start-up times of the commands."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile

from benchmarks.errors import BenchmarkError
from benchmarks.installing import Home, Packages
from benchmarks.load import PHONES
from benchmarks.machine import ROOT
from benchmarks.phones import Phones
from benchmarks.plan import Plan
from benchmarks.processes import finished, started
from benchmarks.servers import REFERENCE, SERVERS, Server
from benchmarks.table import NOTHING, ratio, table, times

TITLE = "Start-up"
_COMMANDS = ("callcamp-mock", "callcamp-check", "callcamp-fixtures")
_TIMES = 10
_UNWANTED = "schemathesis"
_NOTES = f"""\
- From the command to its end, or to the first response with {PHONES} phones: the median of {_TIMES} starts in
  shuffled order, and the ratio of the first response to that of {REFERENCE}."""


@dataclass(frozen=True, slots=True)
class _Start:
    """A row: its name in the table, and the function that measures its seconds."""

    name: str
    label: str
    packages: Packages | None
    seconds: Callable[[Home], float]


def run(plan: Plan) -> Iterator[str]:
    """Measure, and yield the lines of the section."""
    phones = plan.phones(PHONES)
    mock, reference = (
        next(_first_response(server, phones) for server in SERVERS if server.name == name)
        for name in (_COMMANDS[0], REFERENCE)
    )
    starts = plan.wanted([*map(_help, _COMMANDS), mock, reference])
    found = replace(plan, rounds=_TIMES).measured(starts, lambda start, home: start.seconds(home))
    rows = []
    for start in starts:
        took, against = found[start.name], None
        if start in (mock, reference):
            against = ratio(took, found.get(reference.name, {}))
        shown = (f"{median(took.values()):.2f}", f"{max(took.values()):.2f}") if took else (NOTHING, NOTHING)
        rows.append([start.label, *shown, times(against)])
    yield from table(["", "s", "longest, s", ""], rows)
    yield ""
    yield _NOTES
    with plan.noting("the modules of the mock"):
        yield _modules(phones)


def _help(name: str) -> _Start:
    return _Start(f"{name} --help", f"{name} --help", None, lambda _home: help_s(sys.executable, name))


def help_s(python: str | Path, name: str) -> float:
    """The seconds of `--help` of a command in the interpreter's environment. Raises BenchmarkError."""
    script = Path(python).parent / name
    if not script.exists():
        raise BenchmarkError(
            f"{name} is not installed next to {python}: run make .venv/dev.stamp and use the Python of .venv"
        )
    return finished([script, "--help"], folder=ROOT)


def _first_response(server: Server, phones: Phones) -> _Start:
    def seconds(home: Home) -> float:
        with started(server.command(home, phones), server.api.list, folder=home.folder) as running:
            return running.first_response_s

    return _Start(server.name, f"{server.name}, first answer", server.packages, seconds)


def _modules(phones: Phones) -> str:
    """The modules that a mock has imported by its first response."""
    mock = SERVERS[0]
    _, *rest = mock.command(Home(ROOT), phones)
    command = [sys.executable, "-X", "importtime", *rest]
    with TemporaryFile() as errors, started(command, mock.api.list, folder=ROOT, errors=errors):
        errors.seek(0)
        lines = errors.read().decode(errors="replace").splitlines()
    names = {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}
    packages = {name.partition(".")[0] for name in names}
    return (
        f"- At its first response, the mock has imported {len(names):,} modules; "
        f"{_UNWANTED} is {'' if _UNWANTED in packages else 'not '}among them."
    )

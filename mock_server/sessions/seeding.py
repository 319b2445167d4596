"""The records that a mock begins with, and those that come from elsewhere later."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from fixtures import REFERENCE_TIME, FixtureError, Record, read_records, records
from fixtures import Settings as Taste
from fixtures.generation.record_files import FileProblem, placed_records, record_problems, records_backwards
from mock_server.clock import rfc3339
from mock_server.records.collection import State
from mock_server.sessions.session import SeedError, Session
from mock_server.settings.settings import Settings
from mock_server.store.store import TakenError
from openapi.contract import Contract, JsonValue, Resource
from openapi.pointers import join

RECORDS = 12
"""How many records of each resource a mock makes where it is given none."""

_AT_ONCE = 1024
_USUAL_SEED = 1
"""The seed of what is made where none is given: the same records at every start."""


def seed(contract: Contract, state: State, settings: Settings) -> None:
    """Fill `state` as `settings` say. Raises SeedError."""
    if settings.data is None:
        fill(contract, state, RECORDS, settings)
        return
    for name, resource in contract.resources.items():
        try:
            try:
                state[name].load(records_backwards(settings.data, contract, resource))
            except TakenError as error:
                read_records(settings.data, contract, resource)  # It says which two records it is.
                raise _twice(name, error, str(settings.data)) from None
        except FixtureError as error:
            raise SeedError(str(error)) from None


def fill(contract: Contract, state: State, count: int, settings: Settings) -> None:
    """Fill `state` with `count` made-up records of each resource, from before `settings.now`. Raises SeedError."""
    taste = Taste(now=REFERENCE_TIME if settings.now is None else rfc3339(settings.now))
    seed_ = _USUAL_SEED if settings.seed is None else settings.seed
    for name, resource in contract.resources.items():
        try:
            _load(state, name, records(contract, resource, count, seed=seed_, settings=taste), "made-up records")
        except FixtureError as error:
            raise SeedError(str(error)) from None


class Problem(NamedTuple):
    """Something wrong with records from elsewhere: where (a JSON Pointer into what was sent), and what."""

    path: str
    message: str


class BadRecordsError(ValueError):
    """Records that can't be taken. `problems` says every one that was found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = f"{problems[0].path}: {problems[0].message}" if problems[0].path else problems[0].message
        super().__init__(first + (f" ({len(problems) - 1} more)" if len(problems) > 1 else ""))
        self.problems = problems


def take(contract: Contract, state: State, names: Sequence[str], data: bytes) -> None:
    """Fill the collections `names` of `state`, which are empty, with the fixture file `data`.

    For one name the file has its records, for several an object with a file for each. Raises BadRecordsError, after
    which nobody should look at `state`.
    """
    parts = {names[0]: data} if len(names) == 1 else _parts(names, data)
    problems: list[Problem] = []
    for name, part in parts.items():
        resource, above = contract.resources[name], "" if len(names) == 1 else join("", name)
        placed, findings = placed_records(part, contract, resource)
        findings = findings or record_problems(placed, resource)
        problems += [_problem(finding, above) for finding in findings]
        if not findings:
            _load(state, name, [record.value for record in placed], "the records")
    if problems:
        raise BadRecordsError(problems)


def restore(contract: Contract, session: Session, file: Path) -> None:
    """Let `session` go on with the records in `file`, if there are any. Raises SeedError."""
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise SeedError(f"--state {file}: can't be read ({error.strerror})") from None
    state = session.made(None)
    try:
        take(contract, state, list(contract.resources), data)
    except BadRecordsError as error:
        raise SeedError(f"--state {file}: {error}") from None
    session.show(state)


def given(state: State, names: Sequence[str]) -> bytes:
    """What the collections `names` hold, as the fixture file that `take` takes: the newest first, one a line."""
    files = {name: b"[\n" + b",\n".join(state[name].newest_first()) + b"\n]" for name in names}
    if len(names) == 1:
        return files[names[0]] + b"\n"
    return b"{\n" + b",\n".join(json.dumps(name).encode() + b": " + file for name, file in files.items()) + b"\n}\n"


def keep(state: State, resource: Resource, kept: Iterable[Mapping[str, JsonValue]]) -> int:
    """Load those of `kept`, the oldest first, that still keep the schema. Returns how many don't."""
    lost: list[object] = []

    def fitting() -> Iterator[Record]:
        for record in kept:
            if resource.key in record and resource.record.is_valid(record):
                yield dict(record)
            else:
                lost.append(record)

    state[resource.name].load(fitting(), lost.append)
    return len(lost)


def _load(state: State, name: str, found: Sequence[Record], source: str) -> None:
    # The newest comes first in a file, as in a list.
    try:
        state[name].load(_backwards(found))
    except TakenError as error:
        raise _twice(name, error, source) from None


def _backwards(found: Sequence[Record]) -> Iterator[Record]:
    """The last first. Records that are made when they are asked for are made some at a time."""
    for stop in range(len(found), 0, -_AT_ONCE):
        yield from reversed(list(found[max(0, stop - _AT_ONCE) : stop]))


def _twice(name: str, error: TakenError, source: str) -> SeedError:
    values = " and ".join(f"{field} {error.holder[field]!r}" for field in error.fields)
    return SeedError(f"{source}: two records of {name} have the {values}: change one")


def _parts(names: Sequence[str], data: bytes) -> dict[str, bytes]:
    try:
        value = json.loads(data)
    except ValueError as error:
        raise BadRecordsError([Problem("", f"is no JSON: {error}")]) from None
    if not isinstance(value, dict):
        example = ", ".join(f'"{name}": []' for name in names)
        raise BadRecordsError([Problem("", f"is no object; write {{{example}}}")])
    problems = [
        Problem(join("", name), f"is no resource; there is {', '.join(names)}") for name in value if name not in names
    ]
    problems += [Problem(join("", name), "is missing; write [] for no records") for name in names if name not in value]
    if problems:
        raise BadRecordsError(problems)
    return {name: json.dumps(part).encode() for name, part in value.items()}


def _problem(finding: FileProblem, above: str) -> Problem:
    line = "" if finding.line is None else f"line {finding.line}: "
    return Problem(above + finding.pointer, line + finding.message)

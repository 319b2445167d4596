"""A changed document, taken without a restart: the records stay, and a broken document is not taken."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

from mock_server.mock import Mock, build_mock
from mock_server.operations.declared_responses import UndeclaredError
from mock_server.records.collection import Snapshot, State, image_of
from mock_server.sessions.rules import Rule
from mock_server.sessions.seeding import keep
from mock_server.sessions.session import SeedError
from mock_server.settings.settings import SettingsError
from mock_server.stderr import print_line
from mock_server.web.app import MockApp
from openapi import SpecError, load

_PAUSE_S = 0.2
"""How long to wait before looking again whether a file has changed."""

_Stamp = tuple[int, int] | None


class Watched:
    """Files, and how they were when they were looked at last."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._stamps = _stamps(files)

    def has_changed(self) -> bool:
        """Whether one of them has changed, come or gone since this was asked last."""
        before = self._stamps
        self._stamps = _stamps(before)
        return self._stamps != before


async def watch(app: MockApp, take: Callable[[MockApp], None]) -> None:
    """Give `take` a new application whenever the document has changed, until it is cancelled."""
    watched = Watched(app.mock.contract.files)
    while True:
        await asyncio.sleep(_PAUSE_S)
        if not watched.has_changed():
            continue
        mock = await asyncio.to_thread(_read_anew, app.mock)
        if mock is not None:
            before, app = app, reloaded(app.mock, mock)
            if before.self_check is not None and app.self_check is not None:
                app.self_check.failures = before.self_check.failures
            take(app)
            watched = Watched(app.mock.contract.files)


def _read_anew(mock: Mock) -> Mock | None:
    """A mock of the document as it is now; None where it can't be served, which is printed."""
    try:
        contract = load(mock.contract.file)
        return build_mock(contract, replace(mock.settings, state=None), mock.beginning.clock)
    except (SpecError, SeedError, SettingsError) as error:
        print_line(f"the document has changed and can't be served, the last good one still is: {error}")
        return None


def reloaded(old: Mock, new: Mock) -> MockApp:
    """An application that answers as `new` does, with the sessions and the snapshots of `old`."""
    carried = _Carried(new)
    for session in old.sessions.all():
        image = image_of(session.state)
        session.use_initial_state(new.beginning)
        session.show(carried.over(image, session.made(None)))
        session.keep_rules(partial(_still_fits, new))
    old.sessions.use_initial_state(new.beginning)
    made = new.sessions.default.made
    snapshots = {name: image_of(carried.over(image, made(None))) for name, image in old.snapshots.items()}
    lost = f"; {carried.lost} records don't keep it any more and are gone" if carried.lost else ""
    print_line(f"the document has changed and is served as it is now: {len(new.contract.operations)} operations{lost}")
    return MockApp(replace(new, settings=old.settings, sessions=old.sessions, snapshots=snapshots))


def _still_fits(new: Mock, rule: Rule) -> bool:
    """Whether the operation of a rule, and the answer that it gives, are still declared."""
    declared = new.handlers.declared.get(rule.operation_id)
    if declared is None or not rule.forces:
        return declared is not None
    try:
        declared.forced(rule.status, rule.example)
    except UndeclaredError:
        return False
    return True


class _Carried:
    """Carries records over into the world of a new document. `lost` counts those that don't fit in."""

    def __init__(self, new: Mock) -> None:
        self._new = new
        self.lost = 0

    def over(self, image: Snapshot, state: State) -> State:
        """`state`, which is empty, with what of `image` still fits in."""
        resources = self._new.contract.resources
        for name, held in image.items():
            records = [json.loads(record) for record in held.store.in_creation()]
            self.lost += keep(state, resources[name], records) if name in resources else len(records)
        return state


def _stamps(files: Iterable[Path]) -> dict[Path, _Stamp]:
    return {file: _stamp(file) for file in files}


def _stamp(file: Path) -> _Stamp:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size

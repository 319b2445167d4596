"""Reloads the document when it changes. Keeps the records, and ignores an invalid document."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

from mock_server.mock import Mock, build_mock
from mock_server.operations.declared_responses import UndeclaredResponseError
from mock_server.recording.recorder import Recorder
from mock_server.records.state import Snapshot, State, snapshot_of
from mock_server.sessions.rules import Rule
from mock_server.sessions.seeding import keep
from mock_server.sessions.session import SeedError
from mock_server.settings.settings import SettingsError
from mock_server.stderr import print_line
from mock_server.upstream.upstream import Upstream
from mock_server.web.app import MockApp
from openapi import SpecError, load

_PAUSE_S = 0.2
"""How often to check whether a file has changed."""

_Stamp = tuple[int, int] | None


class Watched:
    """Files, and their times and sizes at the last check."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._stamps = _stamps(files)

    def has_changed(self) -> bool:
        """Whether a file was changed, created or deleted since the last call."""
        before = self._stamps
        self._stamps = _stamps(before)
        return self._stamps != before


async def watch(app: MockApp, use: Callable[[MockApp], None]) -> None:
    """Call `use` with a new application whenever the document has changed, until cancelled."""
    watched = Watched(_files(app.mock))
    while True:
        await asyncio.sleep(_PAUSE_S)
        if not watched.has_changed():
            continue
        mock = await asyncio.to_thread(_rebuilt, app.mock)
        if mock is not None:
            before, app = app, reloaded(app.mock, mock)
            if before.self_check is not None and app.self_check is not None:
                app.self_check.failures = before.self_check.failures
            use(app)
            watched = Watched(_files(app.mock))


def _files(mock: Mock) -> set[Path]:
    """The files of the document, and the overlay that may be created."""
    overlay = mock.settings.write_overlay
    return {*mock.contract.files, *([overlay] if overlay else [])}


def _rebuilt(mock: Mock) -> Mock | None:
    """A mock of the current document; None, and a message, if it can't be served."""
    try:
        settings = mock.settings
        contract = load(
            mock.contract.file, settings.applied_overlays, settings.allow_ref_outside, infer=not settings.no_infer
        )
        return build_mock(contract, replace(mock.settings, state=None, overlays=()), mock.initial_state.clock)
    except (SpecError, SeedError, SettingsError) as error:
        print_line(f"the changed document can't be served, still serving the previous one: {error}")
        return None


def reloaded(old: Mock, new: Mock) -> MockApp:
    """An application that answers as `new` does, with the sessions and snapshots of `old`."""
    carried = _Carried(new)
    for session in old.sessions.all():
        snapshot = snapshot_of(session.state)
        session.use_initial_state(new.initial_state)
        session.show(carried.over(snapshot, session.made(None)))
        session.keep_rules(partial(_still_fits, new))
    old.sessions.use_initial_state(new.initial_state)
    made = new.sessions.default.made
    snapshots = {name: snapshot_of(carried.over(snapshot, made(None))) for name, snapshot in old.snapshots.items()}
    dropped = "1 record that no longer matches" if carried.lost == 1 else f"{carried.lost} records that no longer match"
    lost = f"; dropped {dropped} it" if carried.lost else ""
    count = len(new.contract.operations)
    operations = "1 operation" if count == 1 else f"{count} operations"
    print_line(f"reloaded the document: {operations}{lost}")
    recorder = Recorder(new.contract, old.recorder.substitutes)
    upstream = None
    if old.upstream is not None:
        upstream = Upstream(new.contract, new.handlers, old.settings, recorder, old.upstream.client)
    return MockApp(
        replace(
            new,
            settings=old.settings,
            sessions=old.sessions,
            snapshots=snapshots,
            recorder=recorder,
            upstream=upstream,
        )
    )


def _still_fits(new: Mock, rule: Rule) -> bool:
    """Whether the rule's operation and forced response are still declared."""
    declared = new.handlers.declared.get(rule.operation_id)
    if declared is None or not rule.forces:
        return declared is not None
    try:
        declared.forced(rule.status, rule.example)
    except UndeclaredResponseError:
        return False
    return True


class _Carried:
    """Moves records to the state of a new document. `lost` counts those that do not match it."""

    def __init__(self, new: Mock) -> None:
        self._new = new
        self.lost = 0

    def over(self, snapshot: Snapshot, state: State) -> State:
        """`state`, which is empty, with the records of `snapshot` that still match."""
        resources = self._new.contract.resources
        for name, held in snapshot.items():
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

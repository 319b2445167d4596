"""/__mock/reset, /__mock/seed, /__mock/state and /__mock/snapshots: all records of a session."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from flask import Blueprint, Response, request

from mock_server.admin.blueprint import AdminContext, AdminError, body_of, compiled, json_response
from mock_server.records.state import size_of, snapshot_of
from mock_server.sessions.seeding import RECORDS, BadRecordsError, export_records, fill, load_records
from mock_server.sessions.session import SeedError, Session
from openapi.json_value import JsonValue

MOST_SNAPSHOTS = 100
"""The limit of snapshots."""

MOST_SNAPSHOT_BYTES = 256 * 1024 * 1024
"""The limit of records in all snapshots together; records that snapshots share count once."""

_MOST_MADE = 100_000
_NAME = re.compile(r"[A-Za-z0-9._~-]{1,100}")
_NOTHING = compiled()
_SEED = compiled(seed={"type": "integer", "minimum": 0}, count={"type": "integer", "minimum": 0, "maximum": _MOST_MADE})


def add_state(blueprint: Blueprint, context: AdminContext) -> None:
    """Add the views of reset, seed and state."""
    mock = context.mock
    contract = mock.contract

    @blueprint.post("/reset")
    def reset() -> Response:
        body_of(_NOTHING)
        session = context.session
        session.reset()
        return _summary(session)

    @blueprint.post("/seed")
    def seed() -> Response:
        body, session = body_of(_SEED), context.session
        state = session.made(None)
        settings = replace(mock.settings, seed=body.get("seed", mock.settings.seed))
        try:
            fill(contract, state, body.get("count", RECORDS), settings)
        except SeedError as error:
            raise AdminError(400, f"{error}.") from None
        session.show(state)
        mock.sessions.trim(session)
        return _summary(session)

    @blueprint.get("/state")
    def export_state() -> Response:
        return Response(export_records(context.session.state, _names(context)), content_type="application/json")

    @blueprint.put("/state")
    def load_state() -> Response:
        session, names = context.session, _names(context)
        others = {name: snapshot for name, snapshot in snapshot_of(session.state).items() if name not in names}
        state = session.made(others)
        try:
            load_records(contract, state, names, request.get_data())
        except BadRecordsError as error:
            problems = [{"path": problem.path, "message": problem.message} for problem in error.problems]
            raise AdminError(400, f"Nothing was changed: {error}.", problems) from None
        except SeedError as error:
            raise AdminError(400, f"Nothing was changed: {error}.") from None
        session.show(state)
        mock.sessions.trim(session)
        return _summary(session)


def add_snapshots(blueprint: Blueprint, context: AdminContext) -> None:
    """Add the views of snapshots. All sessions share them."""
    snapshots = context.mock.snapshots

    @blueprint.get("/snapshots")
    def list_snapshots() -> Response:
        return json_response({"snapshots": sorted(snapshots)})

    @blueprint.put("/snapshots/<name>")
    def save_snapshot(name: str) -> Response:
        _check_name(name, snapshots)
        session = context.session
        snapshot = snapshot_of(session.state)
        if size_of([*snapshots.values(), snapshot]) > MOST_SNAPSHOT_BYTES:
            raise AdminError(409, f"Snapshots have {MOST_SNAPSHOT_BYTES} bytes at most; delete one first.")
        snapshots[name] = snapshot
        return _summary(session, saved=name)

    @blueprint.post("/snapshots/<name>/restore")
    def restore_snapshot(name: str) -> Response:
        snapshot, session = snapshots.get(name), context.session
        if snapshot is None:
            raise _unknown(name, sorted(snapshots))
        session.show(session.made(snapshot))
        return _summary(session, restored=name)

    @blueprint.delete("/snapshots/<name>")
    def delete_snapshot(name: str) -> Response:
        if snapshots.pop(name, None) is None:
            raise _unknown(name, sorted(snapshots))
        return json_response({"deleted": name})


def _check_name(name: str, snapshots: Collection[str]) -> None:
    if not _NAME.fullmatch(name):
        raise AdminError(400, f"Invalid name {name!r}; use up to 100 letters, digits and . _ ~ -.")
    if name not in snapshots and len(snapshots) >= MOST_SNAPSHOTS:
        raise AdminError(409, f"There are already {MOST_SNAPSHOTS} snapshots; delete one first.")


def _unknown(name: str, known: Sequence[str]) -> AdminError:
    return AdminError(404, f"Unknown snapshot {name!r}; there is {', '.join(known) or 'none'}.")


def _names(context: AdminContext) -> list[str]:
    """The resources that the request is about."""
    names = list(context.mock.contract.resources)
    wanted = request.args.get("resource")
    if not names:
        raise AdminError(404, "The document has no x-resources, so there are no records.")
    if wanted is None:
        return names
    if wanted not in names:
        raise AdminError(400, f"Unknown resource {wanted!r}; use {', '.join(names)}.")
    return [wanted]


def _summary(session: Session, **more: JsonValue) -> Response:
    records = {name: len(collection) for name, collection in session.state.items()}
    return json_response({**more, "session": session.name, "records": records})

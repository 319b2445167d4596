"""/__mock/clock, /__mock/settings and /__mock/sessions: how a session goes about its requests."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Blueprint, Response

from mock_server.admin.blueprint import AdminContext, AdminError, answer, body_of, compiled
from mock_server.clock import MockClock, rfc3339
from mock_server.mock import check_delays
from mock_server.sessions.session import DEFAULT
from mock_server.settings.session_settings import PROFILES, Delay, SessionSettings, Strictness
from mock_server.settings.settings import read_delays, read_moment
from openapi.contract import JsonValue

_LONGEST_JUMP_S = 100 * 366 * 24 * 3600
_CLOCK = compiled(
    freeze={"type": ["boolean", "string"]},
    advance_s={"type": "number", "minimum": 0, "maximum": _LONGEST_JUMP_S},
    reset={"const": True},
)
_SETTINGS = compiled(
    delay={"type": "array", "items": {"type": "string"}},
    profile={"enum": [*PROFILES, None]},
    validate={"enum": [one.value for one in Strictness]},
    lifecycle={"type": "boolean"},
)


def add_clock(blueprint: Blueprint, desk: AdminContext) -> None:
    """Add the views of the clock."""

    @blueprint.get("/clock")
    def show_clock() -> Response:
        return answer(_shown_clock(desk.session.clock))

    @blueprint.post("/clock")
    def turn_clock() -> Response:
        body, clock = body_of(_CLOCK), desk.session.clock
        if not body:
            raise AdminError(400, "Nothing is said; send freeze, advance_s or reset.")
        if "reset" in body:
            clock.reset()
        if "freeze" in body:
            _freeze(clock, body["freeze"])
        if "advance_s" in body:
            try:
                clock.advance(timedelta(seconds=body["advance_s"]))
            except OverflowError:
                raise AdminError(400, "/advance_s: there is no such moment; advance by less.") from None
        return answer(_shown_clock(clock))


def _freeze(clock: MockClock, how: bool | str) -> None:
    if how is False:
        clock.go_on()
    elif how is True:
        clock.freeze()
    else:
        clock.freeze(_read("/freeze", read_moment, how))


def _shown_clock(clock: MockClock) -> JsonValue:
    return {"now": rfc3339(clock.now()), "frozen": clock.is_standing}


def add_settings(blueprint: Blueprint, desk: AdminContext) -> None:
    """Add the views of how a session behaves."""

    @blueprint.get("/settings")
    def show_settings() -> Response:
        return answer(_shown(desk.session.behaviour))

    @blueprint.patch("/settings")
    def change_settings() -> Response:
        body, session = body_of(_SETTINGS), desk.session
        behaviour = session.behaviour
        if "delay" in body:
            delays = _read("/delay", partial(_delays, desk.mock.contract.operations), body["delay"])
            behaviour = replace(behaviour, delays=delays)
        if "profile" in body:
            behaviour = replace(behaviour, profile=body["profile"])
        if "validate" in body:
            behaviour = replace(behaviour, strictness=Strictness(body["validate"]))
        if "lifecycle" in body:
            behaviour = replace(behaviour, lifecycle=body["lifecycle"])
        session.behave(behaviour)
        return answer(_shown(behaviour))


def add_sessions(blueprint: Blueprint, desk: AdminContext) -> None:
    """Add the views of the sessions that there are."""
    sessions = desk.mock.sessions

    @blueprint.get("/sessions")
    def list_sessions() -> Response:
        return answer(
            {
                "sessions": [
                    {
                        "name": session.name,
                        "records": {name: len(collection) for name, collection in session.state.items()},
                        "requests": len(session.journal),
                        "rules": len(session.rules.all()),
                    }
                    for session in sessions.all()
                ]
            }
        )

    @blueprint.delete("/sessions/<name>")
    def drop_session(name: str) -> Response:
        if name == DEFAULT:
            raise AdminError(409, "The default session stays; POST /__mock/reset brings it back to its beginning.")
        if not sessions.drop(name):
            raise AdminError(404, f"There is no session {name!r}; GET /__mock/sessions lists them.")
        return answer({"deleted": name})


def _shown(behaviour: SessionSettings) -> JsonValue:
    return {
        "delay": [f"{name}={delay}" if name else str(delay) for name, delay in behaviour.delays.items()],
        "profile": behaviour.profile,
        "validate": behaviour.strictness.value,
        "lifecycle": behaviour.lifecycle,
    }


def _delays(operations: Collection[str], texts: Sequence[str]) -> Mapping[str, Delay]:
    delays = read_delays(texts)
    check_delays(delays, operations)
    return delays


def _read(path: str, convert: Callable[[Any], Any], value: Any) -> Any:
    try:
        return convert(value)
    except ValueError as error:
        raise AdminError(400, f"{path}: {error}.") from None

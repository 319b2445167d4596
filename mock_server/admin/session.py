"""/__mock/clock, /__mock/settings and /__mock/sessions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Blueprint, Response

from mock_server.admin.blueprint import AdminContext, AdminError, body_of, compiled, json_response
from mock_server.clock import MockClock, rfc3339
from mock_server.mock import check_delays
from mock_server.sessions.session import DEFAULT
from mock_server.settings.session_settings import PROFILES, Delay, SessionSettings, Strictness
from mock_server.settings.settings import read_delays, read_time
from openapi.contract import Contract
from openapi.json_value import JsonValue

_LONGEST_JUMP_S = 100 * 366 * 24 * 3600
_CLOCK = compiled(
    freeze={"type": ["boolean", "string"]},
    advance_s={"type": "number", "minimum": 0, "maximum": _LONGEST_JUMP_S},
    reset={"const": True},
)
_SETTINGS = compiled(
    delay={"type": "array", "items": {"type": "string"}},
    profile={"enum": [*PROFILES, None]},
    profiles={"type": "object", "additionalProperties": {"enum": [*PROFILES, None]}},
    validate={"enum": [one.value for one in Strictness]},
    lifecycle={"type": "boolean"},
)


def add_clock(blueprint: Blueprint, context: AdminContext) -> None:
    """Add the views of the clock."""

    @blueprint.get("/clock")
    def show_clock() -> Response:
        return json_response(_shown_clock(context.session.clock))

    @blueprint.post("/clock")
    def turn_clock() -> Response:
        body, clock = body_of(_CLOCK), context.session.clock
        if not body:
            raise AdminError(400, "The body is empty; send freeze, advance_s or reset.")
        if "reset" in body:
            clock.reset()
        if "freeze" in body:
            _freeze(clock, body["freeze"])
        if "advance_s" in body:
            try:
                clock.advance(timedelta(seconds=body["advance_s"]))
            except OverflowError:
                raise AdminError(400, "/advance_s: too far; advance by less.") from None
        return json_response(_shown_clock(clock))


def _freeze(clock: MockClock, how: bool | str) -> None:
    if how is False:
        clock.resume()
    elif how is True:
        clock.freeze()
    else:
        clock.freeze(_read("/freeze", read_time, how))


def _shown_clock(clock: MockClock) -> JsonValue:
    return {"now": rfc3339(clock.now()), "frozen": clock.is_frozen}


def add_settings(blueprint: Blueprint, context: AdminContext) -> None:
    """Add the views of a session's settings."""

    @blueprint.get("/settings")
    def show_settings() -> Response:
        return json_response(_shown(context.session.settings))

    @blueprint.patch("/settings")
    def change_settings() -> Response:
        session = context.session
        session_settings = _changed(session.settings, body_of(_SETTINGS), context.mock.contract)
        session.change_settings(session_settings)
        return json_response(_shown(session_settings))


def add_sessions(blueprint: Blueprint, context: AdminContext) -> None:
    """Add the views of the sessions."""
    sessions = context.mock.sessions

    @blueprint.get("/sessions")
    def list_sessions() -> Response:
        return json_response(
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
            raise AdminError(409, "The default session can't be deleted; POST /__mock/reset resets it.")
        if not sessions.drop(name):
            raise AdminError(404, f"Unknown session {name!r}; GET /__mock/sessions lists them.")
        return json_response({"deleted": name})


def _changed(settings: SessionSettings, body: Mapping[str, Any], contract: Contract) -> SessionSettings:
    """`settings` with the changes that `body` names. Raises AdminError."""
    if "delay" in body:
        settings = replace(settings, delays=_read("/delay", partial(_delays, contract.operations), body["delay"]))
    if "profile" in body:
        settings = replace(settings, profile=body["profile"])
    if "profiles" in body:
        _read("/profiles", partial(check_delays, operations=contract.operations), body["profiles"])
        profiles = {name: profile for name, profile in body["profiles"].items() if profile is not None}
        settings = replace(settings, profiles=profiles)
    if "validate" in body:
        settings = replace(settings, strictness=Strictness(body["validate"]))
    if "lifecycle" in body:
        settings = replace(settings, lifecycle=body["lifecycle"])
    return settings


def _shown(session_settings: SessionSettings) -> JsonValue:
    return {
        "delay": [f"{name}={delay}" if name else str(delay) for name, delay in session_settings.delays.items()],
        "profile": session_settings.profile,
        "profiles": dict(session_settings.profiles),
        "validate": session_settings.strictness.value,
        "lifecycle": session_settings.lifecycle,
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

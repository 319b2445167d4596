"""/__mock/overlay: differences of a service that a team accepts, as actions of an OpenAPI Overlay in a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from threading import Lock

from flask import Blueprint, Response

from mock_server.admin.blueprint import AdminContext, AdminError, body_of, compiled, json_response
from mock_server.mock import Mock
from openapi import SpecError, load
from openapi.editing.replacement import replace_file
from openapi.json_value import JsonValue
from openapi.overlay import read_overlay

_BODY = compiled(actions={"type": "array", "minItems": 1, "items": {"type": "object"}})
_CHANGES = ("target", "update", "remove")


def add_accepted(blueprint: Blueprint, context: AdminContext) -> None:
    """Add the views of the overlay. Only the file that the mock was started with is written."""
    mock, lock = context.mock, Lock()

    @blueprint.get("/overlay")
    def show_overlay() -> Response:
        file = _file(mock)
        return json_response({"file": str(file), "actions": accepted_actions(file)})

    @blueprint.post("/overlay")
    def accept() -> Response:
        actions = body_of(_BODY).get("actions")
        if not actions:
            raise AdminError(400, "The body is empty; send actions, those of an OpenAPI Overlay.")
        file = _file(mock)
        with lock:
            known = accepted_actions(file)
            new = [one for one in actions if not is_among(one, known)]
            if new:
                write_text(file, _extended(mock, file, new))
            return json_response({"file": str(file), "added": len(new), "actions": [*known, *new]})


def accepted_actions(file: Path) -> list[dict[str, JsonValue]]:
    """The actions of the overlay in `file`; none if it does not exist. Raises AdminError if it can't be read."""
    if not file.exists() or not file.stat().st_size:
        return []
    try:
        return list(read_overlay(file).source.value["actions"])
    except SpecError as error:
        raise AdminError(409, f"{error}") from None


def is_among(action: Mapping[str, JsonValue], actions: Iterable[Mapping[str, JsonValue]]) -> bool:
    """Whether one of the actions makes the same change; descriptions are ignored."""
    change = {name: action.get(name) for name in _CHANGES}
    return any(change == {name: one.get(name) for name in _CHANGES} for one in actions)


def write_text(file: Path, text: str) -> None:
    """Replace the content of `file`. Raises AdminError."""
    try:
        file.touch()  # A new file gets the usual permissions.
        replace_file(file, text.encode())
    except OSError as error:
        raise AdminError(500, f"{file} can't be written: {error.strerror}.") from None


def _file(mock: Mock) -> Path:
    if mock.settings.write_overlay is None:
        raise AdminError(404, "The mock has no overlay to write to; start it with --write-overlay FILE.")
    return mock.settings.write_overlay


def _extended(mock: Mock, file: Path, actions: list[JsonValue]) -> str:
    """The overlay's text with more actions. Raises AdminError if the document can't be served with them."""
    settings = mock.settings
    # The library that keeps comments is imported only here: a mock starts faster without it.
    extended = import_module("openapi.editing.overlay_file").extended
    try:
        text, overlay = extended(file, actions)
        overlays = (*settings.other_overlays, overlay)
        load(mock.contract.file, overlays, settings.allow_ref_outside, infer=not settings.no_infer)
    except SpecError as error:
        raise AdminError(400, f"{error}", [{"path": "/actions", "message": f"{error}"}]) from None
    return str(text)

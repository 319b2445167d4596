"""/__mock/baseline: differences of a service that a team ignores for a while, as entries of the check's baseline."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any

from flask import Blueprint, Response

from mock_server.admin.accepted import write_text
from mock_server.admin.blueprint import AdminContext, AdminError, body_of, compiled, json_response
from mock_server.mock import Mock

_TEXT = {"type": "string", "pattern": r"\S"}
_BODY = compiled(code=_TEXT, pointer={"type": "string"}, reason=_TEXT, until={"type": "string"})
_REQUIRED = ("code", "pointer", "reason")


def add_ignored(blueprint: Blueprint, context: AdminContext) -> None:
    """Add the views of the baseline. Only the file that the mock was started with is written."""
    mock, lock = context.mock, Lock()

    @blueprint.get("/baseline")
    def show_baseline() -> Response:
        file = _file(mock)
        return json_response({"file": str(file), "known": ignored_entries(file)})

    @blueprint.post("/baseline")
    def ignore() -> Response:
        entry = body_of(_BODY)
        _check(entry)
        file, location = _file(mock), f"{entry['code']} at {entry['pointer']}"
        with lock:
            known = ignored_entries(file)
            if any((one["code"], one["pointer"]) == (entry["code"], entry["pointer"]) for one in known):
                raise AdminError(409, f"{file} has an entry for {location}; change it there.")
            write_text(file, _with_entry(file, entry))
            return json_response({"file": str(file), "known": [*known, entry]})


def ignored_entries(file: Path) -> list[dict[str, Any]]:
    """The entries of the baseline in `file`; none if it does not exist. Raises AdminError if it is not a baseline."""
    return _entries(file, _text_of(file))


def _file(mock: Mock) -> Path:
    if mock.settings.write_baseline is None:
        raise AdminError(404, "The mock has no baseline to write to; start it with --write-baseline FILE.")
    return mock.settings.write_baseline


def _check(entry: Mapping[str, str]) -> None:
    """Raise AdminError for an entry with a missing field or an invalid date."""
    for name in _REQUIRED:
        if name not in entry:
            advice = "send code, pointer, reason and, optionally, until"
            raise AdminError(400, f"The body has no {name}; {advice}.", [{"path": f"/{name}", "message": "is missing"}])
    until = entry.get("until", "9999-12-31")
    with suppress(ValueError):
        if date.fromisoformat(until).isoformat() == until:
            return
    problem = f"{until!r} is not a date; write one such as 2027-01-31"
    raise AdminError(400, f"/until: {problem}.", [{"path": "/until", "message": problem}])


def _with_entry(file: Path, entry: Mapping[str, str]) -> str:
    """The text of the baseline with one more entry. The existing text is unchanged."""
    before = _text_of(file)
    lines = ["[[known]]", *(f"{name} = {_toml_text(entry[name])}" for name in _REQUIRED)]
    if "until" in entry:
        lines.append(f"until = {entry['until']}")
    above = f"{before.rstrip()}\n\n" if before.strip() else ""
    text = above + "\n".join(lines) + "\n"
    with suppress(AdminError):
        if len(_entries(file, text)) == len(_entries(file, before)) + 1:
            return text
    raise AdminError(409, f"{file} can't be extended; write each entry below [[known]].")


def _entries(file: Path, text: str) -> list[dict[str, Any]]:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise AdminError(409, f"{file} is not TOML: {error}.") from None
    known = data.pop("known", [])
    entries = known if isinstance(known, list) else [None]
    if data or not all(isinstance(one, dict) and {*_REQUIRED} <= {*one} for one in entries):
        raise AdminError(409, f"{file} is not a baseline of callcamp-check; name another file with --write-baseline.")
    return [
        {name: value.isoformat() if isinstance(value, date) else value for name, value in one.items()} for one in known
    ]


def _toml_text(value: str) -> str:
    """A TOML basic string. Its escapes are those of JSON, plus the delete character (TOML 1.0, section String)."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _text_of(file: Path) -> str:
    try:
        return file.read_bytes().decode()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise AdminError(409, f"{file} can't be read: {error}.") from None

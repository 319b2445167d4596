"""Validates the bodies and queries of the plain service, and names every mistake."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import unquote_to_bytes

Violations: TypeAlias = list[dict[str, str]]
Rules: TypeAlias = Mapping[str, Callable[[Any], str | None]]
"""For each name a function that returns what is wrong with a value, or None."""

_STATUSES = ("registered", "pending", "active", "inactive")
_TYPES = ("private", "shared", "ordered")


class RefusedError(Exception):
    """A refused request, with the status, the message and the header fields of the response."""

    def __init__(self, status: int, message: str, errors: Violations | None = None, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"success": False, "message": message} | ({"errors": errors} if errors else {})
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def _text(shortest: int, longest: int) -> Callable[[Any], str | None]:
    def wrong(value: Any) -> str | None:
        fits = isinstance(value, str) and shortest <= len(value) <= longest
        return None if fits else f"write a text of {shortest} to {longest} characters"

    return wrong


def _shaped(pattern: str, example: str) -> Callable[[Any], str | None]:
    def wrong(value: Any) -> str | None:
        fits = isinstance(value, str) and re.fullmatch(pattern, value)
        return None if fits else f"write it like {example}"

    return wrong


def _one_of(*choices: str) -> Callable[[Any], str | None]:
    return lambda value: None if value in choices else f"write one of {', '.join(choices)}"


NEW: Rules = {
    "number": _shaped(r"\+[1-9][0-9]{6,14}", "+12025550143"),
    "name": _text(1, 100),
    "countryCode": _shaped("[A-Z]{2}", "GB"),
    "provider": _text(1, 50),
    "referenceId": _text(1, 255),
    "type": _one_of(*_TYPES),
}
CHANGES: Rules = {
    "name": _text(1, 100),
    "status": _one_of(*_STATUSES),
    "type": _one_of(*_TYPES),
}


def _only_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a name is there more than once")
    return members


def _no_json(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def read_body(raw: bytes, rules: Rules, required: str = "") -> dict[str, Any]:
    """The fields of a body that keeps `rules`. Raises RefusedError."""
    try:
        value = json.loads(raw.decode(), object_pairs_hook=_only_once, parse_constant=_no_json)
        # A lone surrogate is valid JSON, but can't be sent back.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        violation = {"in": "body", "path": "", "message": f"{error}"[:200] or "it is no JSON"}
        raise RefusedError(400, "The body can't be read; send JSON in UTF-8.", [violation]) from None
    if not isinstance(value, dict):
        violation = {"in": "body", "path": "", "message": "write an object"}
        raise RefusedError(400, "The body is no object.", [violation])
    wrong = {name: rules[name](member) if name in rules else "take it out" for name, member in value.items()}
    if required and required not in value:
        wrong[required] = "add it"
    found = [
        {"in": "body", "path": f"/{name}".encode(errors="replace").decode(), "message": problem}
        for name, problem in wrong.items()
        if problem
    ]
    if not value and not required:
        found = [{"in": "body", "path": "", "message": "name at least one member"}]
    if found:
        raise RefusedError(400, "The body breaks the contract.", found)
    return value


_NUMBER = r"0*[1-9][0-9]{0,4000}"
_PARAMETERS: Rules = {
    "search": _text(0, 200),
    "status": _one_of(*_STATUSES),
    "type": _one_of(*_TYPES),
    "page": _shaped(_NUMBER, "2"),
    "limit": _shaped(r"0*(100|[1-9][0-9]?)", "25, at most 100"),
}


def _octets(text: str) -> bytes:
    return unquote_to_bytes(text.replace("+", " ").encode("latin-1"))


def read_query(raw: str) -> dict[str, str]:
    """The known parameters of a query, one character per byte. Raises RefusedError."""
    values: dict[str, str] = {}
    found: Violations = []
    for pair in raw.split("&"):
        octets, value = (_octets(part) for part in pair.partition("=")[::2])
        name = octets.decode(errors="replace")
        if name not in _PARAMETERS:
            continue
        try:
            text = value.decode()
            problem = "send it once" if name in values else _PARAMETERS[name](text)
        except UnicodeDecodeError:
            text, problem = "", "encode it as UTF-8"
        values[name] = text
        if problem:
            found.append({"in": "query", "path": name, "message": problem})
    if found:
        raise RefusedError(400, "The query breaks the contract.", found)
    return values

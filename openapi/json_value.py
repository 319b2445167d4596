"""JSON values."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

JsonValue: TypeAlias = Any
"""A JSON value: None, bool, int, float, str, or a list or a dict with string keys of JSON values."""


def json_or_none(body: bytes | str | None) -> JsonValue:
    """The JSON value in a body, read as Python reads it; None if it is not JSON, or too deep."""
    try:
        return json.loads(body or b"")
    except (ValueError, RecursionError):
        return None


def is_equal(value: JsonValue, wanted: JsonValue) -> bool:
    """Whether `value` equals `wanted` or one of its items; in JSON, unlike in Python, true is not 1."""
    if isinstance(wanted, list):
        return any(is_equal(value, one) for one in wanted)
    return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)


def value_at(value: Any, pointer: str) -> Any:
    """The part of a JSON value at a JSON Pointer; None if there is none."""
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def as_text(value: JsonValue) -> str:
    """A string as it is, any other value as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

"""How the service reads bodies according to the document: which fields need not be valid, and how it stores texts."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping

from openapi import Schema
from openapi.flattening import flat
from openapi.json_value import JsonValue

_NAMES = ("bodies/unknown-fields", "bodies/nulls", "bodies/texts")
_STORED: Mapping[str, Callable[[str], str]] = {
    "trimmed": str.strip,
    "normalized": lambda text: unicodedata.normalize("NFC", text),
}


def text_storing(words: Mapping[str, str]) -> Callable[[str], str]:
    """A function that returns what the service stores for a text, according to `x-http`."""
    return _STORED.get(words["bodies/texts"], str)


def accepting_word(words: Mapping[str, str], schema: Schema, body: JsonValue, *, updating: bool) -> str:
    """The value of `x-http` that makes the service accept an invalid body; "" if none does."""
    if not isinstance(body, dict):
        return ""
    if body == {}:
        accepted = updating and words["bodies/empty-updates"] == "accepted"
        return "bodies/empty-updates" if accepted else ""
    read, used = _read(words, schema, body)
    emptied = updating and read == {} and used
    return used if used and (emptied or schema.is_valid(read)) else ""


def _read(words: Mapping[str, str], schema: Schema, body: Mapping[str, JsonValue]) -> tuple[dict[str, JsonValue], str]:
    """The part of the body that has to be valid, as the service reads it, and the first value that changed it."""
    known = flat(schema.document, schema.node).get("properties", {})
    used = []
    read: dict[str, JsonValue] = {}
    for name, value in body.items():
        field = flat(schema.document, known.get(name, {}))
        if name not in known and words["bodies/unknown-fields"] in ("ignored", "stored"):
            used.append(_NAMES[0])
        elif value is None and words["bodies/nulls"] == "left-out":
            used.append(_NAMES[1])
        elif isinstance(value, str) and not {"enum", "const", "pattern", "format"} & set(field):
            read[name] = text_storing(words)(value)
            used += [_NAMES[2]] if read[name] != value else []
        else:
            read[name] = value
    return read, used[0] if used else ""

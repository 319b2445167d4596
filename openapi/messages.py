"""What is wrong with a value, in words: what was got, and what is allowed."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import jsonschema_rs

_LONGEST = 60

_encode = json.JSONEncoder(default=str).encode


def shown(value: Any) -> str:
    """`value` as JSON, cut to a line."""
    text = _encode(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def describe(error: jsonschema_rs.ValidationError, facts: Mapping[str, Any] | None = None) -> str:
    """One violation in words. `facts` are those of the error's kind, where they are known already."""
    kind = error.kind
    word = _WORDS.get(kind.name)
    return word(error.instance, kind.as_dict() if facts is None else facts) if word else error.message


def unknown_member(name: str, known: Sequence[str]) -> str:
    """What to say of a member that an object may not have."""
    near = _nearest(name, tuple(known)) if len(name) <= _LONGEST else None
    if near is not None:
        return f"unknown member; did you mean {near}?"
    return f"unknown member; allowed are {', '.join(known)}" if known else "unknown member; none is allowed"


@lru_cache(1024)
def _nearest(name: str, known: tuple[str, ...]) -> str | None:
    """The name that `name` was probably meant to be. To compare them takes longer than the rest of a judgement."""
    return next(iter(difflib.get_close_matches(name, known, n=1)), None)


def _length(value: str) -> str:
    return f"{len(value)} character" + ("" if len(value) == 1 else "s")


def _type(value: Any, facts: Mapping[str, Any]) -> str:
    allowed = " or ".join(facts["types"])
    return f"got {shown(value)}; write a value of type {allowed}"


_WORDS: Mapping[str, Callable[[Any, Mapping[str, Any]], str]] = {
    "type": _type,
    "enum": lambda value, facts: f"got {shown(value)}; allowed are {', '.join(map(_bare, facts['options']))}",
    "const": lambda value, facts: f"got {shown(value)}; only {shown(facts['expected_value'])} is allowed",
    "minimum": lambda value, facts: f"got {shown(value)}; at least {facts['limit']} is allowed",
    "maximum": lambda value, facts: f"got {shown(value)}; at most {facts['limit']} is allowed",
    "exclusiveMinimum": lambda value, facts: f"got {shown(value)}; more than {facts['limit']} is allowed",
    "exclusiveMaximum": lambda value, facts: f"got {shown(value)}; less than {facts['limit']} is allowed",
    "minLength": lambda value, facts: f"got {_length(value)}; at least {facts['limit']} must be there",
    "maxLength": lambda value, facts: f"got {_length(value)}; at most {facts['limit']} are allowed",
    "pattern": lambda value, facts: f"got {shown(value)}; write a text that matches {facts['pattern']}",
    "format": lambda value, facts: f"got {shown(value)}; write a text of the format {facts['format']}",
    "required": lambda _value, facts: f"{facts['property']} is missing; add it",
    "minProperties": lambda value, facts: f"got {len(value)} members; at least {facts['limit']} must be there",
    "maxProperties": lambda value, facts: f"got {len(value)} members; at most {facts['limit']} are allowed",
    "minItems": lambda value, facts: f"got {len(value)} items; at least {facts['limit']} must be there",
    "maxItems": lambda value, facts: f"got {len(value)} items; at most {facts['limit']} are allowed",
    "falseSchema": lambda value, _facts: f"got {shown(value)}; nothing is allowed here",
    "uniqueItems": lambda _value, _facts: "two items are the same; each may be there once",
}


def _bare(value: Any) -> str:
    return value if isinstance(value, str) else shown(value)

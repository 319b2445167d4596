"""Messages about invalid values: the value, what the schema allows, and an example if it helps."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import jsonschema_rs

from openapi.wording import counted

_LONGEST = 60

_encode = json.JSONEncoder(default=str).encode


def shown(value: Any) -> str:
    """`value` as JSON, cut to a line."""
    text = _encode(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


_WITH_EXAMPLE = ("pattern", "format")
"""The keywords for which an example is the best advice."""


def describe(error: jsonschema_rs.ValidationError, kind: str, facts: Mapping[str, Any]) -> str:
    """One violation in words. `kind` and `facts` are the name and the facts of the error's kind."""
    word = _WORDS.get(kind)
    return error.message if word is None else word(error.instance, facts)


def example_of(keyword: str, schema: Mapping[str, Any]) -> str:
    """The end of a message about a broken `keyword` of `schema`: an example, if that is the best advice; or ''."""
    if keyword not in _WITH_EXAMPLE:
        return ""
    examples = [schema["example"]] if "example" in schema else schema.get("examples")
    if not isinstance(examples, list) or not examples:
        examples = [_EXAMPLES[schema["format"]]] if schema.get("format") in _EXAMPLES else []
    return f"; for example {_bare(examples[0])}" if examples else ""


def unknown_field(name: str, known: Sequence[str]) -> str:
    """The message for a field that an object may not have."""
    near = _nearest(name, tuple(known)) if len(name) <= _LONGEST else None
    if near is not None:
        return f"unknown field; did you mean {near}?"
    return f"unknown field; allowed: {', '.join(known)}" if known else "unknown field; no fields are allowed here"


@lru_cache(1024)
def _nearest(name: str, known: tuple[str, ...]) -> str | None:
    """The name that was probably meant. Comparing names takes longer than the rest of a validation."""
    return next(iter(difflib.get_close_matches(name, known, n=1)), None)


def _length(value: Any, limit: int, noun: str) -> str:
    if len(value) < limit:
        return f"too short: {counted(len(value), noun)}, minimum {limit:,}"
    return f"too long: {counted(len(value), noun)}, maximum {limit:,}"


_EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "date-time": "2026-01-10T12:00:00Z",
        "date": "2026-01-10",
        "time": "12:00:00Z",
        "duration": "PT1H30M",
        "email": "ann@example.com",
        "hostname": "example.com",
        "ipv4": "192.0.2.1",
        "ipv6": "2001:db8::1",
        "uri": "https://example.com/a",
        "uri-reference": "/a/b",
        "uuid": "8c3a4c0e-3d53-4f0c-9d4e-0a2b6f1c7e55",
    }
)
"""By format, a value that shows how to write it."""

_WORDS: Mapping[str, Callable[[Any, Mapping[str, Any]], str]] = {
    "type": lambda value, facts: f"expected {' or '.join(facts['types'])}, got {shown(value)}",
    "enum": lambda value, facts: f"{shown(value)} is not one of {', '.join([_bare(one) for one in facts['options']])}",
    "const": lambda value, facts: f"expected {shown(facts['expected_value'])}, got {shown(value)}",
    "minimum": lambda value, facts: f"{shown(value)} is less than the minimum {facts['limit']}",
    "maximum": lambda value, facts: f"{shown(value)} is greater than the maximum {facts['limit']}",
    "exclusiveMinimum": lambda value, facts: f"{shown(value)} is not greater than {facts['limit']}",
    "exclusiveMaximum": lambda value, facts: f"{shown(value)} is not less than {facts['limit']}",
    "multipleOf": lambda value, facts: f"{shown(value)} is not a multiple of {shown(facts['multiple_of'])}",
    "minLength": lambda value, facts: _length(value, facts["limit"], "character"),
    "maxLength": lambda value, facts: _length(value, facts["limit"], "character"),
    "pattern": lambda value, facts: f"{shown(value)} does not match {facts['pattern']}",
    "format": lambda value, facts: f"{shown(value)} is not a valid {facts['format']}",
    "required": lambda _value, facts: f"{facts['property']} is required",
    "minProperties": lambda value, facts: f"{counted(len(value), 'field')}, minimum {facts['limit']:,}",
    "maxProperties": lambda value, facts: f"{counted(len(value), 'field')}, maximum {facts['limit']:,}",
    "minItems": lambda value, facts: f"{counted(len(value), 'item')}, minimum {facts['limit']:,}",
    "maxItems": lambda value, facts: f"{counted(len(value), 'item')}, maximum {facts['limit']:,}",
    "uniqueItems": lambda _value, _facts: "the items must be unique",
    "falseSchema": lambda value, _facts: f"no value is allowed here, got {shown(value)}",
    "not": lambda value, _facts: f"{shown(value)} matches a schema that is excluded here",
    "contains": lambda _value, _facts: "no item matches the schema that one of them must match",
}


def _bare(value: Any) -> str:
    return value if isinstance(value, str) else shown(value)

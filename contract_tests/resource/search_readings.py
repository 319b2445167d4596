"""Which records a search finds, according to the document."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from openapi import Search
from openapi.json_value import JsonValue

_MATCHES: Mapping[str, Callable[[str, str], bool]] = {
    "part": lambda text, wanted: wanted in text,
    "beginning": str.startswith,
    "whole": str.__eq__,
}


def is_usual(search: Search) -> bool:
    """Whether a search finds any part of a text, ignoring letter case."""
    return search.match == "part" and search.ignores_case


def finds(search: Search, text: str, record: Mapping[str, JsonValue]) -> bool:
    """Whether a search for `text` finds the record."""
    fold = str.casefold if search.ignores_case else str
    values = (record.get(name) for name in search.fields)
    return any(_MATCHES[search.match](fold(str(value)), fold(text)) for value in values if value is not None)

"""Walks a document, and distinguishes keywords from the author's names and from plain data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from openapi.pointers import join

_DATA = frozenset(
    {
        *("example", "default", "const", "enum", "value", "dataValue", "body", "violation"),
        *("x-assumed", "x-documented", "x-observed", "x-other-tools"),
    }
)
_OURS = ("x-resources", "x-http")
_NAMES = frozenset(
    {
        *("properties", "patternProperties", "$defs", "dependentSchemas"),
        *(
            "schemas",
            "parameters",
            "examples",
            "requestBodies",
            "headers",
            "securitySchemes",
            "links",
            "pathItems",
            "mediaTypes",
        ),
        *("content", "encoding", "variables", "scopes", "mapping"),
    }
)
_NAMES_AND_KEYWORDS = frozenset(
    {"paths", "responses", "callbacks", "webhooks", "x-resources", "operations", "filters", "members", "statuses"}
)


def keyword_mappings(value: Any, pointer: str = "", holds: str = "keywords") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mapping with keywords at or below `value`, with its JSON Pointer.

    A mapping of names, such as `properties`, is left out, but not the nodes below it; data (examples, defaults,
    enumerations) is left out completely. A mapping that has both, such as `responses`, is included.
    """
    if isinstance(value, dict):
        if holds != "names":
            yield pointer, value
        for name, inner in value.items():
            if holds == "names" or (holds == "both" and not name.startswith("x-")):
                yield from keyword_mappings(inner, join(pointer, name))
            elif not _is_data(name, inner):
                yield from keyword_mappings(inner, join(pointer, name), _content_of(name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from keyword_mappings(item, join(pointer, index))


def _is_data(name: str, inner: Any) -> bool:
    """Whether a node has no keywords below it: plain data, and keywords of other tools."""
    if name.startswith("x-"):
        return name not in _OURS
    return name in _DATA or (name == "examples" and isinstance(inner, list))


def _content_of(name: str) -> str:
    if name in _NAMES:
        return "names"
    return "both" if name in _NAMES_AND_KEYWORDS else "keywords"

"""The document for requests and for responses: `readOnly` and `writeOnly` fields are required in only one of them.

A required `readOnly` field is required in responses only, a required `writeOnly` one in requests only (OAS 3.0.4,
section 4.7.24.2, Fixed Fields).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

from openapi.document.walk import keyword_mappings
from openapi.flattening import flat
from openapi.pointers import join, split

Direction: TypeAlias = Literal["request", "response"]

DIRECTIONS: tuple[Direction, ...] = ("request", "response")

_HIDDEN: Mapping[Direction, str] = {"request": "readOnly", "response": "writeOnly"}


def in_direction(document: Mapping[str, Any], direction: Direction) -> dict[str, Any]:
    """`document`, requiring only fields that values in `direction` have. Unchanged parts are shared."""
    changes: dict[str, list[str]] = {}
    for pointer, names in _without_hidden(document, _HIDDEN[direction]):
        changes[pointer] = [name for name in names if name in changes.get(pointer, names)]
    changed = dict(document)
    copied: set[str] = {""}
    for pointer, names in changes.items():
        holder: Any = changed
        above = ""
        for token in split(pointer):
            above = join(above, token)
            key: Any = int(token) if isinstance(holder, list) else token
            if above not in copied:
                copied.add(above)
                holder[key] = holder[key].copy()
            holder = holder[key]
        holder["required"] = names
    return changed


def _without_hidden(document: Mapping[str, Any], keyword: str) -> Iterator[tuple[str, list[str]]]:
    """Each schema with a required field that is hidden, with the names that stay required."""
    for pointer, mapping in keyword_mappings(document):
        branches = mapping.get("allOf")
        branches = branches if isinstance(branches, list) else []
        inner = [one for one in branches if isinstance(one, dict)]
        if not any(isinstance(one.get("required"), list) for one in (mapping, *inner)):
            continue
        hidden = _hidden(document, mapping, keyword)
        if not hidden:
            continue
        for where, one in [(pointer, mapping), *((join(pointer, "allOf", at), one) for at, one in enumerate(branches))]:
            required = one.get("required") if isinstance(one, dict) else None
            if isinstance(required, list) and hidden.intersection(required):
                yield where, [name for name in required if name not in hidden]


def _hidden(document: Mapping[str, Any], mapping: Mapping[str, Any], keyword: str) -> set[str]:
    try:
        properties = flat(document, mapping).get("properties", {})
        return {
            name
            for name, schema in properties.items()
            if isinstance(schema, dict) and flat(document, schema).get(keyword) is True
        }
    except (LookupError, ValueError, AttributeError, TypeError):
        return set()

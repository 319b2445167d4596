"""Removes `readOnly` fields from requests: a client may send back what it received, without effect.

JSON Schema 2020-12, Validation, section 9.4; OAS 3.0.4, section 4.7.24.2.
"""

from __future__ import annotations

from typing import Any

from openapi.flattening import flat
from openapi.schemas import Schema

_DEEPEST = 20


def has_read_only(schema: Schema) -> bool:
    """Whether any field in `schema` is readOnly."""
    seen: set[int] = set()

    def found(node: Any) -> bool:
        if not isinstance(node, dict) or id(node) in seen:
            return False
        seen.add(id(node))
        flat_schema = flat(schema.document, node)
        if flat_schema.get("readOnly") is True:
            return True
        inner = [
            *flat_schema.get("properties", {}).values(),
            flat_schema.get("items"),
            flat_schema.get("additionalProperties"),
        ]
        return any(map(found, inner))

    return found(schema.node)


def without_read_only(schema: Schema, value: Any) -> Any:
    """The JSON value without the fields that are readOnly."""
    return _without(schema.document, schema.node, value, 0)


def _without(document: Any, node: Any, value: Any, depth: int) -> Any:
    if depth > _DEEPEST or not isinstance(value, dict | list):
        return value
    flat_schema = flat(document, node)
    if isinstance(value, list):
        return [_without(document, flat_schema.get("items", True), one, depth + 1) for one in value]
    properties = flat_schema.get("properties", {})
    return {
        name: _without(document, properties.get(name, True), field, depth + 1)
        for name, field in value.items()
        if flat(document, properties.get(name, True)).get("readOnly") is not True
    }

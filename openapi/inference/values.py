"""A value for a field that no client sends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from openapi.flattening import flat, types_of
from openapi.inference.draft import UndecidedError
from openapi.schemas import Schema

_PLAIN: dict[str, Any] = {
    "null": None,
    "array": [],
    "boolean": False,
    "integer": 0,
    "number": 0,
    "object": {},
    "string": "",
}


def initial_value(schema: Schema, shown: Sequence[Any] = ()) -> Any:
    """The first valid value of a schema's default, only value, `shown` values, null, example and plain values.

    Raises UndecidedError if none does.
    """
    for value in _candidates(schema.document, schema.node, shown):
        if schema.is_valid(value):
            return value
    raise UndecidedError("has no default and no example")


def _candidates(document: Mapping[str, Any], node: dict[str, Any], shown: Sequence[Any]) -> Iterator[Any]:
    for name in ("default", "const"):
        if name in node:
            yield node[name]
    yield from shown
    if "null" in types_of(node) or not types_of(node):
        yield None
    yield from node.get("enum", ())[:1]
    if set(types_of(node)) & {"array", "boolean"}:
        yield from (_PLAIN[name] for name in types_of(node))
    if "example" in node:
        yield node["example"]
    examples = node.get("examples", ())
    yield from examples if isinstance(examples, list) else ()
    yield from (_PLAIN[name] for name in types_of(node) if name in _PLAIN)
    if "minimum" in node:
        yield node["minimum"]
    yield _least(document, node)


def _least(document: Mapping[str, Any], node: dict[str, Any]) -> Any:
    """An object with only the required fields; the plain value of any other type."""
    for name in ("default", "const"):
        if name in node:
            return node[name]
    if node.get("enum"):
        return node["enum"][0]
    if "object" in types_of(node):
        fields = node.get("properties", {})
        return {
            name: _least(document, flat(document, fields[name])) for name in node.get("required", ()) if name in fields
        }
    return next((_PLAIN[name] for name in types_of(node) if name in _PLAIN), None)

"""A value for a field that no client sends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from openapi.flattening import types_of
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
    """The first of a schema's default, only value, `shown` values, null, example and plain values that keeps it.

    Raises UndecidedError if none does.
    """
    for value in _candidates(schema.node, shown):
        if schema.is_valid(value):
            return value
    raise UndecidedError("has no default and no example")


def _candidates(node: dict[str, Any], shown: Sequence[Any]) -> Iterator[Any]:
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

"""Server-made fields of a record that have no rule: required `readOnly` fields, which clients don't send.

OAS 3.0.4, section 4.7.24.2; JSON Schema 2020-12, Validation, section 9.4.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from mock_server.records.field_rules import Identifiers
from mock_server.store.store import Record
from openapi.flattening import Node, flat, types_of
from openapi.json_value import JsonValue
from openapi.schemas import Schema

_DEEPEST = 8


class NestedFields:
    """The required `readOnly` fields of a record and of the objects in it, except those in `ruled`."""

    def __init__(self, schema: Schema, ruled: Collection[str]) -> None:
        self._document = schema.document
        self._node = schema.node
        inner = (one for name, one in schema.node.get("properties", {}).items() if name not in ruled)
        own = [
            name for name in schema.node.get("required", ()) if name not in ruled and self._is_made(self._node, name)
        ]
        self.is_needed = bool(own) or any(name for one in inner for name in self._made(one, 0))
        """Whether records can have such fields."""

    def filled(self, record: Record, identifiers: Identifiers, now: str) -> Record:
        """The record with the missing fields; `now` is the time in the service's format."""
        made = self._filled(self._node, dict(record), identifiers, now)
        return made if isinstance(made, dict) else record

    def _made(self, node: Any, depth: int) -> Iterator[str]:
        """The names of the fields that the server makes at and below a schema."""
        if depth > _DEEPEST:
            return
        said = flat(self._document, node)
        for name in said.get("required", ()):
            if self._is_made(said, name):
                yield name
        for one in (*said.get("properties", {}).values(), said.get("items", True)):
            if isinstance(one, dict):
                yield from self._made(one, depth + 1)

    def _is_made(self, said: Node, name: str) -> bool:
        return flat(self._document, said.get("properties", {}).get(name, True)).get("readOnly") is True

    def _filled(self, node: Any, value: JsonValue, identifiers: Identifiers, now: str) -> JsonValue:
        said = flat(self._document, node)
        if isinstance(value, list):
            return [self._filled(said.get("items", True), one, identifiers, now) for one in value]
        if not isinstance(value, dict):
            return value
        properties = said.get("properties", {})
        filled = {name: self._filled(properties.get(name, True), one, identifiers, now) for name, one in value.items()}
        for name in said.get("required", ()):
            if filled.get(name) is None and self._is_made(said, name) and not _may_be_null(said, name, filled):
                filled[name] = _made_value(name, flat(self._document, properties[name]), identifiers, now)
        return filled


def _may_be_null(said: Node, name: str, value: Mapping[str, JsonValue]) -> bool:
    return name in value and "null" in types_of(said["properties"][name])


def _made_value(name: str, said: Node, identifiers: Identifiers, now: str) -> JsonValue:
    listed: list[JsonValue] = [said["const"]] if "const" in said else list(said.get("enum") or ())
    listed = listed or [said[one] for one in _SAID if one in said]
    kinds = types_of(said)
    if "integer" in kinds:
        return identifiers.integer(f"/{name}")
    if listed:
        return listed[0]
    times = {"date-time": now, "date": now[:10]}
    usual: dict[str, JsonValue] = {"number": 0, "boolean": False, "array": [], "object": {}, "null": None}
    return next((usual[kind] for kind in kinds if kind in usual), times.get(said.get("format", ""), identifiers.uuid()))


_SAID = ("default", "example")

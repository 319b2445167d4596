"""The rules of the document that a request tries: by breaking one, by reaching a bound, or by using an allowed value.

Rules have names: `/name maxLength` is broken by a longer name, `/name maxLength reached` is tried by one of just that
length, `/type=shared` by that value. A type is tried with each other JSON type, and `additionalProperties` with an
unknown field and with each field that the server makes. The rules of query parameters begin with the parameter.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from openapi import Contract, Operation, Parameter, Schema
from openapi.flattening import Node, flat, types_of
from openapi.json_value import JsonValue
from openapi.pointers import join, resolve

_KEYWORDS = frozenset(
    (
        *("const", "minLength", "maxLength", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
        *("multipleOf", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties"),
    )
)
_LENGTHS = frozenset(("minLength", "maxLength"))
_BOUNDS = frozenset(("minimum", "maximum"))
_KINDS: Mapping[str, str] = {
    "NoneType": "null",
    "bool": "boolean",
    "int": "number",
    "float": "number",
    "str": "string",
    "list": "array",
    "dict": "object",
}
_WHOLE = "body"
_UNKNOWN = "an unknown field"


class Rules:
    """The rules of one operation. `names` has all of them, those of query parameters first; `parameters` has these."""

    def __init__(self, contract: Contract, operation: Operation) -> None:
        self.parameters = {one.name: one for one in operation.parameters if one.location == "query"}
        self._schema: Schema | None = next(iter(operation.body.content.values())).schema if operation.body else None
        of_resource = contract.role_of(operation.id)
        self._record = sorted(of_resource[0].record.node.get("properties", ())) if of_resource else []
        self.names = [name for one in self.parameters.values() for name in _of_parameter(one)]
        if self._schema is not None:
            self.names += self._of_body(flat(self._schema.document, self._schema.node), "")

    def _of_body(self, node: Node, pointer: str) -> Iterator[str]:
        here = pointer or _WHOLE
        yield from _of_value(node, here)
        types = {"number" if one == "integer" else one for one in types_of(node)}
        yield from (f"{here} type: {one}" for one in dict.fromkeys(_KINDS.values()) if one not in types)
        yield from (f"{join(pointer, name)} required" for name in node.get("required", ()))
        if node.get("additionalProperties") is False:
            made = [] if pointer else [name for name in self._record if name not in node.get("properties", {})]
            yield from (f"{here} additionalProperties: {name}" for name in (_UNKNOWN, *made))
        for name, member in node.get("properties", {}).items():
            yield from self._of_body(flat(self._document, member), join(pointer, name))

    @property
    def _document(self) -> Any:
        return self._schema.document if self._schema else {}

    def tried(self, query: str, body: bytes) -> set[str]:
        """The names of the rules that a request with this query string and body tries."""
        found: set[str] = set()
        for name, text in parse_qsl(query, keep_blank_values=True):
            if name in self.parameters:
                found |= _tried_by_text(self.parameters[name], text)
        if self._schema is None or not body:
            return found
        try:
            value = json.loads(body)
            return found | self._broken(self._schema, value) | self._kept(self._schema.node, value, "")
        except (ValueError, RecursionError):
            return found

    def _broken(self, schema: Schema, value: JsonValue) -> set[str]:
        found = set()
        for one in schema.violations(value):
            if one.keyword == "additionalProperties":
                above, _, name = one.path.rpartition("/")
                found.add(f"{above or _WHOLE} {one.keyword}: {name if name in self._record else _UNKNOWN}")
            elif one.keyword == "type":
                found.add(f"{one.path or _WHOLE} type: {_KINDS[type(resolve(value, one.path)).__name__]}")
            else:
                found.add(f"{one.path or _WHOLE} {one.keyword}")
        return found

    def _kept(self, said: Node, value: JsonValue, pointer: str) -> set[str]:
        node = flat(self._document, said)
        found = _reached(node, pointer or _WHOLE, value)
        for name, member in node.get("properties", {}).items() if isinstance(value, dict) else ():
            if name in value:
                found |= self._kept(member, value[name], join(pointer, name))
        return found


def _of_value(node: Node, here: str) -> Iterator[str]:
    for keyword in node:
        if keyword in _KEYWORDS:
            yield f"{here} {keyword}"
        if keyword in _LENGTHS | _BOUNDS:
            yield f"{here} {keyword} reached"
    if "enum" in node:
        yield from (f"{here} enum", *(f"{here}={value}" for value in node["enum"]))


def _of_parameter(parameter: Parameter) -> Iterator[str]:
    node = flat(parameter.schema.document, parameter.schema.node)
    yield from _of_value(node, parameter.name)
    # In a query everything is text, so a parameter of type string can't have another type.
    if "string" not in types_of(node):
        yield f"{parameter.name} type"


def _reached(node: Node, here: str, value: JsonValue) -> set[str]:
    """The bounds that a value equals, and the value itself if it is one of an enumeration."""
    found = {f"{here}={value}"} if value in node.get("enum", ()) else set()
    size: int | float | None = None
    if isinstance(value, str):
        size = len(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        size = value
    for keyword in _LENGTHS if isinstance(value, str) else _BOUNDS:
        if keyword in node and node[keyword] == size:
            found.add(f"{here} {keyword} reached")
    return found


def _tried_by_text(parameter: Parameter, text: str) -> set[str]:
    try:
        value = parameter.read(text)
    except ValueError:
        return {f"{parameter.name} type"}
    found = {
        f"{parameter.name} {one.keyword}" for one in parameter.schema.violations([value] if parameter.many else value)
    }
    return found | _reached(flat(parameter.schema.document, parameter.schema.node), parameter.name, value)

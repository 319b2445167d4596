"""The `members` of a resource: the initial values of fields, and those that the server generates."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias, cast

from openapi.document.node import Node, suggestion
from openapi.media import check_value, field_schema
from openapi.model.fields import ConditionalInitialValue, Country, FieldRule, InitialValue, ServerMade
from openapi.schemas import Schema

_Kind: TypeAlias = Literal["uuid", "integer", "time-of-creation", "time-of-change"]
_Moves: TypeAlias = Literal["always", "if-changed"]
_SAMPLES = {
    "uuid": "8c3a4c0e-3d53-4f0c-9d4e-0a2b6f1c7e55",
    "integer": 1,
    "time-of-creation": "2026-01-10T12:00:00.000Z",
    "time-of-change": "2026-01-10T12:00:00.000Z",
}
_ALLOWED = {
    "make": ("make", "moves", "sent"),
    "start": ("start", "start-when"),
    "country-of": ("country-of", "otherwise"),
}


def read_field_rules(
    node: Node, record: Schema, create_body: Schema | None, given: Collection[str] = ()
) -> Mapping[str, FieldRule]:
    """The rule of each field by its name. Raises SpecError if a required field of the record has none.

    The fields in `given` already have values.
    """
    rules: dict[str, FieldRule] = {}
    known = record.node["properties"]
    for name, entry in node.fields_of("members"):
        if name not in known:
            raise entry.fail(f"is not a field of {record.pointer}", suggestion(name, known))
        rules[name] = _read_rule(name, entry, record)
    if create_body is not None:
        for name in record.node.get("required", ()):
            if name not in rules and name not in given and not _always_there(name, create_body):
                advice = f"add members: {{{name}: {{start: …}}}}, or a default in the create body"
                raise node.fail(f"has no value for {name} of a new record", advice)
    return MappingProxyType(rules)


def field_of(record: Schema, node: Node) -> str:
    """The field of the record that `node` names. Raises SpecError if the record does not have it."""
    known = record.node["properties"]
    if node.text() not in known:
        raise node.fail(f"is {node.value!r}, which is not a field of {record.pointer}", suggestion(node.text(), known))
    return node.text()


def _always_there(name: str, body: Schema) -> bool:
    schema = body.node["properties"].get(name)
    has_default = isinstance(schema, dict) and "default" in schema
    return has_default or (schema is not None and name in body.node.get("required", ()))


def _read_rule(name: str, node: Node, record: Schema) -> FieldRule:
    node.mapping(name for names in _ALLOWED.values() for name in names)
    kinds = [kind for kind in _ALLOWED if kind in node.value]
    if len(kinds) != 1:
        raise node.fail("must have exactly one of make, start and country-of", "write one of them")
    node.mapping(_ALLOWED[kinds[0]], required=kinds)
    schema = field_schema(node, record, name)
    if kinds[0] == "make":
        return _read_make(name, node, schema)
    if kinds[0] == "country-of":
        return _read_country(name, node, record, schema)
    check_value(node["start"], schema)
    exceptions = tuple(_read_when(entry, record, schema) for entry in node.items_of("start-when"))
    return InitialValue(name, node["start"].value, exceptions, node.pointer)


def _read_make(name: str, node: Node, schema: Schema) -> ServerMade:
    kind = node["make"].one_of(_SAMPLES)
    check_value(node["make"], schema, _SAMPLES[kind])
    if "moves" in node.value and kind != "time-of-change":
        raise node["moves"].fail(f"does not fit make: {kind}", "write it with make: time-of-change, or remove it")
    moves = node["moves"].one_of(("always", "if-changed")) if "moves" in node.value else "always"
    if "sent" in node.value:
        node["sent"].one_of(("kept",))
    return ServerMade(name, cast("_Kind", kind), node.pointer, cast("_Moves", moves), "sent" in node.value)


def _read_country(name: str, node: Node, record: Schema, schema: Schema) -> Country:
    node.mapping(required=("otherwise",))
    check_value(node["otherwise"], schema)
    return Country(name, field_of(record, node["country-of"]), node["otherwise"].text(), node.pointer)


def _read_when(node: Node, record: Schema, schema: Schema) -> ConditionalInitialValue:
    node.mapping((), required=("member", "is", "start"))
    field = field_of(record, node["member"])
    check_value(node["is"], field_schema(node, record, field))
    check_value(node["start"], schema)
    return ConditionalInitialValue(field, node["is"].value, node["start"].value)

"""`body` and `answer` of a resource: where the record is in requests and responses, and the parts around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from openapi.document.directions import Direction
from openapi.document.node import Node, suggestion
from openapi.envelope import Envelope, fields_in, filled
from openapi.media import check_value, field_schema
from openapi.model.http import Operation
from openapi.pointers import split
from openapi.schemas import Schema

Envelopes = Mapping[str, Envelope]
"""By operationId; the record is the whole body of the others."""


def read_request_envelopes(node: Node, operations: Iterable[Operation]) -> Envelopes:
    """Where the records are in the bodies of `operations`. Raises SpecError if no body has them there."""
    if "body" not in node.value:
        return {}
    node["body"].mapping((), required=("record",))
    record_node = node["body"]["record"]
    return _wrapped(record_node, {one.id: _first(one.body.content) for one in operations if one.body}, "request")


def read_response_envelopes(node: Node, record: Schema, operations: Iterable[Operation]) -> Envelopes:
    """Where the records are in the responses of `operations`, with their fixed parts. Raises SpecError."""
    if "answer" not in node.value:
        return {}
    response = node["answer"].mapping(("record", "fixed"))
    schemas = {one.id: _first(one.success.content) for one in operations}
    record_node = response["record"] if "record" in response.value else None
    found = _wrapped(record_node, schemas, "response") if record_node and record_node.text() else {}
    envelopes = {name: found.get(name, Envelope()) for name in schemas}
    fixed: dict[str, dict[str, Any]] = {name: {} for name in schemas}
    for pointer, entry in response.fields_of("fixed"):
        _check_fields(entry, record)
        holders = {name: _below(entry, schema, _tokens(entry, pointer)) for name, schema in schemas.items() if schema}
        if not any(holders.values()):
            raise entry.fail("is not in a response of a record", "name a field in the schema of one")
        for name, schema in holders.items():
            if schema is not None:
                _check_fixed(entry, schema, record)
                fixed[name][pointer] = entry.value
    wrapped = {
        name: Envelope(one.record, one.schema, MappingProxyType(fixed[name]))
        for name, one in envelopes.items()
        if one.record or fixed[name]
    }
    for name, envelope in wrapped.items():
        _check_complete(response, envelope, schemas[name], name)
    return wrapped


def read_item_envelope(node: Node, items: Schema | None) -> Envelope:
    """The fixed parts of the records in a list: those inside the record that the schema of its items has."""
    response = node.get("answer")
    if response is None or items is None:
        return Envelope()
    above = response.text_of("record", "")
    fixed = {}
    for pointer, entry in response.fields_of("fixed"):
        inner = pointer.removeprefix(above)
        if pointer.startswith(f"{above}/") and _below(entry, items, split(inner)) is not None:
            fixed[inner] = entry.value
    return Envelope(fixed=MappingProxyType(fixed))


def added_fields(envelope: Envelope) -> frozenset[str]:
    """The fields that a response adds to the record."""
    inner = (pointer.removeprefix(envelope.record) for pointer in envelope.fixed if _is_inside(envelope, pointer))
    return frozenset(split(pointer)[0] for pointer in inner)


def _is_inside(envelope: Envelope, pointer: str) -> bool:
    return pointer.startswith(f"{envelope.record}/")


def _first(content: Mapping[str, Any]) -> Schema | None:
    media = next(iter(content.values()), None)
    return media.schema if media else None


def _tokens(entry: Node, pointer: str) -> list[str]:
    try:
        return split(pointer)
    except ValueError:
        raise entry.fail(f"is at {pointer!r}, which is not a JSON Pointer", f"write /{pointer}") from None


def _wrapped(record_node: Node, schemas: Mapping[str, Schema | None], direction: Direction) -> dict[str, Envelope]:
    pointer = record_node.text()
    found = {}
    for name, schema in schemas.items():
        inner = _below(record_node, schema, _tokens(record_node, pointer), direction) if schema else None
        if inner is not None:
            found[name] = Envelope(pointer, inner)
    if not found:
        fields = {name for schema in schemas.values() if schema for name in schema.node.get("properties", {})}
        problem = f"is {pointer!r}, which no {direction} of a record has"
        raise record_node.fail(problem, suggestion(pointer.removeprefix("/"), fields))
    return found


def _below(node: Node, schema: Schema, tokens: list[str], direction: Direction = "response") -> Schema | None:
    """The schema of a property; None if `schema` does not describe it."""
    for token in tokens:
        if token not in schema.node.get("properties", {}):
            return None
        schema = field_schema(node, schema, token, direction)
    return schema


def _check_fields(entry: Node, record: Schema) -> None:
    known = record.node["properties"]
    for name in fields_in(entry.value):
        if name not in known:
            raise entry.fail(f"has {{{name}}}, which is not a field of {record.pointer}", suggestion(name, known))


def _check_fixed(entry: Node, schema: Schema, record: Schema) -> None:
    sample = dict.fromkeys(record.node["properties"], "1")
    check_value(entry, schema, filled(entry.value, sample) if fields_in(entry.value) else None)


def _check_complete(response: Node, envelope: Envelope, schema: Schema | None, name: str) -> None:
    """Raise SpecError if a required part of a response has no value."""
    known = [split(pointer) for pointer in (envelope.record, *envelope.fixed)]
    above: list[str] = []
    for token in split(envelope.record):
        for required in schema.node.get("required", ()) if schema else ():
            if not any(one[: len(above) + 1] == [*above, required] for one in known):
                pointer = "/" + "/".join([*above, required])
                raise response.fail(
                    f"has no value for {pointer} in the response of {name}", f"add fixed: {{{pointer}: …}}"
                )
        above.append(token)
        schema = _below(response, schema, [token]) if schema else None

"""`bulk` of a resource: operations that create several records at once."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from openapi.document.node import Node, suggestion
from openapi.envelope import BARE
from openapi.errors import SpecError
from openapi.extensions.envelopes import Envelopes, added_fields, read_item_envelope
from openapi.extensions.listing import list_items, read_listing, read_shown_items, schema_at
from openapi.flattening import types_of
from openapi.media import compiled
from openapi.model.http import Operation
from openapi.model.lists import OLDEST_FIRST, BulkCreate
from openapi.model.resource import Role
from openapi.path_templates import placeholders
from openapi.pointers import join, split
from openapi.schemas import Schema


def read_bulk_envelopes(node: Node, operations: Mapping[str, Operation]) -> Envelopes:
    """The fixed parts of the records in responses, by operationId. Raises SpecError for an unsuitable operation."""
    collection, found = node["collection"].text(), {}
    for name, entry in node.fields_of("bulk"):
        if name not in operations:
            raise entry.fail("is not an operationId", suggestion(name, operations))
        operation = operations[name]
        if operation.method != "POST":
            raise entry.fail(f"is a {operation.method}, which does not create", "name a POST operation")
        if placeholders(operation.path) != placeholders(collection):
            advice = f"name an operation with the placeholders of {collection}"
            raise entry.fail(f"is at {operation.path}, not at a path with the same placeholders", advice)
        entry.mapping(("body",), required=("answer",))
        entry["answer"].mapping(("total",), required=("items",))
        found[name] = read_item_envelope(node, list_items(entry, operation))
    return found


def read_bulk_creates(
    node: Node,
    operations: Mapping[str, Operation],
    record: Schema,
    shown: Schema,
    bodies: Mapping[Role, Schema],
    envelopes: Envelopes,
) -> Mapping[str, BulkCreate]:
    """The operations by operationId; `shown` is the record in responses. Raises SpecError."""
    key, found = node["key"].value, {}
    keys = key if isinstance(key, list) else [key]
    for name, entry in node.fields_of("bulk"):
        operation = operations[name]
        if Role.CREATE not in bodies:
            raise entry.fail("needs a create operation with the same items", "name one in operations/create")
        array_node = entry["body"] if "body" in entry.value else Node(entry.reading, "", entry.pointer)
        _check_items(array_node, operation, bodies[Role.CREATE])
        response = read_listing(entry, operation, record, OLDEST_FIRST).response
        fields = read_shown_items(entry, operation, shown, added_fields(envelopes.get(name, BARE)))
        missing = [] if fields is None else [key for key in keys if key not in fields]
        if missing:
            problem = f"has records without their {missing[0]}"
            raise entry["answer"]["items"].fail(problem, f"add {missing[0]} to the schema of the array's items")
        found[name] = BulkCreate(name, array_node.text(), response, fields, entry.pointer)
    return MappingProxyType(found)


def _check_items(array_node: Node, operation: Operation, body: Schema) -> None:
    """Raise SpecError unless the body has an array there, with items like the body of a create."""
    media = next(iter(operation.body.content.values()), None) if operation.body else None
    if media is None or media.schema is None:
        raise array_node.fail(
            f"is in the body of {operation.id}, which has no schema", "give it a requestBody with one"
        )
    array = schema_at(array_node, media.schema)
    others = [one for one in media.schema.node.get("required", ()) if one not in split(array_node.text())[:1]]
    if others:
        problem = f"is not the only required part of the body of {operation.id}: it also requires {others[0]}"
        raise array_node.fail(problem, f"make {others[0]} optional")
    if "array" not in types_of(array.node):
        raise array_node.fail("is not an array in the request body", "name the array of records; '' is a bare array")
    try:
        items = compiled(array_node.at(join(array.pointer, "items")), "request").pointer
    except SpecError:
        items = ""
    if items != body.pointer:
        problem = f"has items that are not the body of a create, {body.pointer}"
        raise array_node.fail(problem, "make the array's items a $ref to that schema")

"""The `actions` of a resource: operations that set fields of one record, such as cancelling a booking."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from openapi.document.node import Node, suggestion
from openapi.extensions.references import read_condition
from openapi.json_value import JsonValue
from openapi.media import check_value, field_schema
from openapi.model.http import Operation
from openapi.model.links import NOW, RecordAction
from openapi.schemas import Schema

_METHODS = ("POST", "PUT", "PATCH", "DELETE")
_SAMPLE = "2026-01-10T12:00:00.000Z"


def read_actions(
    node: Node, record: Schema, item: str, operations: Mapping[str, Operation]
) -> Mapping[str, RecordAction]:
    """The actions by operationId. Raises SpecError."""
    found = {}
    for name, entry in node.fields_of("actions"):
        if name not in operations:
            raise entry.fail("is not an operationId", suggestion(name, operations))
        operation = operations[name]
        if not operation.path.startswith(f"{item}/"):
            raise entry.fail(
                f"is at {operation.path}, not below {item}", f"name an operation such as POST {item}/cancel"
            )
        if operation.method not in _METHODS:
            raise entry.fail(f"is a {operation.method}, which changes nothing", f"name one of {', '.join(_METHODS)}")
        entry.mapping(("sets", "where"))
        found[name] = RecordAction(
            operation=name,
            sets=read_sets(entry, record),
            where=read_condition(entry["where"], record) if "where" in entry.value else None,
            pointer=entry.pointer,
        )
    return MappingProxyType(found)


def read_sets(node: Node, record: Schema) -> Mapping[str, JsonValue]:
    """The `sets` of an action or a delete: values by field. Raises SpecError."""
    values = {}
    for name, entry in node.fields_of("sets"):
        if name not in record.node["properties"]:
            raise entry.fail(f"is not a field of {record.pointer}", suggestion(name, record.node["properties"]))
        schema = field_schema(node, record, name)
        check_value(entry, schema, _SAMPLE if entry.value == NOW else None)
        values[name] = entry.value
    return MappingProxyType(values)

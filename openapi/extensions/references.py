"""The `references` of a resource: fields that name records of a resource by their keys."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from openapi.document.node import Node, suggestion
from openapi.flattening import flat, types_of
from openapi.media import check_value, field_schema
from openapi.model.links import Condition, OnDelete, Reference
from openapi.model.refusals import Refusal
from openapi.model.resource import Resource
from openapi.schemas import Schema

_UNKNOWN = (Refusal.INVALID, Refusal.UNKNOWN_RECORD, Refusal.CONFLICT)


def read_references(node: Node, record: Schema) -> Mapping[str, Reference]:
    """The references of a resource by field. Raises SpecError; `check_targets` checks the resources that they name."""
    found = {}
    for name, entry in node.fields_of("references"):
        if name not in record.node["properties"]:
            problem = f"is not a field of {record.pointer}"
            raise entry.fail(problem, suggestion(name, record.node["properties"]))
        found[name] = _read_reference(name, entry, record)
    return MappingProxyType(found)


def read_condition(node: Node, record: Schema) -> Condition:
    """A mapping from fields of the record to the value, or the list of values, that each must equal."""
    fields = {}
    for name, entry in node.mapping().fields():
        if name not in record.node["properties"]:
            problem = f"is not a field of {record.pointer}"
            raise entry.fail(problem, suggestion(name, record.node["properties"]))
        schema = field_schema(node, record, name)
        values = list(entry.items()) if isinstance(entry.value, list) else [entry]
        for value in values:
            check_value(value, schema)
        fields[name] = tuple(value.value for value in values)
    if not fields:
        raise node.fail("is empty", "name a field and its value: {status: active}")
    return Condition(MappingProxyType(fields))


def _read_reference(name: str, node: Node, record: Schema) -> Reference:
    node.mapping(("unknown", "where"), required=("to", "on-delete"))
    schema = flat(record.document, field_schema(node, record, name).node)
    unknown = node["unknown"].one_of(one.value for one in _UNKNOWN) if "unknown" in node.value else "invalid"
    reference = Reference(
        field=name,
        to=node["to"].text(),
        many=types_of(schema) == ("array",),
        nullable="null" in types_of(schema),
        unknown=Refusal(unknown),
        on_delete=OnDelete(node["on-delete"].one_of(one.value for one in OnDelete)),
        where=read_condition(node["where"], record) if "where" in node.value else None,
        pointer=node.pointer,
    )
    if reference.on_delete is OnDelete.UNSET:
        _check_unset(node, reference, record, schema)
    if reference.where and reference.on_delete is OnDelete.KEEP:
        raise node["where"].fail("has no effect with on-delete: keep", "leave it out")
    return reference


def _check_unset(node: Node, reference: Reference, record: Schema, schema: Mapping[str, object]) -> None:
    """Raise SpecError if a record without the key would break its schema."""
    required = reference.field in record.node.get("required", ())
    if reference.many and schema.get("minItems"):
        raise node["on-delete"].fail("is unset, but the array has minItems", "remove minItems, or use another value")
    if not reference.many and not reference.nullable and required:
        advice = f"allow null for {reference.field}, make it optional, or use another value"
        raise node["on-delete"].fail("is unset, but the field is required and can't be null", advice)


def check_targets(root: Node, resources: Mapping[str, Resource]) -> None:
    """Raise SpecError if a reference names an unknown resource, or its field can't hold the resource's key."""
    for resource in resources.values():
        for reference in resource.references.values():
            node = root.at(reference.pointer)
            target = resources.get(reference.to)
            if target is None:
                problem = f"is {reference.to!r}, which is not a resource"
                raise node["to"].fail(problem, suggestion(reference.to, resources))
            if len(target.key_fields) > 1:
                problem = f"refers to {target.name}, whose key has the fields {', '.join(target.key_fields)}"
                raise node.fail(problem, "remove the reference; one field can't hold such a key")
            key = target.key
            held = _types(_item(resource.record, reference))
            keys = _types(flat(target.record.document, target.record.node["properties"][key]))
            if held and keys and not held & keys:
                problem = f"refers to {target.name}, but {reference.field} can't hold its {key}"
                raise node.fail(problem, f"give {reference.field} the type {' or '.join(sorted(keys))}")


def _item(record: Schema, reference: Reference) -> dict[str, object]:
    """The flat schema of one key in the field."""
    schema = flat(record.document, record.node["properties"][reference.field])
    return flat(record.document, schema.get("items", {})) if reference.many else schema


def _types(schema: Mapping[str, object]) -> set[str]:
    return {*types_of(dict(schema))} - {"null"}

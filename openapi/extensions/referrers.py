"""The `referrers` of a resource: fields that responses compute from the records that refer to the record."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from openapi.document.node import Node, suggestion
from openapi.extensions.references import read_condition
from openapi.flattening import flat
from openapi.json_value import JsonValue
from openapi.media import check_value, field_schema
from openapi.model.fields import InitialValue
from openapi.model.links import Referrers
from openapi.model.resource import Resource, Role
from openapi.pointers import join
from openapi.schemas import Schema

_KEYS = ("key", "count")


def read_computed(node: Node, record: Schema, bodies: Mapping[Role, Schema]) -> Mapping[str, InitialValue]:
    """The computed fields of the record, each with its value if no record refers to this one.

    Raises SpecError if a client could send one, or `members` gives it a value.
    """
    found: dict[str, InitialValue] = {}
    ruled = dict(node.fields_of("members"))
    for name, entry in node.fields_of("referrers"):
        if name not in record.node["properties"]:
            continue
        if name in ruled:
            raise entry.fail(f"is computed, but members has a rule for {name}", f"remove {name} from members")
        for body in bodies.values():
            sent = flat(body.document, body.node["properties"].get(name, {"readOnly": True}))
            if sent.get("readOnly") is not True:
                advice = f"add readOnly: true to {join(body.pointer, 'properties', name)}, or remove it there"
                raise entry.fail(f"is computed, but a body has {name}", advice)
        value: JsonValue = 0 if entry.mapping().value.get("show") == "count" else []
        check_value(entry, field_schema(entry, record, name), value)
        found[name] = InitialValue(name, value, (), entry.pointer)
    return MappingProxyType(found)


def read_referrers(node: Node, resource: Resource, resources: Mapping[str, Resource]) -> Mapping[str, Referrers]:
    """The computed fields of `resource`, by name. Raises SpecError if the other resource does not refer to it."""
    return MappingProxyType(
        {name: _read(name, entry, resource, resources) for name, entry in node.fields_of("referrers")}
    )


def _read(name: str, node: Node, resource: Resource, resources: Mapping[str, Resource]) -> Referrers:
    node.mapping(("where",), required=("from", "show"))
    if node["from"].text() not in resources:
        problem = f"is {node['from'].value!r}, which is not a resource"
        raise node["from"].fail(problem, suggestion(node["from"].text(), resources))
    other = resources[node["from"].text()]
    through = tuple(one.field for one in other.links if one.to == resource.name)
    if not through:
        problem = f"is {other.name}, which does not refer to {resource.name}"
        raise node["from"].fail(problem, f"add the field to the references of {other.name}")
    is_described = name in resource.record.node["properties"]
    if is_described and name in _selecting(resource):
        raise node.fail(
            f"is computed, but a list compares {name}", "remove it from the filters, search, sort and order"
        )
    return Referrers(
        field=name,
        resource=other.name,
        through=through,
        where=read_condition(node["where"], other.record) if "where" in node.value else None,
        show=_read_show(node["show"], other),
        is_described=is_described,
        pointer=node.pointer,
    )


def _selecting(resource: Resource) -> set[str]:
    """The fields that lists of the resource filter, search or sort by."""
    found: set[str] = set()
    for listing in (resource.listing, *(one.listing for one in resource.lists.values())):
        if listing is not None:
            found |= {one.field for one in listing.filters} | {one.field.path[0] for one in listing.criteria}
            found |= {one.field.path[0] for one in listing.sort.terms.values()} if listing.sort else set()
            found |= {*listing.search.fields} if listing.search else set()
            found |= {listing.order.by} if listing.order.by else set()
    return found


def _read_show(node: Node, other: Resource) -> str | tuple[str, ...]:
    if not isinstance(node.value, list):
        if node.one_of(_KEYS) == "key" and other.has_joint_key:
            problem = f"is key, and the key of {other.name} has several fields"
            raise node.fail(problem, f"list the fields: [{', '.join(other.key_fields)}]")
        return node.text()
    for entry in node.items():
        if entry.text() not in other.record.node["properties"]:
            problem = f"is not a field of {other.record.pointer}"
            raise entry.fail(problem, suggestion(entry.text(), other.record.node["properties"]))
    return tuple(node.value)

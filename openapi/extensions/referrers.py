"""The `referrers` of a resource: fields that a read computes from the records that refer to the record."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from openapi.document.node import Node, suggestion
from openapi.extensions.references import read_condition
from openapi.model.links import Referrers
from openapi.model.resource import Resource

_KEYS = ("key", "count")


def read_referrers(node: Node, resource: Resource, resources: Mapping[str, Resource]) -> Mapping[str, Referrers]:
    """The computed fields of `resource`, by name. Raises SpecError where the other resource does not refer to it."""
    return MappingProxyType(
        {name: _read(name, entry, resource, resources) for name, entry in node.members_of("referrers")}
    )


def _read(name: str, node: Node, resource: Resource, resources: Mapping[str, Resource]) -> Referrers:
    node.mapping(("where",), required=("from", "show"))
    if node["from"].text() not in resources:
        problem = f"is {node['from'].value!r}, which is not a resource"
        raise node["from"].fail(problem, suggestion(node["from"].text(), resources))
    other = resources[node["from"].text()]
    through = tuple(one.field for one in other.references.values() if one.to == resource.name)
    if not through:
        problem = f"is {other.name}, which does not refer to {resource.name}"
        raise node["from"].fail(problem, f"add the field to the references of {other.name}")
    return Referrers(
        field=name,
        resource=other.name,
        through=through,
        where=read_condition(node["where"], other.record) if "where" in node.value else None,
        show=_read_show(node["show"], other),
        pointer=node.pointer,
    )


def _read_show(node: Node, other: Resource) -> str | tuple[str, ...]:
    if not isinstance(node.value, list):
        return node.one_of(_KEYS)
    for entry in node.items():
        if entry.text() not in other.record.node["properties"]:
            problem = f"is not a field of {other.record.pointer}"
            raise entry.fail(problem, suggestion(entry.text(), other.record.node["properties"]))
    return tuple(node.value)

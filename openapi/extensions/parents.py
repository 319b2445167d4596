"""`parent`: records that belong to a record of another resource, whose key is in their path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openapi.document.node import Node, suggestion
from openapi.extensions.field_rules import field_of
from openapi.flattening import flat
from openapi.media import compiled
from openapi.model.links import OnDelete, Parent
from openapi.model.resource import Resource
from openapi.path_templates import placeholders, regex
from openapi.pointers import split
from openapi.schemas import Schema, Schemas

_ON_DELETE = (OnDelete.CASCADE, OnDelete.REFUSE)


def read_parent(node: Node, record: Schema, entries: Mapping[str, Mapping[str, Any]]) -> tuple[Parent, Schema] | None:
    """The parent of a resource, and the schema of its records with the parent's key; None without a parent.

    `entries` are all of `x-resources`. Raises SpecError.
    """
    names = placeholders(node["collection"].text())
    parent = node.get("parent")
    if parent is None:
        if names:
            advice = "add parent: {resource: …} with the resource whose key it is"
            raise node["collection"].fail(f"has the placeholder {{{names[-1]}}}", advice)
        return None
    parent.mapping(("field", "on-delete"), required=("resource",))
    target = parent["resource"].text()
    if target not in entries:
        raise parent["resource"].fail(f"is {target!r}, which is not a resource", suggestion(target, entries))
    if isinstance(entries[target].get("key"), list):
        problem = f"is {target}, whose key has several fields"
        raise parent["resource"].fail(problem, "name a resource with a key of one field")
    _check_path(parent, node["collection"].text(), str(entries[target].get("item", "")))
    on_delete = OnDelete(
        parent["on-delete"].one_of(one.value for one in _ON_DELETE) if "on-delete" in parent.value else "cascade"
    )
    if "field" in parent.value or names[-1] in record.node["properties"]:
        field = field_of(record, parent["field"]) if "field" in parent.value else names[-1]
        return Parent(target, names[-1], field, False, on_delete, parent.pointer), record
    key = _key_schema(parent, entries[target])
    return Parent(target, names[-1], names[-1], True, on_delete, parent.pointer), with_field(record, names[-1], key)


def check_levels(root: Node, resources: Mapping[str, Resource]) -> None:
    """Raise SpecError if resources are each other's parents."""
    for resource in resources.values():
        seen, above = {resource.name}, resource.parent
        while above is not None and above.resource in resources:
            if above.resource in seen:
                raise root.at(above.pointer)["resource"].fail(
                    f"is {above.resource}, which is below itself", "name another resource"
                )
            seen.add(above.resource)
            above = resources[above.resource].parent


def _check_path(node: Node, collection: str, item: str) -> None:
    above = collection[: collection.rindex("}") + 1] if "}" in collection else ""
    if not above or regex(above) != regex(item.removesuffix("/")):
        problem = f"has its records at {item}, and {collection} is not below it"
        raise node["resource"].fail(problem, "name the resource whose item is the beginning of the collection's path")


def _key_schema(node: Node, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of the parent's key."""
    record = compiled(Node(node.reading, entry.get("record"), f"{node.pointer}/resource").referred())
    key = record.node.get("properties", {}).get(entry.get("key"), {})
    return flat(record.document, key)


def with_field(record: Schema, name: str, schema: Mapping[str, Any]) -> Schema:
    """The schema of the records of a document in which they have the field `name`, too."""
    node = {**record.node, "properties": {**record.node["properties"], name: schema}}
    changed: dict[str, Any] = dict(record.document)
    holder: Any = changed
    *above, last = split(record.pointer)
    for token in above:
        at: Any = int(token) if isinstance(holder, list) else token
        holder[at] = holder[at].copy()
        holder = holder[at]
    holder[int(last) if isinstance(holder, list) else last] = node
    return Schemas(changed).at(record.pointer)

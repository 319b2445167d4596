"""`singleton`: a resource that is one record, at a path without a key, such as `/settings`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from openapi.document.node import Node
from openapi.model.fields import FieldRule, InitialValue
from openapi.model.resource import Role
from openapi.path_templates import placeholders
from openapi.schemas import Schema

KEY = "$key"
"""The key field of the mock's records: a collection needs a key, but requests and responses don't have one."""

_KEYS = ("body", "answer", "members", "not-stored", "writes")
_ROLES = (Role.READ, Role.UPDATE, Role.REPLACE)


def as_collection(node: Node) -> Node:
    """The entry of a singleton, as a collection with one record at the same path. Raises SpecError."""
    node.mapping(_KEYS, required=("record", "singleton", "operations"))
    path = node["singleton"].text()
    if placeholders(path):
        problem = f"has the placeholder {{{placeholders(path)[0]}}}, so there are several records"
        raise node["singleton"].fail(problem, "name a path without placeholders, or use collection, item and key")
    node["operations"].mapping((role.value for role in _ROLES), required=("read",))
    return Node(node.reading, {**node.value, "key": KEY, "collection": path, "item": path}, node.pointer)


def with_key(name: str, node: Node, record: Schema, rules: Mapping[str, FieldRule]) -> Mapping[str, FieldRule]:
    """The rules of a singleton's fields, including its key.

    Raises SpecError if a required field has no value before the first write.
    """
    for field in record.node.get("required", ()):
        if field not in rules:
            raise node.fail(f"has no value for {field} of the record", f"add members: {{{field}: {{start: …}}}}")
    return MappingProxyType({**rules, KEY: InitialValue(KEY, name, (), node.pointer)})

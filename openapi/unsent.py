"""The fields of a record that no request sets."""

from __future__ import annotations

from openapi.coercion import field_names
from openapi.contract import Contract
from openapi.model.resource import Resource, Role


def unsent_fields(contract: Contract, resource: Resource, role: Role) -> frozenset[str]:
    """The fields of a record that the body of the operation for `role` does not list, and therefore does not set.

    A body without properties may have any field.
    """
    operation = contract.operations.get(resource.operations.get(role, ""))
    if operation is None or operation.body is None:
        return frozenset()
    inner = resource.request(operation.id).schema
    schemas = [inner] if inner else [media.schema for media in operation.body.content.values()]
    listed = [field_names(one.document, one.node) if one else frozenset[str]() for one in schemas]
    if not all(listed):
        return frozenset()
    return frozenset(resource.record.node.get("properties", {})).difference(*listed)

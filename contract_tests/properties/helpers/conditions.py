"""Fields with which a new record fulfils a condition of the document, or does not."""

from __future__ import annotations

from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body
from openapi import Condition, Role


def takes(api: ResourceClient, role: Role, field: str) -> bool:
    """Whether the body of the operation has the field."""
    return field in api.spec.body_of(role).schema.node["properties"]


def fulfilling(api: ResourceClient, where: Condition | None) -> Body | None:
    """Fields with which a new record fulfils the condition; None if a create can't set them."""
    if where is None:
        return {}
    fields = {name: values[0] for name, values in where.fields.items()}
    return fields if all(takes(api, Role.CREATE, name) for name in fields) else None


def sparing(api: ResourceClient, where: Condition | None) -> Body | None:
    """Fields with which a new record does not fulfil the condition; None if a create can't set them."""
    for name, values in where.fields.items() if where else ():
        others = [value for value in api.spec.creating.choices.get(name, ()) if value not in values]
        if others:
            return {name: api.random.choice(others)}
    return None

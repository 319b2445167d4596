"""`replace-unknown`: whether a replacement (PUT) with an unknown key creates the record."""

from __future__ import annotations

from collections.abc import Mapping

from openapi.document.node import Node
from openapi.extensions.field_rules import read_field_rules
from openapi.model.http import Operation
from openapi.model.resource import Role
from openapi.schemas import Schema

_WORDS = ("refused", "created")
CREATED = "201"


def read_replace_unknown(
    node: Node, record: Schema, roles: Mapping[Role, str], bodies: Mapping[Role, Schema], item: Mapping[str, Operation]
) -> bool:
    """Whether a replacement creates. Raises SpecError if it can't, or if its responses do not say so."""
    entry = node.get("replace-unknown")
    if entry is None or entry.one_of(_WORDS) != "created":
        return False
    operation = item.get(roles.get(Role.REPLACE, ""))
    if operation is None or operation.path != node["item"].text():
        raise entry.fail("needs a replace operation with the key in its path", "name it in operations, or remove this")
    for name in ("parent", "etag"):
        if name in node.value:
            raise entry.fail(f"has no effect with {name}", f"remove it, or remove {name}")
    response = operation.responses.get(CREATED)
    if response is None or operation.success.status != "200":
        problem = f"needs the responses 200 and 201, which {operation.id} does not declare"
        raise entry.fail(problem, "declare 201 for a new record and 200 for one that is replaced")
    schemas = [next((one.schema for one in found.content.values()), None) for found in (response, operation.success)]
    if schemas[0] is None or schemas[1] is None or schemas[0].pointer != schemas[1].pointer:
        problem = f"needs the same schema in the responses 200 and 201 of {operation.id}"
        raise entry.fail(problem, "let both be the record")
    # A new record needs a value for each required field, as after a create.
    key = node["key"].value
    given = (*(key if isinstance(key, list) else [key]), *dict(node.fields_of("referrers")))
    read_field_rules(node, record, bodies[Role.REPLACE], given)
    return True

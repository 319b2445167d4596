"""`soft-delete`: what a delete sets in the record, and that the service remembers deleted records (410)."""

from __future__ import annotations

from collections.abc import Mapping

from openapi.document.node import Node
from openapi.extensions.actions import read_sets
from openapi.model.http import Operation
from openapi.model.links import GONE, SoftDelete
from openapi.model.resource import Role
from openapi.schemas import Schema


def read_soft_delete(
    node: Node, record: Schema, roles: Mapping[Role, str], operations: Mapping[str, Operation]
) -> SoftDelete | None:
    """The soft delete of a resource; None without it. Raises SpecError if no response could show it."""
    entry = node.get("soft-delete")
    if entry is None:
        return None
    entry.mapping(("sets",))
    if Role.DELETE not in roles:
        raise entry.fail("needs a delete operation", "name it in operations, or remove this")
    delete = operations[roles[Role.DELETE]]
    media = next(iter(delete.success.content.values()), None)
    shows_record = media is not None and media.schema is not None and media.schema.pointer == record.pointer
    if "sets" in entry.value and not shows_record:
        problem = f"needs the record in the response of {delete.id}: no other response shows what it sets"
        raise entry["sets"].fail(problem, "let its schema be the record, or remove sets")
    tells = any(GONE in operations[name].responses for name in roles.values())
    if not tells and "sets" not in entry.value:
        raise entry.fail("needs the response 410, which no operation declares", "declare it for the read operation")
    return SoftDelete(read_sets(entry, record), shows_record, entry.pointer)

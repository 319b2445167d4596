"""The changes that records make by themselves (`transitions`), and the values that a mock refuses (`magic`)."""

from __future__ import annotations

from types import MappingProxyType

from openapi.document.node import Node, suggestion
from openapi.extensions.field_rules import field_of
from openapi.media import check_value, field_schema
from openapi.model.fields import Magic, Transition
from openapi.model.http import Operation
from openapi.schemas import Schema

_TRANSITION = ("member", "from", "to", "after-seconds", "after-reads")


def read_transitions(node: Node, record: Schema) -> tuple[Transition, ...]:
    """The transitions of a resource, in their order. Raises SpecError."""
    return tuple(_read_transition(entry, record) for entry in node.items_of("transitions"))


def _read_transition(node: Node, record: Schema) -> Transition:
    node.mapping(_TRANSITION, required=("member", "from", "to"))
    field = field_of(record, node["member"])
    schema = field_schema(node, record, field)
    check_value(node["from"], schema)
    check_value(node["to"], schema)
    if node["from"].value == node["to"].value:
        raise node["to"].fail("equals from", "write another value, or remove the transition")
    seconds, reads = node.get("after-seconds"), node.get("after-reads")
    if seconds is None and reads is None:
        raise node.fail("has no condition", "add after-seconds, after-reads, or both")
    return Transition(
        field=field,
        before=node["from"].value,
        after=node["to"].value,
        after_s=seconds.integer(1) if seconds else None,
        after_reads=reads.integer(1) if reads else None,
    )


def read_magic(node: Node, body: Schema | None, create: Operation | None) -> tuple[Magic, ...]:
    """The magic values of a resource. Raises SpecError if `create` does not declare a status of one of them."""
    magic = node.get("magic")
    if magic is None:
        return ()
    if body is None or create is None:
        raise magic.fail("needs a create operation", "name it in operations/create")
    return tuple(_read_values(field, entry, body, create) for field, entry in magic.fields())


def _read_values(field: str, node: Node, body: Schema, create: Operation) -> Magic:
    known = body.node["properties"]
    if field not in known:
        raise node.fail(f"is not a field of {body.pointer}", suggestion(field, known))
    schema = field_schema(node, body, field)
    statuses = {}
    for value, entry in node.fields():
        for violation in schema.violations(value):
            raise entry.fail(f"is for {value!r}, which breaks {violation.rests_on}", "write a valid value")
        status = entry.integer(400, 599)
        if create.response_for(status) is None:
            declared = ", ".join(known for known in create.responses if not known.startswith("2"))
            raise entry.fail(f"is {status}, which {create.id} does not declare", f"write one of {declared}")
        statuses[value] = status
    return Magic(field, MappingProxyType(statuses), node.pointer)

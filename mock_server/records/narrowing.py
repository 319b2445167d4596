"""Whether valid requests always make valid records, so that writes need no check."""

from __future__ import annotations

from collections.abc import Iterable

from openapi.flattening import flat
from openapi.model.resource import Resource
from openapi.narrowing import is_narrower, other_constraints
from openapi.schemas import Schema


def can_break_record(resource: Resource, bodies: Iterable[Schema]) -> bool:
    """Whether a valid body of `bodies` might make a record that breaks its schema. In doubt it might."""
    document, record = resource.record.document, resource.record.node
    if other_constraints(record):
        return True
    is_closed = record.get("additionalProperties", True) is not True
    known = record.get("properties", {})
    for body in bodies:
        said = flat(body.document, body.node)
        if is_closed and said.get("additionalProperties") is not False:
            return True
        for name, schema in said.get("properties", {}).items():
            if name in resource.write_only or (name in known and schema == known[name]):
                continue
            if name not in known or not is_narrower(flat(body.document, schema), flat(document, known[name])):
                return True
    return False

"""Whether what a client may send always makes a valid record, so that records need no check when they are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from openapi.contract import Resource
from openapi.flattening import flat, types_of
from openapi.schemas import Schema

_ANNOTATIONS = frozenset(
    {
        *("title", "description", "default", "example", "examples", "deprecated", "readOnly", "writeOnly"),
        *("xml", "externalDocs"),
    }
)
_OF_RECORDS = frozenset(("type", "properties", "required", "additionalProperties"))


def can_break_record(resource: Resource, bodies: Iterable[Schema]) -> bool:
    """Whether a valid body of `bodies` might make a record that breaks its schema. In doubt it might."""
    document, record = resource.record.document, resource.record.node
    if any(name not in _OF_RECORDS for name in _constraints(record)):
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
            if name not in known or not _is_narrower(flat(body.document, schema), flat(document, known[name])):
                return True
    return False


def _constraints(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {name: said for name, said in schema.items() if name not in _ANNOTATIONS and not name.startswith("x-")}


def _is_narrower(sent: Mapping[str, Any], shown: Mapping[str, Any]) -> bool:
    """Whether every value that keeps `sent` surely keeps `shown`."""
    for name, said in _constraints(shown).items():
        if name == "type":
            allowed = {*types_of(dict(shown)), *(("integer",) if "number" in types_of(dict(shown)) else ())}
            if not types_of(dict(sent)) or not allowed.issuperset(types_of(dict(sent))):
                return False
        elif sent.get(name) != said:
            return False
    return True

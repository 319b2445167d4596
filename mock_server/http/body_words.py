"""Corrects bodies as the service does: the keywords of `x-http` / `bodies`.

The result is then validated, except for the undescribed fields that are stored as they are.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from openapi.contract import Contract
from openapi.envelope import replace_record
from openapi.flattening import flat
from openapi.json_value import JsonValue
from openapi.model.http import Operation
from openapi.model.resource import Resource, Role
from openapi.pointers import resolve
from openapi.schemas import Schema


class PreparedBody(NamedTuple):
    """A body: the `value` to validate, and the fields to store without validation."""

    value: JsonValue
    more: Mapping[str, JsonValue]


PrepareBody: TypeAlias = Callable[[Schema, JsonValue], PreparedBody]

_NOTHING: Mapping[str, JsonValue] = MappingProxyType({})
_TEXTS: Mapping[str, Callable[[str], str]] = {
    "trimmed": str.strip,
    "normalized": lambda text: unicodedata.normalize("NFC", text),
}


def body_words_preparer(contract: Contract, operation: Operation) -> PrepareBody | None:
    """A function that corrects the value of a body; None if the document asks for no correction."""
    bulk, part = contract.bulk_of(operation.id), contract.role_of(operation.id)
    found = part or bulk
    prepare_record = _record_preparer(contract, found[0]) if found else None
    if prepare_record is None or found is None:
        return None
    if bulk is not None:
        return _items_preparer(bulk[1].body, bulk[0].bodies[Role.CREATE], prepare_record)
    envelope = found[0].request(operation.id)

    def prepare(schema: Schema, value: JsonValue) -> PreparedBody:
        record = envelope.unwrap(value)
        if envelope.schema is None or not isinstance(record, dict):
            return prepare_record(schema, value)
        prepared, more = prepare_record(envelope.schema, record)
        stored = replace_record(value, envelope.record, {**prepared, **more}) if more else _NOTHING
        return PreparedBody(replace_record(value, envelope.record, prepared), stored)

    return prepare


def _items_preparer(pointer: str, body: Schema, prepare_record: PrepareBody) -> PrepareBody:
    """Corrects each record of the array at `pointer`; drops fields that no schema describes."""

    def prepare(_schema: Schema, value: JsonValue) -> PreparedBody:
        try:
            items = resolve(value, pointer)
        except (LookupError, ValueError):
            items = None
        if not isinstance(items, list):
            return PreparedBody(value, _NOTHING)
        prepared = [prepare_record(body, one).value for one in items]
        return PreparedBody(replace_record(value, pointer, prepared), _NOTHING)

    return prepare


def _record_preparer(contract: Contract, resource: Resource) -> PrepareBody | None:
    words = contract.conventions
    drops, unknown = words["bodies/nulls"] == "left-out", words["bodies/unknown-fields"]
    takes_any = unknown != "judged-by-their-schema"
    keep = _TEXTS.get(words["bodies/texts"])
    if not (keep or takes_any or drops):
        return None
    of_record = frozenset(resource.record.node.get("properties", {})) if unknown == "stored" else None

    def prepare_record(schema: Schema, value: JsonValue) -> PreparedBody:
        if not isinstance(value, dict):
            return PreparedBody(value, _NOTHING)
        known = flat(schema.document, schema.node).get("properties", {})
        fields = {
            name: keep(field) if keep and isinstance(field, str) and _is_plain(schema, known.get(name)) else field
            for name, field in value.items()
            if not (takes_any and name not in known) and not (drops and field is None)
        }
        if of_record is None:
            return PreparedBody(fields, _NOTHING)
        more = {name: field for name, field in value.items() if name not in known and name not in of_record}
        return PreparedBody(fields, more)

    return prepare_record


def may_be_empty(contract: Contract, operation: Operation) -> bool:
    """Whether an update without fields succeeds, at least one whose fields are all ignored."""
    part, words = contract.role_of(operation.id), contract.conventions
    tolerant = (
        words["bodies/empty-updates"] == "accepted",
        words["bodies/unknown-fields"] != "judged-by-their-schema",
        words["bodies/nulls"] == "left-out",
    )
    return part is not None and part[1] is Role.UPDATE and any(tolerant)


def _is_plain(schema: Schema, field: Any) -> bool:
    return not {"enum", "const", "pattern", "format"} & set(flat(schema.document, field or {}))

"""The initial values of a record's fields: server-made ones, and those of a new record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openapi.document.node import Node
from openapi.flattening import flat, types_of
from openapi.inference.draft import Draft, UndecidedError
from openapi.inference.records import field_of
from openapi.inference.values import initial_value
from openapi.inference.words import CHANGED, CREATED, is_integer, named, scalar_types
from openapi.media import field_schema
from openapi.model.http import Operation
from openapi.schemas import Schema


def infer_fields(draft: Draft, root: Node, record: Schema, body: Schema, create: Operation) -> None:
    """Find the rules of a record's fields that `body`, the create operation's, may lack. Raises UndecidedError."""
    keys = draft.keys
    new = _shown_values(create)
    sent = {name: flat(body.document, one) for name, one in body.node["properties"].items()}
    writable = {name for name, one in sent.items() if one.get("readOnly") is not True}
    always = {name for name in writable if name in body.node.get("required", ()) or "default" in sent[name]}
    for key in keys:
        if key not in always:
            _infer_key(draft, record, key, is_sent=key in writable)
    owner = draft.entry.get("parent", {}).get("field")
    for name in record.node["properties"]:
        if name not in (*keys, owner) and name not in always:
            infer_field(draft, field_schema(root, record, name), record, name, name in writable, new.get(name, []))


def _infer_key(draft: Draft, record: Schema, key: str, *, is_sent: bool) -> None:
    schema = field_of(record, key)
    if is_integer(schema):
        rule, what = {"make": "integer"}, "an integer"
    elif scalar_types(schema) == {"string"} and schema.get("format") in (None, "uuid") and "enum" not in schema:
        rule, what = {"make": "uuid"}, "a uuid" if "format" in schema else "a text without a format"
    else:
        raise UndecidedError(f"it is unclear how the key {key} is generated")
    reason = f"the key is {what} that the create body lacks"
    if is_sent:
        rule["sent"] = "kept"
        reason = f"the key is {what} that the create body may have"
    draft.choose(rule, reason, "members", key)


def _shown_values(create: Operation) -> dict[str, list[Any]]:
    """The values of fields on which all examples of new records agree, without those that an example of a body has."""
    bodies = create.body.content.values() if create.body else ()
    sent = [one.value for media in bodies for one in media.examples if isinstance(one.value, dict)]
    shown: dict[str, list[Any]] = {}
    for media in create.success.content.values():
        for one in media.examples:
            for name, value in one.value.items() if isinstance(one.value, dict) else ():
                known = shown.setdefault(name, [])
                if value not in known and not any(name in body and body[name] == value for body in sent):
                    known.append(value)
    return {name: values for name, values in shown.items() if len(values) == 1}


def infer_field(draft: Draft, compiled: Schema, record: Schema, name: str, is_sent: bool, shown: Sequence[Any]) -> None:
    """Find the initial value of one field that `is_sent`, if it needs one. Raises UndecidedError."""
    schema = field_of(record, name)
    is_required = name in record.node.get("required", ())
    if not is_sent and scalar_types(schema) == {"string"} and schema.get("format") == "date-time":
        for kind, names in (("time-of-creation", CREATED), ("time-of-change", CHANGED)):
            if named((name,), names):
                draft.choose({"make": kind}, "a date-time that clients do not send", "members", name)
                return
    if not is_required and not ("enum" in schema and "default" in schema):
        return
    if is_sent and "null" in types_of(schema):
        shown = ()  # Most examples show values that a client sent.
    try:
        value = initial_value(compiled, shown)
    except UndecidedError as error:
        raise UndecidedError(f"the required field {name} has no value: it {error}") from None
    seen = "; an example of a new record shows it" if value in shown else ""
    where = "the create body may lack it" if is_sent else "clients do not send it"
    draft.choose({"start": value}, f"required in the record, and {where}{seen}", "members", name)


def infer_unique(draft: Draft, operation: Operation, body: Schema) -> None:
    """Find the field that no two records share: a conflict is declared, and one field alone can be in conflict."""
    if "409" not in operation.responses:
        return
    required = [name for name in body.node.get("required", ()) if _can_differ(body, name)]
    if set(draft.keys) <= set(body.node.get("required", ())):
        return
    if len(required) == 1:
        reason = f"a create may be refused with 409, and {required[0]} is its only required field"
        draft.choose(required, reason, "unique")
    else:
        draft.leave(f"{draft.name}, unique", "409 is declared, and several fields or none may be in conflict")


def _can_differ(body: Schema, name: str) -> bool:
    schema = field_of(body, name)
    return bool(scalar_types(schema) & {"string", "integer"}) and "enum" not in schema

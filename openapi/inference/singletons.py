"""Finds records at paths without a key: a GET returns what a PUT or a PATCH at the same path takes."""

from __future__ import annotations

from collections.abc import Mapping

from openapi.document.node import Node
from openapi.inference.draft import Draft, label
from openapi.inference.fields import infer_field
from openapi.inference.records import as_record, check_body, check_shown, field_of, response_schema, schema_name, sent
from openapi.media import field_schema
from openapi.model.http import Operation
from openapi.path_templates import placeholders
from openapi.schemas import Schema

_ROLES = {"PUT": "replace", "PATCH": "update"}


def may_be_singleton(path: str, methods: Mapping[str, Operation]) -> bool:
    """Whether a path has the methods of a singleton, and no other method that writes."""
    writes = methods.keys() - {"GET", "HEAD", "OPTIONS"}
    return "GET" in methods and bool(writes) and writes <= _ROLES.keys() and not placeholders(path)


def infer_singleton(draft: Draft, root: Node, path: str, methods: Mapping[str, Operation]) -> None:
    """Fill the draft of the record at `path`. Raises UndecidedError if it is not a record."""
    read = methods["GET"]
    record = as_record(response_schema(read))
    draft.choose(f"#{record.pointer}", f"{label(read)} returns it", "record")
    draft.choose(path, "the path has no key, and its GET returns what can be written there", "singleton")
    draft.choose(read.id, "GET on the path", "operations", "read")
    written: set[str] = set()
    for method, role in _ROLES.items():
        if method in methods:
            body = _body(methods[method], record)
            written |= {*body.node["properties"]}
            reason = f"{method} on the path takes {schema_name(body) or 'a body'} with fields of the record"
            draft.choose(methods[method].id, reason, "operations", role)
    for name in record.node["properties"]:
        _infer_field(draft, root, record, name, is_sent=name in written)
    hidden = sorted(written - record.node["properties"].keys())
    if hidden:
        draft.choose(hidden, "fields of a body that the record does not have", "not-stored")


def _body(operation: Operation, record: Schema) -> Schema:
    """The body of a write. Raises UndecidedError unless it has fields of the record, and the response shows those."""
    body = sent(operation)
    check_body(body, record)
    if operation.success.content:
        check_shown(response_schema(operation), record)
    return body


def _infer_field(draft: Draft, root: Node, record: Schema, name: str, *, is_sent: bool) -> None:
    if not is_sent and field_of(record, name).get("format") == "uuid":
        draft.choose({"make": "uuid"}, "a uuid that clients do not send", "members", name)
    else:
        infer_field(draft, field_schema(root, record, name), record, name, is_sent, ())

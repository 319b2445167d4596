"""Finds operations that create several records: a POST takes an array of create bodies, and returns records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openapi.document.node import Node
from openapi.flattening import types_of
from openapi.inference.draft import Draft, UndecidedError, label
from openapi.inference.listing import infer_response
from openapi.media import compiled, field_schema
from openapi.model.http import Operation
from openapi.path_templates import placeholders
from openapi.pointers import join, split
from openapi.schemas import Schema


def infer_bulk(draft: Draft, root: Node, operations: Mapping[str, Operation]) -> None:
    """Find the operations below the collection of the draft that take and return arrays of its records."""
    collection, create = draft.entry.get("collection"), draft.entry["operations"].get("create")
    if collection is None or create is None:
        return
    item = _sent(draft, root, operations[create])
    record = compiled(root.at(draft.entry["record"].removeprefix("#")))
    for operation in operations.values():
        is_below = operation.path.startswith(f"{collection.rstrip('/')}/")
        if operation.method != "POST" or not is_below or placeholders(operation.path) != placeholders(collection):
            continue
        pointer = _array_of(root, operation, item)
        if pointer is None:
            continue
        found = Draft(draft.name, {"key": draft.entry["key"], "list": {}})
        try:
            infer_response(found, root, operation, record)
        except UndecidedError as error:
            draft.leave(label(operation), str(error))
            continue
        response = found.entry["list"]["answer"]
        entry: dict[str, Any] = {"body": pointer} if pointer else {}
        if response.keys() - {"items", "total"}:
            draft.leave(label(operation), "its response has more than the records and their number")
            continue
        entry["answer"] = response
        reason = f"{label(operation)} takes an array of bodies of {label(operations[create])}, and returns records"
        draft.choose(entry, reason, "bulk", operation.id)


def _sent(draft: Draft, root: Node, create: Operation) -> str:
    """The JSON Pointer of the schema of the record in the body of a create."""
    media = next(iter(create.body.content.values())) if create.body else None
    schema = media.schema if media else None
    for token in split(draft.entry.get("body", {}).get("record", "")):
        if schema is not None and token in schema.node.get("properties", {}):
            schema = field_schema(root, schema, token, "request")
    return schema.pointer if schema else ""


def _array_of(root: Node, operation: Operation, item: str) -> str | None:
    """Where the body of an operation has an array of `item`: the whole body, or its only field; None for no array."""
    media = next(iter(operation.body.content.values()), None) if operation.body else None
    if media is None or media.schema is None:
        return None
    fields = list(media.schema.node.get("properties", {}))
    if "array" in types_of(media.schema.node):
        return "" if _items(root, media.schema) == item else None
    if len(fields) != 1:
        return None
    inner = field_schema(root, media.schema, fields[0], "request")
    return join("", fields[0]) if _items(root, inner) == item else None


def _items(root: Node, array: Schema) -> str:
    """The JSON Pointer of the schema of the items; "" if there is none."""
    if not isinstance(array.node.get("items"), dict):
        return ""
    return compiled(root.at(join(array.pointer, "items")), "request").pointer

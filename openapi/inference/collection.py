"""One collection: the record that its operations share, its key, its parent, and then its operations."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from openapi.document.node import Node
from openapi.flattening import flat
from openapi.inference.collection_paths import CollectionPaths
from openapi.inference.conventions import infer_conventions
from openapi.inference.draft import Draft, UndecidedError, label
from openapi.inference.operation_roles import OperationRoles
from openapi.inference.records import as_record, field_of, fits, key_of, response_schema
from openapi.inference.words import named, plain, scalar_types
from openapi.media import compiled, field_schema
from openapi.path_templates import placeholders, regex
from openapi.pointers import join
from openapi.schemas import Schema


def infer_collection(draft: Draft, root: Node, paths: CollectionPaths, drafts: Mapping[str, Draft]) -> None:
    """Fill the draft of the collection at `paths`; `drafts` are the earlier ones.

    Raises UndecidedError if these paths are not a collection.
    """
    names = placeholders(paths.item)
    whole, reason = _record(root, paths)
    record, wrapper = _unwrapped(root, paths, whole)
    twin = next((one for one in drafts.values() if one.entry["record"] == f"#{record.pointer}"), None)
    if len(names) > 1 and twin is not None:
        raise UndecidedError(f"its records are those of {twin.name}, which has its own paths")
    key, why = _key(paths, record)
    draft.choose(f"#{record.pointer}", reason, "record")
    if wrapper:
        why_there = f"only the {wrapper[1:]} of the response has the key in the path"
        draft.choose(wrapper, why_there, "answer", "record")
    draft.choose(key, why, "key")
    above = "the path above the item" if len(paths.parts) == 1 else "the path above all parts of the key"
    draft.choose(paths.collection, above, "collection")
    draft.choose(paths.item, "the path ends in the key", "item")
    if len(names) > len(paths.parts):
        _infer_parent(draft, root, paths, record, names[-len(paths.parts) - 1], drafts)
    OperationRoles(draft, root, paths, record).infer()
    _check_roles(draft)
    infer_conventions(draft, paths)
    if len(draft.roles) < 2:
        raise UndecidedError("one operation alone does not show what a record is")


def _record(root: Node, paths: CollectionPaths) -> tuple[Schema, str]:
    """The schema of a record, and its source."""
    read, create, listed = paths.on_item.get("GET"), paths.on_collection.get("POST"), paths.on_collection.get("GET")
    shown = read or create
    if shown is not None:
        return as_record(response_schema(shown)), f"{label(shown)} returns it"
    if listed is not None:
        array = response_schema(listed)
        if "items" in array.node:
            items = compiled(root.at(join(array.pointer, "items")))
            return as_record(items), f"{label(listed)} returns an array of it"
    raise UndecidedError("no operation returns its records")


def _unwrapped(root: Node, paths: CollectionPaths, whole: Schema) -> tuple[Schema, str]:
    """The record in a response, and its pointer: the whole body, or its only field with the key in the path."""
    name, segment = paths.parts[-1], paths.last_word
    try:
        key_of(whole, paths.parameter(name), segment)
    except UndecidedError:
        found = []
        for field in whole.node["properties"]:
            inner = field_schema(root, whole, field)
            with suppress(UndecidedError):
                key_of(as_record(inner), paths.parameter(name), segment)
                found.append((inner, join("", field)))
        if len(found) == 1:
            return found[0]
    return whole, ""


def _key(paths: CollectionPaths, record: Schema) -> tuple[str | list[str], str]:
    """The field or fields of the key, and the reason."""
    found = [key_of(record, paths.parameter(name), paths.last_word) for name in paths.parts]
    if len(found) == 1:
        return found[0]
    fields = [field for field, _ in found]
    if len(set(fields)) < len(fields):
        raise UndecidedError(f"several path parameters are the field {fields[0]}")
    for field in fields:
        if field not in record.node.get("required", ()):
            raise UndecidedError(f"{field} is in the path, and a record may lack it")
    return fields, "; ".join(why for _, why in found)


def _infer_parent(
    draft: Draft, root: Node, paths: CollectionPaths, record: Schema, name: str, drafts: Mapping[str, Draft]
) -> None:
    """Find the collection with the key that the path parameter `name` has. Raises UndecidedError."""
    above = regex(paths.collection[: paths.collection.rindex("}") + 1])
    parent = next((one for one in drafts.values() if regex(one.entry["item"].removesuffix("/")) == above), None)
    if parent is None:
        raise UndecidedError(f"its records belong to {{{name}}}, which is not the key of a collection")
    owner = compiled(root.at(parent.entry["record"].removeprefix("#")))
    if len(parent.keys) > 1:
        raise UndecidedError(f"its records belong to {parent.name}, whose key has several fields")
    key, given = parent.entry["key"], paths.parameter(name)
    if not fits(field_of(owner, key), flat(given.schema.document, given.schema.node)):
        raise UndecidedError(f"the path parameter {name} can't hold the key {key} of {parent.name}")
    entry = {"resource": parent.name}
    field = next(iter(named(record.node["properties"], (plain(name),))), "")
    if field and scalar_types(field_of(record, field)) == scalar_types(field_of(owner, key)):
        entry["field"] = field
    reason = f"{{{name}}} is the key of {parent.name}; by assumption, a delete of it deletes them"
    draft.choose(entry, reason, "parent")


def _check_roles(draft: Draft) -> None:
    if not {"list", "read"} & draft.roles.keys():
        raise UndecidedError("no operation returns its records")
    if not {"list", "create"} & draft.roles.keys():
        raise UndecidedError("no operation creates or lists its records, so clients can't know their keys")

"""Finds the fields of a record that count the records of a nested collection, such as `fileCount` of a folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from openapi.document.node import Node
from openapi.flattening import flat
from openapi.inference.draft import Draft
from openapi.inference.records import field_of
from openapi.inference.words import is_integer, plain, singular
from openapi.media import compiled
from openapi.model.http import Operation


def infer_counts(draft: Draft, root: Node, operations: Mapping[str, Operation], drafts: Mapping[str, Draft]) -> None:
    """Find the counts of the records below those of the draft: integers named like them that clients can't send."""
    record = compiled(root.at(draft.entry["record"].removeprefix("#")))
    taken = _written(draft, operations) | _strings([draft.entry.get(part) for part in ("list", "lists", "unique")])
    for child in drafts.values():
        if child.entry.get("parent", {}).get("resource") != draft.name:
            continue
        noun = child.entry["collection"].rstrip("/").rpartition("/")[2]
        found = [
            name
            for name in record.node["properties"]
            if plain(name) in _names(noun) and name not in taken and is_integer(field_of(record, name))
        ]
        if len(found) == 1:
            name = found[0]
            draft.drop("members", name)
            reason = f"an integer that clients do not send, next to {child.entry['collection']}"
            draft.choose({"from": child.name, "show": "count"}, reason, "referrers", name)


def _strings(value: object) -> set[str]:
    """The strings in a value: with those of a list, the fields that it compares."""
    if isinstance(value, str):
        return {value}
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {text for part in parts for text in _strings(part)}


def _names(noun: str) -> set[str]:
    nouns = {plain(noun), plain(singular(noun))}
    return {name for one in nouns for name in (f"{one}count", f"numberof{one}", f"num{one}", f"total{one}")}


def _written(draft: Draft, operations: Mapping[str, Operation]) -> set[str]:
    """The fields that a body of the draft's operations may have, also below one of its fields."""
    found: set[str] = set()
    for name in draft.entry["operations"].values():
        body = operations[name].body
        for media in body.content.values() if body else ():
            if media.schema is not None:
                found |= set(_writable(media.schema.document, media.schema.node, depth=1))
    return found


def _writable(document: Mapping[str, object], schema: object, depth: int) -> Iterable[str]:
    properties = flat(document, schema).get("properties", {}) if isinstance(schema, dict) else {}
    for name, one in properties.items():
        if flat(document, one).get("readOnly") is not True:
            yield name
        if depth:
            yield from _writable(document, one, depth - 1)

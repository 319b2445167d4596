"""Infers the resources of a document: its collections, then their other operations, then singletons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from functools import partial

from openapi.contract import Inference
from openapi.document.node import Node
from openapi.errors import SpecError
from openapi.extensions.resources import read_resource
from openapi.inference.bulk_creates import infer_bulk
from openapi.inference.collection import infer_collection
from openapi.inference.collection_paths import Methods, collection_paths, is_item, name_of
from openapi.inference.counts import infer_counts
from openapi.inference.draft import Draft, UndecidedError, label
from openapi.inference.other_lists import infer_other_lists
from openapi.inference.singletons import infer_singleton, may_be_singleton
from openapi.model.http import Operation
from openapi.pointers import join

_ASSUMED = "Inferred from the document's paths, methods and schemas"
_ORDER = (
    *("record", "singleton", "key", "collection", "item", "parent", "operations", "body", "answer", "list", "lists"),
    *("bulk", "unique", "members", "referrers", "not-stored"),
    *("etag", "idempotency-key", "replace-unknown", "soft-delete"),
)


def infer_resources(root: Node, operations: Mapping[str, Operation]) -> Inference:
    """The resources of a document, which has no `x-resources`."""
    paths: dict[str, dict[str, Operation]] = {}
    for operation in operations.values():
        paths.setdefault(operation.path, {})[operation.method] = operation
    undecided: dict[str, str] = {}
    drafts: dict[str, Draft] = {}
    for item in sorted(filter(is_item, paths), key=lambda path: path.count("{")):
        draft, own = Draft(name_of(item, drafts)), collection_paths(paths, item)
        try:
            infer_collection(draft, root, own, drafts)
            _check(draft, root, operations, drafts)
            drafts[draft.name] = draft
            undecided |= draft.undecided
        except UndecidedError as error:
            every = (*own.on_collection.values(), *own.on_item.values())
            undecided |= {label(one): str(error) for one in every} | draft.undecided
    for draft in drafts.values():
        free = [one for one in operations.values() if one.id not in _taken(drafts)]
        _extend(draft, root, operations, drafts, partial(infer_other_lists, root=root, operations=free))
        _extend(draft, root, operations, drafts, partial(infer_bulk, root=root, operations=operations))
        _extend(draft, root, operations, drafts, partial(infer_counts, root=root, operations=operations, drafts=drafts))
        undecided |= draft.undecided
    _infer_singletons(root, operations, paths, drafts, undecided)
    others = {label(one): "it has no path for single records" for one in operations.values()}
    taken = {label(operations[name]) for name in _taken(drafts)}
    return Inference(
        {name: draft.entry for name, draft in drafts.items()},
        {name: draft.reasons for name, draft in drafts.items()},
        {what: why for what, why in (others | undecided).items() if what not in taken},
    )


def _taken(drafts: Mapping[str, Draft]) -> set[str]:
    """The operations that belong to a resource."""
    entries = [draft.entry for draft in drafts.values()]
    return {
        name
        for entry in entries
        for name in (*entry["operations"].values(), *entry.get("lists", ()), *entry.get("bulk", ()))
    }


def _extend(
    draft: Draft,
    root: Node,
    operations: Mapping[str, Operation],
    drafts: Mapping[str, Draft],
    infer: Callable[[Draft], None],
) -> None:
    """Find more for a draft, unless the reader refuses it."""
    before = draft.entry, dict(draft.reasons)
    draft.entry = deepcopy(draft.entry)
    infer(draft)
    try:
        _check(draft, root, operations, drafts)
    except UndecidedError:
        draft.entry, draft.reasons = before


def _infer_singletons(
    root: Node,
    operations: Mapping[str, Operation],
    paths: Mapping[str, Methods],
    drafts: dict[str, Draft],
    undecided: dict[str, str],
) -> None:
    taken = _taken(drafts)
    for path, methods in paths.items():
        if not may_be_singleton(path, methods) or any(one.id in taken for one in methods.values()):
            continue
        draft = Draft(name_of(path, drafts))
        try:
            infer_singleton(draft, root, path, methods)
            _check(draft, root, operations, drafts)
            drafts[draft.name] = draft
        except UndecidedError as error:
            undecided |= {label(one): str(error) for one in methods.values()}


def _check(draft: Draft, root: Node, operations: Mapping[str, Operation], drafts: Mapping[str, Draft]) -> None:
    """Read the draft as if it were declared. Raises UndecidedError if the reader refuses it."""
    draft.entry = {name: draft.entry[name] for name in _ORDER if name in draft.entry} | {"x-assumed": _ASSUMED}
    # Finding the line of a problem is slow, and this problem is shown without it.
    reading = replace(root.reading, locate=lambda pointer: (None, 0, pointer))
    entries = {name: one.entry for name, one in drafts.items()}
    try:
        read_resource(draft.name, Node(reading, draft.entry, join("/x-resources", draft.name)), operations, entries)
    except SpecError as error:
        raise UndecidedError(f"{error.pointer.rpartition('/')[2]} {error.problem}") from None

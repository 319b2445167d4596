"""Lists at other paths than the collection's: a GET returns an array of the record, and its parameters filter it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from openapi.document.node import Node
from openapi.inference.draft import Draft, UndecidedError, label
from openapi.inference.listing import infer_parameters, infer_response
from openapi.media import compiled
from openapi.model.http import Operation
from openapi.path_templates import placeholders

_PARTS = ("answer", "filters", "paging")


def infer_other_lists(draft: Draft, root: Node, operations: Iterable[Operation]) -> None:
    """Find those of the `operations` that list the records of the draft at paths below its collection.

    An array of the record identifies the resource, and an inferred filter the records in it. Without a filter, they
    may be any records, so the operation is left out.
    """
    collection = draft.entry["collection"].rstrip("/")
    record = compiled(root.at(draft.entry["record"].removeprefix("#")))
    for operation in operations:
        is_below = operation.path.startswith(f"{collection}/")
        if operation.method != "GET" or not is_below or placeholders(operation.path) != placeholders(collection):
            continue
        found = Draft(draft.name, {"key": draft.entry["key"], "list": {}})
        try:
            infer_response(found, root, operation, record)
            infer_parameters(found, operation, record, frozenset())
            _check_filters(found.entry["list"], operation)
        except UndecidedError as error:
            draft.leave(label(operation), str(error))
            continue
        entry = {name: found.entry["list"][name] for name in _PARTS if name in found.entry["list"]}
        draft.choose(
            entry,
            f"{label(operation)} returns an array of the record, filtered by {_names(entry)}",
            "lists",
            operation.id,
        )
        draft.undecided |= found.undecided


def _check_filters(entry: Mapping[str, Mapping[str, str]], operation: Operation) -> None:
    filters = entry.get("filters", {})
    if not filters:
        raise UndecidedError("it is unclear which records it returns")
    known = {*filters, *entry.get("paging", {}).values()}
    for parameter in operation.parameters:
        if parameter.location == "query" and parameter.required and parameter.name not in known:
            raise UndecidedError(f"it is unclear what its required parameter {parameter.name} does")
    if "cursor" in entry.get("paging", {}):
        raise UndecidedError("it has a cursor, but is not the list of the collection")


def _names(entry: Mapping[str, Mapping[str, str]]) -> str:
    return " and ".join(entry["filters"])

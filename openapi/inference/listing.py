"""The list of a collection: where its records and counts are, and what its query parameters do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from openapi.document.node import Node
from openapi.errors import SpecError
from openapi.flattening import flat
from openapi.inference.draft import Draft, UndecidedError, label
from openapi.inference.list_words import (
    NEXT,
    SORT,
    infer_comparison,
    infer_cursor,
    infer_headers,
    infer_item,
    infer_sort,
    infer_text_of_item,
)
from openapi.inference.records import field_of, response_schema
from openapi.inference.values import initial_value
from openapi.inference.words import (
    COUNTS,
    LIMIT,
    OFFSET,
    PAGE,
    SEARCH,
    is_integer,
    named,
    plain,
    scalar_types,
    singular,
)
from openapi.media import compiled, field_schema
from openapi.model.http import Operation, Parameter
from openapi.narrowing import shown_fields
from openapi.pointers import join
from openapi.schemas import Schema

_DEEPEST = 2


def infer_response(draft: Draft, root: Node, operation: Operation, record: Schema) -> None:
    """Find the records in the response of a list, and the counts next to them. Raises UndecidedError."""
    response = response_schema(operation)
    found, reasons = [], []
    for pointer, items in _arrays(root, response, ""):
        try:
            shown_fields(items, record)
            found.append(pointer)
        except ValueError as error:
            reasons.append(f"an item of {pointer or 'its response'} is not the record: its schema {error}")
    if len(found) != 1:
        several = f"{' and '.join(found)} both hold the record"
        raise UndecidedError(several if found else (reasons or ["its response holds no array of the record"])[0])
    reason = "the response is an array of the record" if not found[0] else "the array of the record in the response"
    draft.choose(found[0], reason, "list", "answer", "items")
    for pointer, schema, required in _envelope_fields(root, response, "", found[0], is_required=True):
        _infer_part(draft, pointer, schema, required)


def _arrays(root: Node, schema: Schema, pointer: str, depth: int = 0) -> Iterator[tuple[str, Schema]]:
    """The arrays of objects in a response: their pointers, and the schemas of their items."""
    if "array" in scalar_types(schema.node) and "items" in schema.node:
        try:
            items = compiled(root.at(join(schema.pointer, "items")))
        except SpecError:
            return
        if isinstance(items.node.get("properties"), dict):
            yield pointer, items
    elif depth < _DEEPEST:
        for name in schema.node.get("properties", {}):
            yield from _arrays(root, field_schema(root, schema, name), join(pointer, name), depth + 1)


def _envelope_fields(
    root: Node, schema: Schema, pointer: str, items: str, *, is_required: bool
) -> Iterator[tuple[str, Schema, bool]]:
    """The parts of a response other than its records: pointer, schema, whether it is required."""
    required = schema.node.get("required", ())
    for name in schema.node.get("properties", {}) if pointer != items else ():
        below, inner = join(pointer, name), field_schema(root, schema, name)
        needed = is_required and name in required
        if below == items:
            continue
        if items.startswith(f"{below}/") or (below.count("/") == 1 and inner.node.get("properties")):
            yield from _envelope_fields(root, inner, below, items, is_required=needed or items.startswith(f"{below}/"))
        else:
            yield below, inner, needed


def _infer_part(draft: Draft, pointer: str, schema: Schema, required: bool) -> None:
    name = pointer.rpartition("/")[2]
    kind = next((kind for kind, names in COUNTS.items() if plain(name) in names and is_integer(schema.node)), "")
    response = draft.entry["list"]["answer"]
    if plain(name) in NEXT and scalar_types(schema.node) == {"string"} and schema.is_valid(None):
        draft.choose(pointer, f"{name} is a text next to the records", "list", "answer", "next")
    if kind and kind not in response:
        draft.choose(pointer, f"{name} is an integer next to the records", "list", "answer", kind)
    elif required:
        value = initial_value(schema)
        draft.choose(
            value, f"{pointer} is required, and it is unclear what it depends on", "list", "answer", "fixed", pointer
        )


def infer_parameters(draft: Draft, operation: Operation, record: Schema, writable: frozenset[str]) -> None:
    """Find what the query parameters of a list do; those that remain are noted and ignored."""
    query = {one.name: one for one in operation.parameters if one.location == "query"}
    flats = {name: flat(one.schema.document, one.schema.node) for name, one in query.items()}
    if not infer_cursor(draft, flats):
        _infer_paging(draft, operation, query, flats)
    used = set(draft.entry["list"].get("paging", {}).values())
    infer_headers(draft, operation)
    try:
        used |= infer_sort(draft, query, record)
    except UndecidedError as error:
        (name,) = named(query, SORT)
        draft.leave(f"{label(operation)}, query parameter {name}", str(error))
    searches = [
        name
        for name in named(query, SEARCH)
        if scalar_types(flats[name]) == {"string"} and not _field_like(record, name)
    ]
    for name, parameter in query.items():
        what = f"{label(operation)}, query parameter {name}"
        if name in used or what in draft.undecided:
            continue
        try:
            if searches == [name]:
                _infer_search(draft, name, record, writable)
            else:
                _infer_filter(draft, parameter, flats[name], record)
        except UndecidedError as error:
            draft.leave(what, str(error))


def _infer_paging(
    draft: Draft, operation: Operation, query: Mapping[str, Parameter], flats: Mapping[str, dict[str, Any]]
) -> None:
    integers = [name for name in query if is_integer(flats[name])]
    limits, pages, offsets = (named(integers, names) for names in (LIMIT, PAGE, OFFSET))
    starts = pages + offsets
    if len(limits) == 1 and len(starts) == 1:
        style = "page" if pages else "offset"
        first = flats[starts[0]].get("default", flats[starts[0]].get("minimum", 1))
        if style == "page" and first != 1:
            draft.leave(f"{label(operation)}, query parameter {starts[0]}", f"pages start at {first}, not at 1")
            return
        reason = f"{limits[0]} and {starts[0]} are integers of the list operation"
        draft.choose({style: starts[0], "limit": limits[0]}, reason, "list", "paging")
        return
    for name in limits + starts:
        why = "several parameters select a page" if len(limits + starts) > 1 else "no parameter selects a page"
        draft.leave(f"{label(operation)}, query parameter {name}", why)


def _infer_search(draft: Draft, name: str, record: Schema, writable: frozenset[str]) -> None:
    others = [one for one in record.node["properties"] if one not in draft.keys]
    texts = [one for one in others if _is_text(field_of(record, one))]
    fields = [one for one in texts if one in writable] or texts
    if not fields:
        raise UndecidedError("the record has no text to search")
    reason = f"{name} is a text, and no field has that name; clients write these texts"
    draft.choose({"parameter": name, "members": fields}, reason, "list", "search")


def _is_text(schema: Mapping[str, Any]) -> bool:
    return scalar_types(schema) == {"string"} and not {"enum", "const", "format"} & set(schema)


def _field_like(record: Schema, name: str, *, is_array: bool = False) -> str:
    """The field with the parameter's name, for an array also in the plural; "" for none or several."""
    fields = record.node["properties"]
    found = named(fields, (plain(name),)) or (named(fields, (plain(singular(name)),)) if is_array else [])
    return found[0] if len(found) == 1 else ""


def _infer_filter(draft: Draft, parameter: Parameter, schema: dict[str, Any], record: Schema) -> None:
    is_array = parameter.many or "array" in scalar_types(schema)
    name = _field_like(record, parameter.name, is_array=is_array)
    item = flat(parameter.schema.document, schema.get("items", {})) if is_array else schema
    if infer_item(draft, parameter.name, item, record) or infer_text_of_item(draft, parameter.name, item, record):
        return
    if not name and not is_array and infer_comparison(draft, parameter.name, schema, record):
        return
    if not name:
        raise UndecidedError("no field of the record has that name")
    if is_array:
        schema = flat(parameter.schema.document, schema.get("items", {}))
    field = field_of(record, name)
    types = scalar_types(schema) & scalar_types(field)
    if not types or types & {"object", "array"}:
        raise UndecidedError(f"its values are not those of the field {name}")
    listed, known = schema.get("enum"), field.get("enum")
    if schema.get("format") != field.get("format") or (
        listed and known and not set(map(str, listed)) & set(map(str, known))
    ):
        raise UndecidedError(f"its values are not those of the field {name}")
    kind = " or ".join(sorted(types))
    draft.choose(name, f"{parameter.name} is {kind}, like the field", "list", "filters", parameter.name)

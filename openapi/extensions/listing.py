"""The `list` of a resource: the parts of its response, and what its parameters do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias, cast

from openapi.document.node import Node, suggestion
from openapi.errors import SpecError
from openapi.extensions.criteria import read_filters
from openapi.extensions.field_rules import field_of
from openapi.extensions.sorting import read_sort
from openapi.flattening import types_of
from openapi.json_value import JsonValue
from openapi.media import check_value, compiled, field_schema
from openapi.model.http import Operation, Parameter
from openapi.model.lists import CursorPaging, HeaderWord, Listing, ListResponse, Order, Paging, Search
from openapi.narrowing import shown_fields
from openapi.pointers import join, split
from openapi.schemas import Schema

_Match: TypeAlias = Literal["part", "beginning", "whole"]
_POINTERS = ("items", "total", "page", "offset", "limit", "pages", "next")
_HEADERS: tuple[HeaderWord, ...] = ("total", "range", "links")


def read_listing(node: Node, operation: Operation, record: Schema, order: Order | None = None) -> Listing:
    """What `operation` returns for which parameters, in the given order if any.

    Raises SpecError if a name does not exist.
    """
    if order is None:
        node.mapping(("filters", "search", "paging", "order", "sort"), required=("answer",))
    query = {parameter.name: parameter for parameter in operation.parameters if parameter.location == "query"}
    filters = read_filters(node, query, record)
    response, paging = _read_response(node["answer"], operation), node.get("paging")
    by_cursor = paging is not None and "cursor" in paging.mapping().value
    _check_next(node, response, by_cursor=by_cursor)
    return Listing(
        response=response,
        filters=filters.plain,
        criteria=filters.criteria,
        sort=read_sort(node["sort"], query, record) if "sort" in node.value else None,
        search=_read_search(node["search"], query, record) if "search" in node.value else None,
        paging=_read_paging(paging, query) if paging is not None and not by_cursor else None,
        cursor=_read_cursor(paging, query) if paging is not None and by_cursor else None,
        order=order or _read_order(node, record),
        pointer=node.pointer,
    )


def _parameter(node: Node, query: Mapping[str, Parameter]) -> str:
    wanted = node.text()
    if wanted not in query:
        problem = f"names the query parameter {wanted!r}, which the list operation does not have"
        raise node.fail(problem, suggestion(wanted, query))
    return wanted


def _read_response(node: Node, operation: Operation) -> ListResponse:
    node.mapping((*_POINTERS, "fixed", "headers"), required=("items",))
    media = next(iter(operation.success.content.values()), None)
    if media is None or media.schema is None:
        raise node.fail("describes a response without a schema", f"give the response of {operation.id} a schema")
    for name, entry in node.fields():
        if name in ("fixed", "headers"):
            continue
        target = schema_at(entry, media.schema)
        if name == "items" and "array" not in types_of(target.node):
            raise entry.fail(
                "is not an array in the response's schema", "name the array of records; '' is a bare array"
            )
    pointers = {name: node.value.get(name) for name in _POINTERS}
    return ListResponse(
        **pointers,
        null_at_end="next" in node.value and _is_null_at_end(node["next"], media.schema),
        pointer=node.pointer,
        fixed=_read_fixed(node, media.schema),
        headers=_read_headers(node, operation),
    )


def _is_null_at_end(node: Node, response: Schema) -> bool:
    """Whether the cursor is null on the last page, instead of left out. Raises SpecError if it can be neither."""
    if schema_at(node, response).is_valid(None):
        return True
    *above, name = split(node.text())
    holder = response if not above else schema_at(Node(node.reading, join("", *above), node.pointer), response)
    if name in holder.node.get("required", ()):
        raise node.fail("is required and can't be null, but the last page has no next one", "allow null there")
    return False


def _check_next(node: Node, response: ListResponse, *, by_cursor: bool) -> None:
    """Raise SpecError if a list has a cursor only in the request or only in the response, or links without pages."""
    if response.next is not None and not by_cursor:
        advice = "add paging: {cursor: …, limit: …}"
        raise node["answer"]["next"].fail("is a cursor, but no query parameter takes it", advice)
    if by_cursor and response.next is None and "links" not in response.headers.values():
        advice = "add next to answer, or a header with links"
        raise node["paging"]["cursor"].fail("takes a cursor, but no response has one", advice)
    if "links" in response.headers.values() and "paging" not in node.value:
        name = next(name for name, word in response.headers.items() if word == "links")
        entry = node["answer"]["headers"][name]
        raise entry.fail("links to pages, but the list has no pages", "add paging, or remove the header")


def _read_headers(node: Node, operation: Operation) -> Mapping[str, HeaderWord]:
    """The headers with counts and links. Raises SpecError for one that the response does not declare."""
    declared = operation.success.headers
    for name, entry in node.fields_of("headers"):
        if name not in declared:
            raise entry.fail("is not a header of the list's response", suggestion(name, declared))
        entry.one_of(_HEADERS)
    return MappingProxyType(dict(node.value.get("headers", {})))


def _read_fixed(node: Node, response: Schema) -> Mapping[str, JsonValue]:
    """The values that every list's response has, by pointer."""
    for pointer, entry in node.fields_of("fixed"):
        check_value(entry, schema_at(Node(node.reading, pointer, entry.pointer), response))
    return MappingProxyType(dict(node.value.get("fixed", {})))


def schema_at(entry: Node, response: Schema) -> Schema:
    """The schema of the field of `response` that `entry` names, through `properties` and references."""
    try:
        tokens = split(entry.text())
    except ValueError:
        raise entry.fail(f"is {entry.value!r}, which is not a JSON Pointer", f"write /{entry.value}") from None
    schema = response
    for token in tokens:
        fields = schema.node.get("properties", {})
        if token not in fields:
            advice = suggestion(token, fields)
            raise entry.fail(f"is {entry.value!r}, which is not a field of {schema.pointer}", advice)
        schema = field_schema(entry, schema, token)
    return schema


def list_items(node: Node, operation: Operation) -> Schema | None:
    """The schema of the list's items; None if there is none."""
    media = next(iter(operation.success.content.values()), None)
    entry = node["answer"]["items"]
    items = schema_at(entry, media.schema).pointer if media and media.schema else ""
    try:
        return compiled(node.at(join(items, "items")))
    except SpecError:
        return None


def read_shown_items(node: Node, operation: Operation, record: Schema, added: frozenset[str]) -> tuple[str, ...] | None:
    """The fields of a record that the list's items have, in addition to those `added`; None for all.

    Raises SpecError if they are not records.
    """
    entry = node["answer"]["items"]
    items = list_items(node, operation)
    try:
        if items is None:
            raise ValueError("is missing")
        return shown_fields(items, record, added)
    except ValueError as reason:
        problem = f"has items that are not the record {record.pointer}: their schema {reason}"
        raise entry.fail(problem, "make the array's items a $ref to the record") from None


def _read_search(node: Node, query: Mapping[str, Parameter], record: Schema) -> Search:
    node.mapping(("match", "letter-case"), required=("parameter", "members"))
    fields = tuple(field_of(record, entry) for entry in node["members"].items())
    if not fields:
        raise node["members"].fail("is empty", "name the fields to search")
    match = node["match"].one_of(("part", "beginning", "whole")) if "match" in node.value else "part"
    case = node["letter-case"].one_of(("ignored", "significant")) if "letter-case" in node.value else "ignored"
    parameter = _parameter(node["parameter"], query)
    return Search(parameter, fields, node.pointer, cast("_Match", match), case == "ignored")


def _read_paging(node: Node, query: Mapping[str, Parameter]) -> Paging:
    node.mapping(("page", "offset", "past-end", "least-pages"), required=("limit",))
    if ("page" in node.value) == ("offset" in node.value):
        raise node.fail("must have exactly one of page and offset", "name the parameter of one of them")
    limit = query[_parameter(node["limit"], query)]
    style = "page" if "page" in node.value else "offset"
    return Paging(
        style="page" if style == "page" else "offset",
        start=_parameter(node[style], query),
        limit=limit.name,
        pointer=node.pointer,
        refuses_past_end="past-end" in node.value and node["past-end"].one_of(("empty", "refused")) == "refused",
        least_pages=node["least-pages"].integer(0, 1) if "least-pages" in node.value else 0,
    )


def _read_cursor(node: Node, query: Mapping[str, Parameter]) -> CursorPaging:
    node.mapping((), required=("cursor", "limit"))
    return CursorPaging(_parameter(node["cursor"], query), _parameter(node["limit"], query), node.pointer)


def _read_order(node: Node, record: Schema) -> Order:
    order = node.get("order")
    if order is None:
        return Order(None, False, node.pointer)
    if isinstance(order.value, dict):
        order.mapping((), required=("by", "direction"))
        descending = order["direction"].one_of(("ascending", "descending")) == "descending"
        return Order(field_of(record, order["by"]), descending, order.pointer)
    return Order(None, order.one_of(("newest-first", "oldest-first")) == "newest-first", order.pointer)

"""Lists: from query parameters to the selected records, and from a page to its response."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from mock_server.http.errors import invalid
from mock_server.http.messages import NOTHING, HttpResponse, Violation
from mock_server.operations.responses import content_headers, content_of, encoded_json, record_json, status_of
from mock_server.records.collection import ListPage
from mock_server.records.cursors import BadCursorError, decoded
from mock_server.store.store import Bound, Cursor, Query
from openapi.comparisons import ComparedField
from openapi.envelope import BARE, Envelope
from openapi.json_value import JsonValue
from openapi.messages import shown
from openapi.model.http import Operation
from openapi.model.lists import Criterion, CursorPaging, Listing, ListResponse, Sort
from openapi.pointers import split

QueryReader: TypeAlias = Callable[[Mapping[str, JsonValue]], Query]
"""Makes a query for records from the values of the query parameters."""


def query_reader(listing: Listing, *, ignores_unknown: bool) -> QueryReader:
    """A function that makes the queries of a list.

    It raises RefusedError for a bad cursor, and for an unknown field to sort by unless `ignores_unknown`.
    """
    read = _plain_reader(listing)
    if listing.criteria:
        read = _with_bounds(read, listing.criteria)
    if listing.sort:
        read = _with_sort(read, listing.sort, ignores_unknown=ignores_unknown)
    return _with_cursor(read, listing.cursor) if listing.cursor else read


def _plain_reader(listing: Listing) -> QueryReader:
    filters = [(kept.parameter, kept.field) for kept in listing.filters]
    search = listing.search.parameter if listing.search else ""
    paging = listing.paging
    first = 1 if paging and paging.style == "page" else 0

    def read(parameters: Mapping[str, JsonValue]) -> Query:
        limit = parameters.get(paging.limit) if paging else None
        start = max(parameters.get(paging.start, first) - first, 0) if paging else 0
        return Query(
            tuple([(field, parameters[name]) for name, field in filters if name in parameters]),
            parameters.get(search, ""),
            start * (limit or 0) if first else start,
            limit,
        )

    return read


def _with_bounds(read: QueryReader, criteria: Sequence[Criterion]) -> QueryReader:
    def read_all(parameters: Mapping[str, JsonValue]) -> Query:
        sent = [(one, values) for one in criteria if (values := one.sent_in(parameters)) is not None]
        return read(parameters)._replace(bounds=tuple(_bound(one, values) for one, values in sent))

    return read_all


def _bound(criterion: Criterion, sent: Sequence[JsonValue]) -> tuple[ComparedField, Bound]:
    wanted = (criterion.field.value_of(value) for value in sent)
    return criterion.field, Bound(criterion.comparison, tuple(value for value in wanted if value is not None))


def _with_sort(read: QueryReader, sort: Sort, *, ignores_unknown: bool) -> QueryReader:
    def read_all(parameters: Mapping[str, JsonValue]) -> Query:
        terms, unknown = sort.terms_in(parameters)
        if unknown and not ignores_unknown:
            known = ", ".join(sort.terms)
            message = f"got {shown(parameters[sort.parameter])}; sort by {known}"
            raise invalid([Violation("query", sort.parameter, message)])
        query = read(parameters)
        return query._replace(sort=tuple((one.field, one.descending) for one in terms)) if terms else query

    return read_all


def _with_cursor(read: QueryReader, paging: CursorPaging) -> QueryReader:
    def read_all(parameters: Mapping[str, JsonValue]) -> Query:
        query = read(parameters)._replace(limit=parameters.get(paging.limit))
        sent = parameters.get(paging.parameter)
        try:
            after = None if sent is None else decoded(sent, query.sort)
        except BadCursorError as error:
            raise invalid([Violation("query", paging.parameter, f"got {shown(sent)}; {error}")]) from None
        return query._replace(cursor=Cursor(after))

    return read_all


def list_writer(
    operation: Operation, response: ListResponse, shown: tuple[str, ...] | None = None, envelope: Envelope = BARE
) -> Callable[[ListPage], HttpResponse]:
    """A function that writes one page of a list: the `shown` fields (None: all) of each record, in its envelope."""
    status, headers = status_of(operation), content_headers(content_of(operation))
    counts = tuple((name, word) for name, word in response.headers.items() if word != "links")
    has_next = response.next is not None
    is_whole = shown is None and envelope.is_bare
    template = b"".join(_pieces(_skeleton(response)))
    last = template if response.null_at_end else b"".join(_pieces(_skeleton(replace(response, next=None))))

    def write_item(encoded: bytes) -> bytes:
        return record_json(encoded, shown, envelope)

    def body_of(listed: ListPage) -> bytes:
        facts = {
            b"items": b",".join(listed.items if is_whole else map(write_item, listed.items)),
            b"total": listed.total,
            b"page": listed.page,
            b"offset": listed.offset,
            b"limit": listed.limit,
            b"pages": listed.pages,
        }
        if has_next:
            return (last if listed.next is None else template) % {**facts, b"next": encoded_json(listed.next)}
        return template % facts

    def write(listed: ListPage) -> HttpResponse:
        # The journal keeps the page, which shares its records with the store, instead of a body for each list.
        with_counts = (*headers, *((name, count_text(word, listed)) for name, word in counts)) if counts else headers
        return HttpResponse(status, with_counts, body_of(listed), NOTHING, partial(body_of, listed))

    return write


def count_text(word: str, listed: ListPage) -> str:
    """The total of a list, or its range: the numbers of the first and the last record, from 0 (RFC 9110, 14.4)."""
    if word == "total":
        return str(listed.total)
    numbers = f"{listed.offset}-{listed.offset + len(listed.items) - 1}" if listed.items else "*"
    return f"items {numbers}/{listed.total}"


def _skeleton(response: ListResponse) -> JsonValue:
    """The response body, as JSON with the %-formats of the page's values."""
    formats = {
        response.items: b"[%(items)b]",
        response.total: b"%(total)d",
        response.page: b"%(page)d",
        response.offset: b"%(offset)d",
        response.limit: b"%(limit)d",
        response.pages: b"%(pages)d",
        response.next: b"%(next)b",
    }
    fixed = {pointer: encoded_json(value).replace(b"%", b"%%") for pointer, value in response.fixed.items()}
    skeleton: dict[str, JsonValue] = {}
    for pointer, content in (*formats.items(), *fixed.items()):
        if pointer == "":
            return content
        if pointer is not None:
            *above, name = split(pointer)
            inner = skeleton
            for token in above:
                inner = inner.setdefault(token, {})
            inner[name] = content
    return skeleton


def _pieces(skeleton: JsonValue) -> Iterator[bytes]:
    if isinstance(skeleton, bytes):
        yield skeleton
        return
    yield b"{"
    for index, (name, field) in enumerate(skeleton.items()):
        yield b"," if index else b""
        yield encoded_json(name).replace(b"%", b"%%") + b":"
        yield from _pieces(field)
    yield b"}"

"""From the values of a list's query parameters to the records that they ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from mock_server.http.errors import invalid
from mock_server.http.messages import Violation
from mock_server.records.cursors import BadCursorError, decoded
from mock_server.store.store import Bound, Cursor, Query
from openapi.comparisons import ComparedField
from openapi.json_value import JsonValue
from openapi.messages import shown
from openapi.model.lists import Criterion, CursorPaging, Listing, Sort

QueryReader: TypeAlias = Callable[[Mapping[str, JsonValue]], Query]
"""Makes a query for the records of the values of the query parameters."""


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
            filters=tuple((field, parameters[name]) for name, field in filters if name in parameters),
            search=parameters.get(search, ""),
            start=start * (limit or 0) if first else start,
            limit=limit,
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

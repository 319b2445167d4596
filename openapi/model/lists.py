"""The list of a resource: its response, and the effect of its query parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from openapi.comparisons import ComparedField, Comparison
from openapi.json_value import JsonValue


@dataclass(frozen=True, slots=True)
class Filter:
    """A query parameter that selects the records whose field equals it."""

    parameter: str
    field: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """A query parameter that selects the records by comparing a value in `field` with its own.

    `source` leads to that value among those of the query: the parameter's name, and that of a field if it is an object.
    `parameter` is the name that a request sends, such as `price[gte]`.
    """

    parameter: str
    source: tuple[str, ...]
    field: ComparedField
    comparison: Comparison
    pointer: str

    def sent_in(self, query: Mapping[str, JsonValue]) -> list[JsonValue] | None:
        """The values in the query, one of which must compare; None if the parameter was not sent."""
        value: JsonValue = query
        for name in self.source:
            if not isinstance(value, dict) or name not in value:
                return None
            value = value[name]
        return value if isinstance(value, list) else [value]


@dataclass(frozen=True, slots=True)
class Search:
    """A query parameter that selects the records in which any of the fields contains it, ignoring case."""

    parameter: str
    fields: tuple[str, ...]
    pointer: str
    match: Literal["part", "beginning", "whole"] = "part"
    ignores_case: bool = True


@dataclass(frozen=True, slots=True)
class Paging:
    """How a list is paged: by page number (from 1) or by offset (from 0). Both hold parameter names.

    `refuses_past_end` is whether a page after the last one is refused instead of empty; `least_pages` is how many pages
    there are when nothing matches.
    """

    style: Literal["page", "offset"]
    start: str
    limit: str
    pointer: str
    refuses_past_end: bool = False
    least_pages: int = 0


@dataclass(frozen=True, slots=True)
class CursorPaging:
    """How a list is paged by a cursor, which each response has for the next page. Both hold parameter names."""

    parameter: str
    limit: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is ordered: by creation, or by a field (ties broken by creation)."""

    by: str | None
    descending: bool
    pointer: str


OLDEST_FIRST = Order(by=None, descending=False, pointer="")
"""The default order."""


@dataclass(frozen=True, slots=True)
class SortTerm:
    """A field to sort by."""

    field: ComparedField
    descending: bool


@dataclass(frozen=True, slots=True)
class SortDirection:
    """A query parameter with the direction of a sort, and its two values."""

    parameter: str
    ascending: str
    descending: str


@dataclass(frozen=True, slots=True)
class Sort:
    """Query parameters that choose the order of a list: by one field or several, of which the first counts most.

    `terms` are the names that the `parameter` accepts, several in an array (`many`) or with commas. With a
    `direction`, the direction of all terms is in another parameter.
    """

    parameter: str
    many: bool
    terms: Mapping[str, SortTerm]
    direction: SortDirection | None

    def terms_in(self, query: Mapping[str, JsonValue]) -> tuple[list[SortTerm], list[str]]:
        """The terms that a query names, and the unknown names in it."""
        sent = query.get(self.parameter, [])
        names = [name for text in (sent if isinstance(sent, list) else [sent]) for name in str(text).split(",")]
        known = [self.terms[name] for name in names if name in self.terms]
        if self.direction is not None and query.get(self.direction.parameter) == self.direction.descending:
            known = [SortTerm(term.field, descending=True) for term in known]
        return known, [name for name in names if name not in self.terms]


HeaderWord: TypeAlias = Literal["total", "range", "links"]


@dataclass(frozen=True, slots=True)
class ListResponse:
    """JSON Pointers into a list's response. `items` is '' for a bare array; absent parts are None.

    `fixed` are the values at other pointers, the same in every response. `headers` are those with a count or links,
    by name: `total` is the number of matching records, `range` is a Content-Range such as `items 0-9/57` (RFC 9110,
    section 14.4), `links` leads to other pages (RFC 8288). `next` is the cursor of the next page; on the last page it
    is null (`null_at_end`) or left out.
    """

    items: str
    total: str | None
    page: str | None
    offset: str | None
    limit: str | None
    pages: str | None
    pointer: str
    fixed: Mapping[str, JsonValue] = field(default_factory=dict)
    headers: Mapping[str, HeaderWord] = field(default_factory=dict)
    next: str | None = None
    null_at_end: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """What a resource's list operation returns for which parameters.

    `filters` select records whose field equals a value; `criteria` are all other filters.
    """

    response: ListResponse
    filters: tuple[Filter, ...]
    search: Search | None
    paging: Paging | None
    order: Order
    pointer: str
    criteria: tuple[Criterion, ...] = ()
    sort: Sort | None = None
    cursor: CursorPaging | None = None


@dataclass(frozen=True, slots=True)
class BulkCreate:
    """An operation that creates several records, or none: those of the array at the JSON Pointer `body`, in its order.

    `response` says where the new records are in the response, `shown` which of their fields it has; None for all.
    """

    operation: str
    body: str
    response: ListResponse
    shown: tuple[str, ...] | None
    pointer: str


@dataclass(frozen=True, slots=True)
class OtherList:
    """An additional list of a resource; `shown` are the fields of its records, None for all."""

    listing: Listing
    shown: tuple[str, ...] | None

"""The pages of a list: the query parameters for one, and all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from contract_tests.claims.evaluation import ResponseData, evaluate
from contract_tests.resource.resource_description import Listed, ResourceDescription
from contract_tests.target.client import Exchange
from contract_tests.target.ownership import NotJudgedError
from openapi import CursorPaging, Role
from openapi.json_value import value_at

_PAGE = 20
_WIDE_PAGE = 100
_MOST_PAGES = 100
"""The page size if the document has no maximum, and the most pages that are read."""

List = Callable[..., Listed]
"""Lists with the query parameters that are its keyword arguments."""


def page_query(spec: ResourceDescription, number: int, limit: int) -> dict[str, int]:
    """The query parameters for a page, counted from 0."""
    start = number + 1 if spec.paging.style == "page" else number * limit
    return {spec.paging.start: start, spec.paging.limit: limit}


def allowed_size(spec: ResourceDescription, wanted: int) -> int:
    """The page size `wanted`, or the least one that the document allows if that is larger."""
    return max(wanted, int(spec.parameter(spec.paging.limit).schema.node.get("minimum", wanted)))


def is_later_page(spec: ResourceDescription, parameters: Mapping[str, Any]) -> bool:
    """Whether the query parameters are for another page than the first."""
    paging = spec.listing.paging
    first = 1 if paging and paging.style == "page" else 0
    return paging is not None and int(parameters.get(paging.start, first)) > first


def needed_query(spec: ResourceDescription, query: Mapping[str, Any] | str) -> dict[str, int]:
    """The query parameters of pages that the list requires and `query` lacks: those of the first page."""
    given = dict(parse_qsl(query, keep_blank_values=True)) if isinstance(query, str) else query
    limit = spec.parameter(spec.paging.limit).schema.node
    first = page_query(spec, 0, limit.get("default", min(limit.get("maximum", _PAGE), _PAGE)))
    required = {one.name for one in spec.operation(Role.LIST).parameters if one.location == "query" and one.required}
    return {name: value for name, value in first.items() if name in required and name not in given}


def all_pages(
    spec: ResourceDescription,
    list_by: List,
    trace: Callable[[], Sequence[Exchange]],
    parameters: Mapping[str, Any],
    limit: int | None,
) -> list[Listed]:
    """All pages of a list, of `limit` records or as large as allowed. Raises NotJudgedError if there are too many.

    The last one is empty, repeats the one before, or has fewer records than the first. `trace` returns the exchanges
    so far.
    """
    paging = spec.listing.paging
    if spec.listing.cursor is not None:
        return _by_cursor(spec, spec.listing.cursor, list_by, trace, parameters, limit)
    if paging is None:
        return [list_by(**parameters)]
    size = limit or spec.parameter(paging.limit).schema.node.get("maximum", _WIDE_PAGE)
    found: list[Listed] = []
    while len(found) < _MOST_PAGES:
        one = list_by(**parameters, **page_query(spec, len(found), size))
        found.append(one)
        last = len(found) > 1 and (one.items == found[-2].items or len(one.items) < len(found[0].items))
        if last or not one.items or _has_all(spec, found, trace()):
            return found
    raise NotJudgedError(f"the list has more than {_MOST_PAGES} pages of {size} records")


def _by_cursor(
    spec: ResourceDescription,
    paging: CursorPaging,
    list_by: List,
    trace: Callable[[], Sequence[Exchange]],
    parameters: Mapping[str, Any],
    limit: int | None,
) -> list[Listed]:
    """All pages of a list with cursors. The last one has no cursor, or repeats one."""
    size = limit or spec.parameter(paging.limit).schema.node.get("maximum", _WIDE_PAGE)
    found = [list_by(**parameters, **{paging.limit: size})]
    seen: list[str] = []
    while len(found) <= _MOST_PAGES:
        cursor = evaluate(spec.next_cursor(found[-1]), _last_response(trace()))
        if cursor is None or cursor == "" or cursor in seen:
            return found
        seen.append(cursor)
        found.append(list_by(**parameters, **{paging.limit: size, paging.parameter: cursor}))
    raise NotJudgedError(f"the list has more than {_MOST_PAGES} pages of {size} records")


def _last_response(trace: Sequence[Exchange]) -> dict[int, ResponseData]:
    return {exchange.response.step: exchange.response.response_data for exchange in trace[-1:]}


def _has_all(spec: ResourceDescription, pages: Sequence[Listed], trace: Sequence[Exchange]) -> bool:
    """Whether the pages have as many records as the list says that there are."""
    total = spec.listing.response.total
    response = trace[pages[-1].step - 1].response.json
    number = None if total is None else value_at(response, total)
    return isinstance(number, int) and sum(len(page.items) for page in pages) >= number

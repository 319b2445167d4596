"""The Link header of a list: the URLs of its other pages (RFC 8288)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias
from urllib.parse import quote

from mock_server.http.messages import HttpResponse
from mock_server.http.parameters import pairs
from mock_server.http.validation import Values
from mock_server.records.collection import ListPage
from openapi.contract import Contract
from openapi.model.http import Operation
from openapi.model.lists import Listing

LinkAdder: TypeAlias = Callable[[HttpResponse, ListPage, Values], HttpResponse]
"""Adds the links to the response with a page of a list."""


def link_adder(contract: Contract, operation: Operation, listing: Listing) -> LinkAdder | None:
    """A function that adds the links to a response; None if the list has none."""
    name = next((name for name, word in listing.response.headers.items() if word == "links"), "")
    start = listing.paging.start if listing.paging else listing.cursor.parameter if listing.cursor else ""
    if not name:
        return None
    path = contract.base_path + operation.path

    def add(response: HttpResponse, page: ListPage, values: Values) -> HttpResponse:
        target = path
        for placeholder, value in values.path.items():
            target = target.replace(f"{{{placeholder}}}", quote(str(value), safe=""))
        kept = [f"{quote(one, safe='')}={text}" for one, text in pairs(values.query_text) if one != start]
        links = []
        for relation, value in starts_of(listing, page).items():
            query = "&".join(kept if value is None else [*kept, f"{quote(start, safe='')}={value}"])
            links.append(f'<{target}{"?" if query else ""}{query}>; rel="{relation}"')
        return response._replace(headers=(*response.headers, (name, ", ".join(links))))

    return add


def starts_of(listing: Listing, page: ListPage) -> Mapping[str, int | str | None]:
    """The value of the parameter for the start of a page, by relation; None leaves it out."""
    if listing.paging is None:
        return {"first": None} if page.next is None else {"first": None, "next": page.next}
    last = max(page.pages, 1)
    numbers = {"first": 1, "prev": min(page.page - 1, last), "next": page.page + 1, "last": last}
    numbers = {relation: number for relation, number in numbers.items() if 1 <= number <= last}
    if listing.paging.style == "page":
        return dict(numbers)
    starts = {relation: (number - 1) * page.limit for relation, number in numbers.items()}
    # An offset need not be at the beginning of a page.
    if page.offset:
        starts["prev"] = max(min(page.offset, page.total) - page.limit, 0)
    starts.pop("next", None)
    if page.offset + page.limit < page.total:
        starts["next"] = page.offset + page.limit
    return starts

"""Finds records by their texts: with the search of a list if it has one, otherwise by reading all of its pages."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import requests

from contract_tests.claims.links import link_to, parameter_of
from contract_tests.target.bounded_http import is_success
from contract_tests.target.ledger import Body
from openapi import Contract, Listing, Resource, Role
from openapi.json_value import json_or_none
from openapi.pointers import resolve

Fetch = Callable[[str], "requests.Response | None"]
"""Sends a GET to a path below the base URL; None without a response."""
Item = Mapping[str, Any]
"""A record in a list."""

_MOST_PAGES = 50


class RecordSearch:
    """Reads the records of a service, outside the trace of the run."""

    def __init__(self, contract: Contract, fetch: Fetch) -> None:
        self._resources = contract.resources
        self._fetch = fetch
        self._widest = {resource.name: _widest_page(contract, resource) for resource in contract.resources.values()}

    def get(self, resource: str, key: str) -> requests.Response | None:
        """The response to a get of a record; None without one, or without the operation."""
        one = self._resources[resource]
        if Role.READ not in one.operations:
            return None
        return self._fetch(one.path_of(key))

    def total(self, resource: str) -> int | None:
        """How many records there are, by the total of the list; None if it has none."""
        listing = self._resources[resource].listing
        if listing is None or listing.response.total is None:
            return None
        response = self._fetch(self._resources[resource].collection)
        return None if response is None else self._total_in(resource, parsed(response))

    def first(self, resource: str, texts: Sequence[str], is_wanted: Callable[[Item], bool]) -> Item | None:
        """A wanted record with one of `texts`, from the first page of a search or else from any page."""
        listing = self._resources[resource].listing
        if listing is None or not texts:
            return None
        if listing.search is None:
            pages = self._pages(resource, {})
        else:
            pages = itertools.islice(self._pages(resource, {listing.search.parameter: texts[0]}), 1)
        items = itertools.chain.from_iterable(page or () for page in pages)
        return next((one for one in items if has_text(one, texts) and is_wanted(one)), None)

    def search(self, resource: str, text: str) -> list[Item]:
        """The records on all readable pages of a search; none without a search."""
        listing = self._resources[resource].listing
        if listing is None or listing.search is None:
            return []
        return self._all(resource, {listing.search.parameter: text})[0]

    def showing(self, resource: str, body: Body, text: str) -> tuple[list[Item], bool]:
        """The records that show `text`, which a create sent in `body`, and whether there are no others."""
        if self._resources[resource].listing is None:
            return [], False
        items, is_complete = self._all(resource, search_query(self._resources[resource], body, text))
        return [one for one in items if has_text(one, [text])], is_complete

    def _all(self, resource: str, query: Mapping[str, Any]) -> tuple[list[Item], bool]:
        pages = list(self._pages(resource, {**query, **self._widest[resource]}))
        return [item for page in pages for item in page or ()], None not in pages

    def _pages(self, resource: str, query: Mapping[str, Any]) -> Iterator[list[Item] | None]:
        """The pages of a list, read one by one; finally None if there are more records than could be read."""
        listing, size = self._resources[resource].listing, next(iter(self._widest[resource].values()), None)
        paging = listing.paging if listing else None
        if listing is not None and listing.cursor is not None:
            yield from self._pages_by_cursor(resource, listing, listing.cursor.parameter, query)
            return
        previous: list[Item] = []
        read = 0
        for number in range(_MOST_PAGES):
            start = {paging.start: number + 1 if paging.style == "page" else read} if paging and number else {}
            value = self._list_body(resource, {**query, **start})
            if value is None:
                break
            page, total = self._items_in(resource, value), self._total_in(resource, value)
            is_last = not page or page == previous or paging is None
            if page != previous:
                yield page
                read += len(page)
            if read >= total if total is not None else is_last or len(page) < (size or 0):
                return
            if is_last:
                break
            previous = page
        yield None

    def _pages_by_cursor(
        self, resource: str, listing: Listing, parameter: str, query: Mapping[str, Any]
    ) -> Iterator[list[Item] | None]:
        cursor: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            response = self._fetch(self._target(resource, {**query, **cursor}))
            if response is None or not is_success(response):
                break
            value = parsed(response)
            yield self._items_in(resource, value)
            found = _next_cursor(listing, parameter, value, response)
            if found is None or found == cursor.get(parameter):
                return
            cursor = {parameter: found}
        yield None

    def _target(self, resource: str, query: Mapping[str, Any]) -> str:
        text = urlencode(query, quote_via=quote)
        return self._resources[resource].collection + (f"?{text}" if text else "")

    def _list_body(self, resource: str, query: Mapping[str, Any]) -> Any:
        """The JSON of a list; None without a successful response."""
        response = self._fetch(self._target(resource, query))
        return parsed(response) if response is not None and is_success(response) else None

    def _items_in(self, resource: str, value: Any) -> list[Item]:
        """The records with a key in a list, by the document or deeper in the response."""
        one = self._resources[resource]
        try:
            found = resolve(value, one.listing.response.items) if one.listing else None
        except (LookupError, ValueError, TypeError):
            found = None
        items = found if isinstance(found, list) else objects(value)
        return [item for item in items if isinstance(item, dict) and text_of(one.key_of(item))]

    def _total_in(self, resource: str, value: Any) -> int | None:
        listing = self._resources[resource].listing
        try:
            total = resolve(value, listing.response.total) if listing and listing.response.total is not None else None
        except (LookupError, ValueError, TypeError):
            return None
        return total if isinstance(total, int) else None


def search_query(resource: Resource, body: Body, text: str) -> dict[str, str]:
    """The query parameter that finds the records that show `text` of a create body; none if the search covers none."""
    search = resource.listing.search if resource.listing else None
    for name in search.fields if search else ():
        value = body.get(name)
        if search and isinstance(value, str) and text in value:
            return {search.parameter: text if search.match == "part" else value}
    return {}


def _next_cursor(listing: Listing, parameter: str, value: Any, response: requests.Response) -> str | None:
    """The cursor of the next page, in the body of a list or in its link to that page; None on the last page."""
    try:
        found = resolve(value, listing.response.next) if listing.response.next is not None else None
    except (LookupError, ValueError, TypeError):
        found = None
    links = (response.headers.get(name) for name, word in listing.response.headers.items() if word == "links")
    shown = (text_of(found), *(parameter_of(link_to(text, "next"), parameter) for text in links))
    return next((one for one in shown if one), None)


def _widest_page(contract: Contract, resource: Resource) -> dict[str, Any]:
    """The query parameter for the largest page of the list; none if it is unknown."""
    paging = resource.listing.paging or resource.listing.cursor if resource.listing else None
    parameters = contract.operations[resource.operations[Role.LIST]].parameters if paging else ()
    limit = next((one for one in parameters if paging and one.name == paging.limit), None)
    most = limit.schema.node.get("maximum") if limit else None
    return {limit.name: most} if limit and most else {}


def parsed(response: requests.Response) -> Any:
    """The body of a response as JSON; None if it is not JSON."""
    return json_or_none(response.content)


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """The objects in a JSON value, outer ones first, without recursion."""
    values = [value]
    for index in itertools.count():
        if index >= len(values):
            return
        one = values[index]
        if isinstance(one, dict):
            yield one
            values += one.values()
        elif isinstance(one, list):
            values += one


def scalars(value: Any) -> Iterator[tuple[str, str]]:
    """The strings and whole numbers in the objects of a JSON value, with their names."""
    for one in objects(value):
        for name, inner in one.items():
            text = text_of(inner)
            if text is not None:
                yield name, text


def text_of(value: Any) -> str | None:
    """A string or a whole number as text; None for anything else, and for the empty string."""
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "" else None


def has_text(value: Any, texts: Sequence[str]) -> bool:
    """Whether one of `texts` is in a string of a JSON value, ignoring case, spaces and punctuation."""
    wanted = [_letters(text) for text in texts]
    return not texts or any(one in _letters(text) for _, text in scalars(value) for one in wanted)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()

"""Lists with filters that compare, with an order that the request chooses, with cursors and links."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest

from mock_server.settings.settings import Settings
from mock_server.web.app import create_app
from openapi import load
from tests.mock_server.support import Caller
from tests.openapi.support import GOOD, written

PRODUCTS = [
    {"name": "lamp", "brand": "B", "price": 10, "tags": ["red", "big"], "origin": {"country": "FR", "city": "Lyon"}},
    {"name": "desk", "price": 9.5, "tags": ["big"], "origin": {"country": "DE"}},
    {"name": "vase", "brand": "A", "price": 9.5, "origin": {"country": "FR", "city": "Brest"}},
    {"name": "sofa", "price": 100, "tags": [], "origin": {"country": "PT", "city": "Faro"}},
]


@pytest.fixture(scope="module")
def shop() -> Caller:
    """A shop with four products."""
    call = Caller(create_app(load(GOOD / "shop.yaml"), Settings(empty=True, seed=1)))
    for product in PRODUCTS:
        assert call("POST", "/products", product).status == 201
    return call


def names(call: Caller, query: str) -> str:
    """The first letters of the products that a query finds, in order."""
    response = call.get(f"/products?{query}")
    assert response.status == 200, response
    return "".join(product["name"][0] for product in response.body["products"])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("brand=A", "v"),
        ("minPrice=10", "ls"),
        ("minPrice=9.5", "ldvs"),
        ("price%5Blt%5D=10", "dv"),
        ("minPrice=9.6&price[lt]=100", "l"),
        ("tag=big", "ld"),
        ("tag=red", "l"),
        ("tag=Red", ""),
        ("madeIn=FR&tag=big", "l"),
        ("madeIn=Lyon", ""),
        ("addedAfter=2001-01-01T00:00:00Z", "ldvs"),
        ("addedAfter=2001-01-01T00:00:00%2B02:00&minPrice=50", "s"),
        ("addedAfter=2099-01-01T00:00:00Z", ""),
        ("sort=price", "dvls"),
        ("sort=-price", "sldv"),
        ("sort=price,-city", "vdls"),
        ("sort=city", "dvsl"),
        ("sort=-city", "lsvd"),
        ("sort=-price&madeIn=FR", "lv"),
        ("sort=price&size=2&page=2", "ls"),
        ("sort=-price&size=1&page=2", "l"),
    ],
)
def test_queries_filter_and_sort_products(shop: Caller, query: str, found: str) -> None:
    """Ranges, items of arrays, nested fields and several sort fields work; ties stay in order."""
    assert names(shop, query) == found


def test_the_total_counts_matching_records(shop: Caller) -> None:
    """The total is the number of matching records, even if a page has only one of them."""
    assert shop.get("/products?minPrice=9&tag=big&size=1").body["total"] == 2


@pytest.mark.parametrize(
    ("query", "mistake"),
    [
        ("minPrice=cheap", "write a decimal number"),
        ("addedAfter=today", "date-time"),
        ("sort=brand", "^-?(price|added"),
    ],
)
def test_values_outside_the_schema_are_refused(shop: Caller, query: str, mistake: str) -> None:
    """A bound of another type, and a name that the parameter can't have, are invalid."""
    response = shop.get(f"/products?{query}")
    assert response.status == 400
    assert mistake in response.body["errors"][0]["detail"]


def changed(folder: Any, *pairs: tuple[str, str], document: str = "shop.yaml") -> Caller:
    """A mock of a document with other words."""
    text = (GOOD / document).read_text(encoding="utf-8")
    for old, new in pairs:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return Caller(create_app(load(written(folder, text)), Settings(empty=True, seed=1)))


_TEXT = "schema: {type: string}"
PATTERN = (_TEXT.replace("}", ", pattern: '^-?(price|added|city)(,-?(price|added|city))*$'}"), _TEXT)


def test_sorting_by_an_unknown_field_is_refused(tmp_path: Any) -> None:
    """Sorting by a field that the document does not list is an error that names the listed ones."""
    response = changed(tmp_path, PATTERN).get("/products?sort=brand")
    assert response.status == 400
    assert response.body["errors"] == [
        {
            "in": "query",
            "path": "sort",
            "detail": 'got "brand"; sort by price, added, city, -price, -added, -city',
        }
    ]


def test_unknown_sort_fields_may_be_ignored(tmp_path: Any) -> None:
    """With unknown values ignored, the known fields still count."""
    word = ("x-resources:\n", "x-http: {query: {unknown-values: ignored}}\nx-resources:\n")
    call = changed(tmp_path, PATTERN, word)
    for product in PRODUCTS:
        call("POST", "/products", product)
    assert names(call, "sort=brand") == "ldvs"
    assert names(call, "sort=brand,-price") == "sldv"


def test_deep_object_fields_are_filters(tmp_path: Any) -> None:
    """`price[lt]` may be a field of the parameter `price`, in the style deepObject."""
    members = "{type: object, properties: {lt: {type: number, minimum: 0}}}"
    call = changed(
        tmp_path,
        (
            "{name: 'price[lt]', in: query, schema: {type: number, minimum: 0}}",
            f"{{name: price, in: query, style: deepObject, schema: {members}}}",
        ),
    )
    for product in PRODUCTS:
        call("POST", "/products", product)
    assert names(call, quote("price[lt]") + "=10") == "dv"
    assert call.get("/products?price[lt]=-1").status == 400


def test_the_sort_direction_may_be_a_parameter(tmp_path: Any) -> None:
    """`sortBy` names the field and `order` the direction, which has a default."""
    call = changed(tmp_path, document="sorted-notes.yaml")
    for text in ("b", "c", "a"):
        assert call("POST", "/notes", {"text": text}).status == 201

    def texts(query: str) -> str:
        return "".join(note["text"] for note in call.get(f"/notes?{query}").body["notes"])

    assert [texts(one) for one in ("", "sortBy=text", "sortBy=text&order=DESC", "sortBy=id")] == [
        "acb",
        "abc",
        "cba",
        "bca",
    ]


@pytest.fixture
def orders() -> Caller:
    """A shop with seven orders, of the customers g to a, the newest first."""
    call = Caller(create_app(load(GOOD / "shop.yaml"), Settings(empty=True, seed=1)))
    for customer in "abcdefg":
        assert call("POST", "/orders", {"customer": customer}).status == 201
    return call


def page(call: Caller, query: str) -> tuple[str, str | None]:
    """The customers on a page of orders, and the next cursor."""
    response = call.get(f"/orders?{query}")
    assert response.status == 200, response
    return "".join(order["customer"] for order in response.body["orders"]), response.body["next"]


def test_a_cursor_leads_to_the_next_page(orders: Caller) -> None:
    """Each page but the last has the cursor of the next one; the page size may change in between."""
    first, after = page(orders, "size=3")
    second, later = page(orders, f"size=2&after={after}")
    assert (first, second, page(orders, f"after={later}")) == ("gfe", "dc", ("ba", None))
    assert page(orders, "size=7") == ("gfedcba", None)


def test_cursors_are_stable_under_changes(orders: Caller) -> None:
    """Creates and deletes during paging, even of the cursor's own record, do not move the next page."""
    _, after = page(orders, "size=3")
    orders("POST", "/orders", {"customer": "new"})
    listed = orders.get("/orders?size=9").body["orders"]
    for order in listed:
        if order["customer"] in "ge":
            assert orders("DELETE", f"/orders/{order['number']}").status == 204
    assert page(orders, f"size=9&after={after}") == ("dcba", None)


@pytest.mark.parametrize("cursor", ["", "nonsense", "é", "cSkXB_jJW1tdLFtdLFtbXSw3XV1", "AAAA", "a b"])
def test_invalid_cursors_are_refused(orders: Caller, cursor: str) -> None:
    """An invalid cursor is a violation, and the message says what to send."""
    response = orders.get(f"/orders?after={quote(cursor)}")
    assert response.status == 400
    (mistake,) = response.body["errors"]
    assert (mistake["in"], mistake["path"]) == ("query", "after")
    assert mistake["detail"].endswith("; send a cursor from a response")


def test_the_cursor_of_another_order_is_refused(tmp_path: Any) -> None:
    """A cursor of a sorted list does not fit the list in another order."""
    cursor = "        - {name: after, in: query, schema: {type: string}}\n"
    paging = "      paging: {cursor: after, limit: size}\n"
    call = changed(
        tmp_path,
        (cursor, cursor + cursor.replace("after", "sort")),
        (paging, f"{paging}      sort: {{parameter: sort, fields: [customer]}}\n"),
    )
    for customer in "bcad":
        call("POST", "/orders", {"customer": customer})
    first, after = page(call, "sort=customer&size=2")
    assert (first, page(call, f"sort=customer&size=2&after={after}")) == ("ab", ("cd", None))
    response = call.get(f"/orders?size=2&after={after}")
    assert response.status == 400
    assert "send it with its own order" in response.body["errors"][0]["detail"]


def link(call: Caller, query: str) -> str:
    """The Link header of a list of products."""
    return call.get(f"/products?{query}").headers["Link"]


def test_page_links_keep_the_other_parameters(shop: Caller) -> None:
    """The links of a page have the parameters of the request, as they were sent, with another page."""
    of = "minPrice=1&size=2&madeIn=%46R"
    assert link(shop, f"{of}&page=1") == f'</products?{of}&page=1>; rel="first", </products?{of}&page=1>; rel="last"'
    assert link(shop, "page=2&size=1") == (
        '</products?size=1&page=1>; rel="first", </products?size=1&page=1>; rel="prev", '
        '</products?size=1&page=3>; rel="next", </products?size=1&page=4>; rel="last"'
    )


@pytest.mark.parametrize(
    ("query", "starts"),
    [
        ("size=3", {"first": "1", "next": "2", "last": "2"}),
        ("size=3&page=2", {"first": "1", "prev": "1", "last": "2"}),
        ("size=3&page=9", {"first": "1", "prev": "2", "last": "2"}),
        ("minPrice=1000", {"first": "1", "last": "1"}),
    ],
)
def test_links_lead_only_to_existing_pages(shop: Caller, query: str, starts: dict[str, str]) -> None:
    """The first page has no previous one and the last one no next one; behind the end, the last page is previous."""
    found = re.findall(r'page=(\d+)>; rel="(\w+)"', link(shop, query))
    assert {relation: number for number, relation in found} == starts


def test_offset_links_count_records(tmp_path: Any) -> None:
    """With an offset, links count records, also from an offset within a page."""
    call = changed(
        tmp_path,
        (
            "{name: page, in: query, schema: {type: integer, minimum: 1, default: 1}}",
            "{name: skip, in: query, schema: {type: integer, minimum: 0}}",
        ),
        ("paging: {page: page, limit: size}", "paging: {offset: skip, limit: size}"),
    )
    for product in PRODUCTS * 2:
        call("POST", "/products", product)

    def starts(query: str) -> dict[str, int]:
        header = call.get(f"/products?{query}").headers["Link"]
        return {name: int(number) for number, name in re.findall(r'skip=(\d+)>; rel="(\w+)"', header)}

    assert starts("size=3") == {"first": 0, "next": 3, "last": 6}
    assert starts("size=3&skip=2") == {"first": 0, "prev": 0, "next": 5, "last": 6}
    assert starts("size=3&skip=6") == {"first": 0, "prev": 3, "last": 6}

"""Lists with filters that compare, and with an order that the request chooses."""

from __future__ import annotations

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
    answer = call.get(f"/products?{query}")
    assert answer.status == 200, answer
    return "".join(product["name"][0] for product in answer.body["products"])


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
def test_a_query_finds_products_in_order(shop: Caller, query: str, found: str) -> None:
    """Bounds, items of arrays, fields of fields and several sort fields select what they say; ties stay in order."""
    assert names(shop, query) == found


def test_the_total_counts_what_a_filter_matches(shop: Caller) -> None:
    """The total is that of the matching records, on a page that holds one of them."""
    assert shop.get("/products?minPrice=9&tag=big&size=1").body["total"] == 2


@pytest.mark.parametrize(
    ("query", "mistake"),
    [
        ("minPrice=cheap", "write a decimal number"),
        ("addedAfter=today", "date-time"),
        ("sort=brand", "^-?(price|added"),
    ],
)
def test_a_value_that_the_schema_forbids_is_refused(shop: Caller, query: str, mistake: str) -> None:
    """A bound of another type, and a name that the parameter can't have, are invalid."""
    answer = shop.get(f"/products?{query}")
    assert answer.status == 400
    assert mistake in answer.body["errors"][0]["detail"]


def changed(folder: Any, *pairs: tuple[str, str], document: str = "shop.yaml") -> Caller:
    """A mock of a document with other words."""
    text = (GOOD / document).read_text(encoding="utf-8")
    for old, new in pairs:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return Caller(create_app(load(written(folder, text)), Settings(empty=True, seed=1)))


_TEXT = "schema: {type: string}"
PATTERN = (_TEXT.replace("}", ", pattern: '^-?(price|added|city)(,-?(price|added|city))*$'}"), _TEXT)


def test_an_unknown_field_to_sort_by_is_refused(tmp_path: Any) -> None:
    """A name that the document does not list is a mistake that says which names there are."""
    answer = changed(tmp_path, PATTERN).get("/products?sort=brand")
    assert answer.status == 400
    assert answer.body["errors"] == [
        {
            "in": "query",
            "path": "sort",
            "detail": 'got "brand"; sort by price, added, city, -price, -added, -city',
        }
    ]


def test_an_unknown_field_to_sort_by_is_ignored_where_the_document_says_so(tmp_path: Any) -> None:
    """With unknown values ignored, the known fields still count."""
    word = ("x-resources:\n", "x-http: {query: {unknown-values: ignored}}\nx-resources:\n")
    call = changed(tmp_path, PATTERN, word)
    for product in PRODUCTS:
        call("POST", "/products", product)
    assert names(call, "sort=brand") == "ldvs"
    assert names(call, "sort=brand,-price") == "sldv"


def test_a_field_of_an_object_is_a_filter(tmp_path: Any) -> None:
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


def test_a_direction_may_be_another_parameter(tmp_path: Any) -> None:
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

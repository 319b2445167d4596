"""What is inferred of filters that compare, of sorts, cursors and headers."""

from __future__ import annotations

from pathlib import Path

import pytest

from openapi import Contract, load
from tests.openapi.support import GOOD, written

PATTERN = "schema: {type: string, pattern: '^-?(price|added|city)(,-?(price|added|city))*$'}"
ENUM = "schema: {type: string, enum: [price, -price, added, -added]}"


def inferred(folder: Path, *pairs: tuple[str, str]) -> Contract:
    """The contract of the shop without our keywords, with some strings replaced."""
    text = (GOOD / "shop.yaml").read_text(encoding="utf-8").partition("x-resources:")[0]
    for old, new in ((PATTERN, ENUM), *pairs):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return load(written(folder, text))


def entry(contract: Contract, name: str) -> dict[str, object]:
    """What was inferred of a list."""
    assert contract.inference is not None
    return dict(contract.inference.resources[name]["list"])


def test_ranges_sorting_cursors_and_links_are_inferred(tmp_path: Path) -> None:
    """Numeric and time ranges, items of arrays, a sort, a cursor and a header with links are inferred."""
    contract = inferred(tmp_path)
    assert entry(contract, "product") == {
        "answer": {"items": "/products", "total": "/total", "headers": {"Link": "links"}},
        "paging": {"page": "page", "limit": "size"},
        "sort": {
            "parameter": "sort",
            "fields": ["price", "added"],
            "ascending": "{field}",
            "descending": "-{field}",
        },
        "filters": {
            "brand": "brand",
            "minPrice": {"field": "price", "is": "at-least"},
            "price[lt]": {"field": "price", "is": "below"},
            "addedAfter": {"field": "added", "is": "above"},
            "tag": "tags",
        },
    }
    assert entry(contract, "order") == {
        "answer": {"items": "/orders", "next": "/next"},
        "paging": {"cursor": "after", "limit": "size"},
    }


def test_a_sort_direction_is_inferred(tmp_path: Path) -> None:
    """A parameter with two directions belongs to the one that lists the fields."""
    other = "schema: {type: string, enum: [Price, added]}\n        - {name: order, in: query, "
    other += "schema: {type: string, enum: [ASC, DESC]}}\n        - name: zone\n          in: query\n          "
    contract = inferred(tmp_path, (ENUM, f"{other}schema: {{type: string}}"), ("name: sort\n", "name: sortBy\n"))
    assert entry(contract, "product")["sort"] == {
        "parameter": "sortBy",
        "fields": {"Price": "price", "added": "added"},
        "direction": "order",
        "ascending": "ASC",
        "descending": "DESC",
    }


@pytest.mark.parametrize(
    ("old", "new", "parameter", "reason"),
    [
        (ENUM, "schema: {type: string}", "sort", "the document does not list the fields that it sorts by"),
        (ENUM, "schema: {type: string, enum: [price, relevance]}", "sort", "the document does not list the fields"),
        ("{name: minPrice, in: query, schema: {type: number", "{name: minWeight, in: query, schema: {type: number",
         "minWeight", "no field of the record has that name"),
        ("{name: addedAfter, in: query, schema: {type: string, format: date-time}}",
         "{name: addedAfter, in: query, schema: {type: string}}", "addedAfter", "no field of the record"),
        ("{name: tag, in: query, schema: {type: string}}", "{name: tag, in: query, schema: {type: integer}}", "tag",
         "no field of the record"),
    ],
)  # fmt: skip
def test_a_name_without_a_fitting_schema_stays_undecided(
    tmp_path: Path, old: str, new: str, parameter: str, reason: str
) -> None:
    """A name without a fitting schema is listed with the reason, and has no effect."""
    contract = inferred(tmp_path, (old, new))
    assert contract.inference is not None
    undecided = contract.inference.undecided[f"GET /products, query parameter {parameter}"]
    assert undecided.startswith(reason)


def test_a_next_cursor_without_a_parameter_is_null(tmp_path: Path) -> None:
    """A required cursor that no parameter accepts is always null."""
    contract = inferred(tmp_path, ("{name: after, in: query", "{name: zone, in: query"))
    assert entry(contract, "order")["answer"] == {"items": "/orders", "fixed": {"/next": None}}

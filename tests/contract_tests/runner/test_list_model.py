"""The model of lists."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contract_tests.runner.list_model import contains, matching
from openapi import Contract, Listing

RECORDS: list[dict[str, Any]] = [
    {
        "uuid": "1",
        "number": "+12025550101",
        "name": "Front Desk",
        "provider": None,
        "status": "active",
        "type": "shared",
    },
    {"uuid": "2", "number": "+12025550102", "name": None, "provider": "Straße", "status": "active", "type": "private"},
    {"uuid": "3", "number": "+12025550103", "name": "desk 2", "provider": "x", "status": "pending", "type": "shared"},
]


@pytest.fixture
def listing(contract: Contract) -> Listing:
    """The list operation of phones."""
    found = contract.resources["phone"].listing
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("parameters", "keys"),
    [
        ({}, "321"),
        ({"page": 2, "limit": 1}, "321"),
        ({"search": ""}, "321"),
        ({"search": "DESK"}, "31"),
        ({"search": "0102"}, "2"),
        ({"search": "STRASSE"}, "2"),
        ({"search": "%"}, ""),
        ({"search": "None"}, ""),
        ({"search": "active"}, ""),
        ({"status": "active"}, "21"),
        ({"status": "inactive"}, ""),
        ({"type": "shared"}, "31"),
        ({"type": "shared", "status": "active"}, "1"),
        ({"type": "shared", "search": "2025"}, "31"),
        ({"type": "private", "search": "desk"}, ""),
    ],
)
def test_filters_combine_and_a_search_ignores_case(listing: Listing, parameters: dict[str, Any], keys: str) -> None:
    """Filters combine, a search ignores case and covers only its fields, and the newest comes first."""
    assert "".join(record["uuid"] for record in matching(RECORDS, listing, parameters)) == keys


@pytest.mark.parametrize(("descending", "keys"), [(False, "213"), (True, "312")])
def test_records_are_sorted_by_a_field(listing: Listing, descending: bool, keys: str) -> None:
    """Records are sorted by the field; those without it come first."""
    order = replace(listing.order, by="name", descending=descending)
    found = matching(RECORDS, replace(listing, order=order), {})
    assert "".join(record["uuid"] for record in found) == keys


def test_matching_does_not_change_its_argument(listing: Listing) -> None:
    """Matching does not change its argument."""
    before = list(RECORDS)
    matching(RECORDS, listing, {"status": "active"}).clear()
    assert before == RECORDS


@pytest.mark.parametrize(("text", "wanted"), [("front", True), ("T D", True), ("", True), ("fronts", False)])
def test_a_search_finds_text_in_any_of_the_fields(text: str, wanted: bool) -> None:
    """A text is found in any of the fields, ignoring case; null contains nothing."""
    assert contains(RECORDS[0], ("provider", "name"), text) is wanted
    assert contains(RECORDS[0], ("provider", "missing"), text) is False

"""Where the mock's response differs in kind from the service's, and where it is only other data."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from mock_server.server.server import MockServer
from mock_server.upstream.comparison import Comparison, Side
from openapi import Contract, Role
from tests.mock_server.upstream.services import json_response, scripted

JSON = (("Content-Type", "application/json"),)
PHONE: dict[str, Any] = {"uuid": "a", "name": None, "createdAt": "2026-01-01T00:00:00Z"}
OLDER: dict[str, Any] = {**PHONE, "uuid": "b", "createdAt": "2025-01-01T00:00:00Z"}
LIST: dict[str, Any] = {"phones": [PHONE, OLDER], "total": 2, "page": 1, "limit": 10, "totalPages": 1}


@pytest.fixture(scope="module")
def of_lists(contract: Contract) -> Comparison:
    """The comparison of lists of phones."""
    return Comparison(contract.operations["listPhones"], contract.resources["phone"], Role.LIST)


SAME_KIND: list[tuple[Any, Any]] = [
    (LIST, {**LIST, "phones": [], "total": 0, "totalPages": 0}),
    (LIST, {**LIST, "phones": [{**PHONE, "name": "Desk"}]}),
    (LIST, {**LIST, "total": 25, "totalPages": 3}),
    ({**LIST, "total": 2.0}, LIST),
]
OTHER_KIND: list[tuple[Any, Any, str]] = [
    ({**LIST, "cursor": "x"}, LIST, "shape /cursor: only the service has it"),
    (LIST, {**LIST, "cursor": "x"}, "shape /cursor: only the mock has it"),
    ({**LIST, "phones": [{**PHONE, "tags": []}]}, LIST, "shape /phones/*/tags: only the service has it"),
    ({**LIST, "total": "2"}, LIST, "shape /total: string in the service, number in the mock"),
    ({"data": LIST["phones"]}, LIST, "shape /data: only the service has it"),
    (LIST["phones"], LIST, "shape of the body: array in the service, object in the mock"),
    (
        {**LIST, "phones": [OLDER, PHONE]},
        LIST,
        "order by createdAt: ascending in the service, descending in the mock",
    ),
    ({**LIST, "limit": 50}, LIST, "counts: the limit as requested does not hold in the service, unlike in the mock"),
    (
        {**LIST, "totalPages": 7},
        LIST,
        "counts: pages = total / limit, rounded up does not hold in the service, unlike in the mock",
    ),
]


@pytest.mark.parametrize(("theirs", "ours"), SAME_KIND)
def test_other_values_of_the_same_kind_are_equal(of_lists: Comparison, theirs: Any, ours: Any) -> None:
    """Other records, totals, nulls and empty lists are of the same kind."""
    assert of_lists.differences(Side(200, JSON, theirs), Side(200, JSON, ours), {"limit": "10"}) == []


@pytest.mark.parametrize(("theirs", "ours", "expected"), OTHER_KIND)
def test_values_of_another_kind_differ(of_lists: Comparison, theirs: Any, ours: Any, expected: str) -> None:
    """Differing fields, types, order and counts are reported, each with its pointer."""
    assert expected in of_lists.differences(Side(200, JSON, theirs), Side(200, JSON, ours), {"limit": "10"})


def test_with_different_statuses_bodies_are_not_compared(of_lists: Comparison) -> None:
    """If the statuses differ, the bodies are not compared."""
    found = of_lists.differences(Side(200, JSON, LIST), Side(400, JSON, {"success": False}), {})
    assert found == ["status: the service answers 200, the mock 400"]


def test_another_media_type_is_a_difference(of_lists: Comparison) -> None:
    """The media types are compared without parameters such as charset."""
    utf8 = (("content-type", "application/json; charset=utf-8"),)
    assert of_lists.differences(Side(200, utf8, LIST), Side(200, JSON, LIST), {}) == []
    text = (("content-type", "text/plain"),)
    expected = "header Content-Type: the service sends text/plain, the mock application/json"
    assert of_lists.differences(Side(200, text, None), Side(200, JSON, LIST), {})[0] == expected


def test_unknown_records_are_compared_by_another_record(contract: Contract) -> None:
    """For a record that only the service has, the mock responds with one of its own records."""
    with (
        MockServer(contract, seed=7) as service,
        MockServer(contract, seed=8, upstream=service.url, upstream_mode="compare") as mock,
    ):
        key = requests.get(f"{service.url}/phones", timeout=10).json()["phones"][0]["uuid"]
        for path in ("/phones?limit=3&page=2", f"/phones/{key}", "/phones/none", "/phones?limit=0", "/phones?search=a"):
            response = requests.get(mock.url + path, timeout=10)
            assert response.headers["X-Mock-Source"] == "upstream"
        root = mock.url.replace("/api", "/__mock/")
        assert requests.get(f"{root}upstream", timeout=10).json()["differences"] == []


def test_differences_are_in_the_journal_and_counted(contract: Contract) -> None:
    """Each kind is listed once in /__mock/upstream, with its count; the client gets the service's response."""
    with (
        scripted(lambda _: json_response(b'{"items": []}')) as service,
        MockServer(contract, upstream=service.url, upstream_mode="compare") as mock,
    ):
        for _ in range(2):
            assert requests.get(f"{mock.url}/phones", timeout=10).json() == {"items": []}
        root = mock.url.replace("/api", "/__mock/")
        (entry, _) = requests.get(f"{root}requests", timeout=10).json()["requests"]
        found = requests.get(f"{root}upstream", timeout=10).json()["differences"]
    assert "shape /items: only the service has it" in entry["differences"]
    assert [one["difference"] for one in found] == entry["differences"]
    assert {(one["operationId"], one["count"]) for one in found} == {("listPhones", 2)}

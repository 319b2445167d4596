"""The services written independently of the mock keep the contract, and the check agrees."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.proof.independent.services import SERVICES
from tests.proof.proving import run_check

TOKEN = "independent-token"
_numbers = itertools.count(1000)


class Caller:
    """Sends requests to a service, with the token by default."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, method: str, path: str = "/phones", body: Any = None, **how: Any) -> requests.Response:
        """Send `body` as JSON; `how` are further arguments of `requests.request`."""
        headers = {"Authorization": f"Bearer {TOKEN}", **how.pop("headers", {})}
        if body is not None:
            how["data"] = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        return requests.request(method, self.url + path, headers=headers, timeout=10, **how)

    def register(self, **members: Any) -> dict[str, Any]:
        """Register a phone with a new number, and return it."""
        response = self("POST", body={"number": f"+6135550{next(_numbers)}", **members})
        assert response.status_code == 201, response.text
        phone: dict[str, Any] = response.json()
        return phone


@pytest.fixture(scope="module", params=sorted(SERVICES))
def call(request: pytest.FixtureRequest) -> Iterator[Caller]:
    """A caller of each service in turn."""
    with SERVICES[request.param](0, TOKEN) as service:
        yield Caller(service.url)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_the_independent_service_has_no_findings(name: str) -> None:
    """A quick run finds nothing, not even a refuted assumption, and leaves no record behind."""
    with SERVICES[name](0, TOKEN) as service:
        outcome = run_check(service.url, name, ["--strict", "--profile", "quick", "--seed", "7"], TOKEN)
    assert (outcome.code, outcome.findings, outcome.trouble) == (0, (), ""), outcome.output


@pytest.mark.parametrize(
    ("status", "method", "path", "how"),
    [
        (200, "GET", "/phones", {}),
        (200, "GET", "/phones?unknown=1&unknown=2", {}),
        (200, "GET", "/phones?search=&page=900000000000000000000", {}),
        (204, "OPTIONS", "/phones", {"headers": {"Authorization": ""}}),
        (400, "GET", "/phones?page=", {}),
        (400, "GET", "/phones?page=1e2", {}),
        (400, "GET", "/phones?page=%EF%BC%91%EF%BC%90", {}),
        (400, "GET", "/phones?limit=101", {}),
        (400, "GET", "/phones?limit=5&limit=5", {}),
        (400, "GET", "/phones?status=ACTIVE", {}),
        (400, "GET", f"/phones?search={'a' * 201}", {}),
        (400, "POST", "/phones", {"body": {}}),
        (400, "POST", "/phones", {"body": {"number": "+12025550143\n"}}),
        (400, "POST", "/phones", {"body": {"number": "+12025550143", "uuid": "mine"}}),
        (400, "POST", "/phones", {"body": {"number": "+12025550143", "name": "\ud800"}}),
        (400, "POST", "/phones", {"data": b"{", "headers": {"Content-Type": "application/json"}}),
        (400, "PATCH", "/phones/unknown", {"body": {}}),
        (400, "PATCH", "/phones/unknown", {"body": {"name": None}}),
        (401, "GET", "/phones", {"headers": {"Authorization": "Bearer another"}}),
        (401, "POST", "/phones", {"data": b"{", "headers": {"Authorization": "", "Content-Type": "text/plain"}}),
        (404, "GET", "/phones/not-a-uuid", {}),
        (404, "PATCH", "/phones/unknown", {"body": {"name": "x"}}),
        (404, "DELETE", "/phones/unknown", {}),
        (404, "PUT", "/numbers", {"headers": {"Authorization": ""}}),
        (405, "PUT", "/phones", {"headers": {"Authorization": ""}}),
        (405, "POST", "/phones/unknown", {}),
        (413, "POST", "/phones", {"data": b" " * 1_048_577, "headers": {"Content-Type": "application/json"}}),
        (415, "POST", "/phones", {"data": b"{", "headers": {"Content-Type": "text/plain"}}),
        (415, "PATCH", "/phones/unknown", {"data": b"{}"}),
    ],
)
def test_each_request_gets_the_status_of_the_contract(
    call: Caller, status: int, method: str, path: str, how: dict[str, Any]
) -> None:
    """Each request gets the contract's status, and each error the contract's body."""
    response = call(method, path, **how)
    assert response.status_code == status, response.text
    if status >= 400:
        assert response.json()["success"] is False
        assert response.json()["message"]
    if status in (204, 405):
        assert {"GET", "HEAD", "OPTIONS"} <= set(response.headers["Allow"].replace(" ", "").split(","))


def test_a_new_phone_has_the_defaults_of_the_contract(call: Caller) -> None:
    """Missing fields get the contract's defaults, the country comes from the number, and referenceId is not shown."""
    phone = call.register(referenceId="PN-1")
    assert {name: phone[name] for name in ("type", "name", "provider", "countryCode", "smsEnabled", "status")} == {
        "type": "private",
        "name": None,
        "provider": None,
        "countryCode": "AU",
        "smsEnabled": False,
        "status": "registered",
    }
    assert "referenceId" not in phone
    assert phone["createdAt"] == phone["updatedAt"]
    assert call.register(type="ordered", countryCode="NZ")["status"] == "pending"


def test_a_number_is_registered_once(call: Caller) -> None:
    """A registered number is a conflict, and is free again after a delete."""
    phone = call.register()
    assert call("POST", body={"number": phone["number"]}).status_code == 409
    assert call("DELETE", f"/phones/{phone['uuid']}").json()["success"] is True
    assert call("DELETE", f"/phones/{phone['uuid']}").status_code == 404
    assert call("POST", body={"number": phone["number"]}).json()["uuid"] != phone["uuid"]


def test_an_update_changes_only_the_named_fields(call: Caller) -> None:
    """Only the named fields change, and the time of change moves forward even if all values stay the same."""
    phone = call.register(name="Front desk", provider="twilio")
    once = call("PATCH", f"/phones/{phone['uuid']}", {"status": "inactive"}).json()
    twice = call("PATCH", f"/phones/{phone['uuid']}", {"status": "inactive"}).json()
    assert {**phone, "status": "inactive", "updatedAt": ""} == {**once, "updatedAt": ""} == {**twice, "updatedAt": ""}
    assert phone["updatedAt"] < once["updatedAt"] < twice["updatedAt"]
    assert call("GET", f"/phones/{phone['uuid']}").json() == twice


def test_lists_are_filtered_searched_counted_and_paged(call: Caller) -> None:
    """All filters apply, no character is a wildcard, the newest is first, and the counts are those of the matches."""
    made = [call.register(name=f"Lists {index}% Zürich", type=("shared", "private")[index % 2]) for index in range(5)]
    page = call("GET", "/phones?search=ISTS%20&limit=3").json()
    assert [phone["uuid"] for phone in page["phones"]] == [phone["uuid"] for phone in made[:1:-1]]
    assert {name: page[name] for name in ("total", "page", "limit", "totalPages")} == {
        "total": 5,
        "page": 1,
        "limit": 3,
        "totalPages": 2,
    }
    past = call("GET", "/phones?search=lists+&type=shared&page=3&limit=2").json()
    assert (past["phones"], past["total"], past["totalPages"]) == ([], 3, 2)
    assert call("GET", "/phones?search=Z%C3%9CRICH").json()["total"] == 5
    assert call("GET", "/phones?search=lists_").json()["total"] == 0
    assert call("GET", "/phones?search=lists%201%25").json()["total"] == 1
    assert call("GET", "/phones?search=matches-nothing").json()["totalPages"] == 0


def test_head_is_a_get_without_a_body(call: Caller) -> None:
    """HEAD has the status and the length of GET, and no body."""
    get, head = call("GET"), call("HEAD")
    assert (head.status_code, head.headers["Content-Length"], head.content) == (200, str(len(get.content)), b"")


def test_location_leads_to_the_new_phone(call: Caller) -> None:
    """Location, resolved against the request, is the URL of the new phone."""
    response = call("POST", body={"number": f"+6135550{next(_numbers)}"})
    location = requests.compat.urljoin(response.url, response.headers["Location"])
    assert location == f"{call.url}/phones/{response.json()['uuid']}"


def test_a_preflight_allows_other_origins(call: Caller) -> None:
    """A page of another origin may send requests and read the responses."""
    wanted = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "PATCH", "Authorization": ""}
    preflight = call("OPTIONS", "/phones/unknown", headers=wanted)
    assert "PATCH" in preflight.headers["Access-Control-Allow-Methods"]
    assert preflight.headers["Access-Control-Allow-Origin"] in ("*", "http://localhost:3000")
    assert "Access-Control-Allow-Origin" in call("GET", headers={"Origin": "http://localhost:3000"}).headers


def test_a_number_without_a_country_is_accepted(call: Caller) -> None:
    """A number without a country is accepted, as the document allows, and gets the country US."""
    response = call("POST", body={"number": "+99955501234"})
    assert (response.status_code, response.json()["countryCode"]) == (201, "US")

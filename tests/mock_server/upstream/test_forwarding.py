"""What is forwarded to the service behind the mock and back, and what the journal shows of it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from mock_server.server.server import MockServer
from mock_server.settings.settings import Settings
from mock_server.settings.upstream_settings import UpstreamSettings
from mock_server.web.app import create_app
from openapi import Contract
from tests.mock_server.support import Caller
from tests.mock_server.upstream.services import Received, Scripted, Service, json_response, scripted

TOKEN = "token-of-the-service"
PHONE = {
    "uuid": "0b0e7a5c-5a0b-4a3b-9d0e-1c2d3e4f5a6b",
    "name": "Desk",
    "number": "+12025550143",
    "type": "private",
    "countryCode": "US",
    "provider": None,
    "status": "active",
    "smsEnabled": False,
    "createdAt": "2026-01-10T12:00:00Z",
    "updatedAt": "2026-01-10T12:00:00Z",
}


def page_of(*phones: dict[str, Any]) -> bytes:
    """The body of a list with these phones."""
    return json.dumps(
        {"phones": phones, "total": len(phones), "page": 1, "limit": 10, "totalPages": 1 if phones else 0}
    ).encode()


def links(own: str) -> Scripted:
    """A response with links to itself, one of them with escaped slashes, and with the credentials."""
    body = f'{{"next": "{own}/phones?page=2", "said": "{own}"}}'.replace(f'"{own}"', f'"{own}"'.replace("/", "\\/"))
    return json_response(body.encode(), Link=f'<{own}/phones?page=2>; rel="next"', X_Echo=f"at {TOKEN}")


FIELDS = {
    "Content-Type": "application/json",
    "Connection": "X-Hop",
    "X-Hop": "1",
    "Set-Cookie": "sid=1",
    "Strict-Transport-Security": "max-age=9",
    "X-Mine": "2",
    "Access-Control-Allow-Origin": "*",
}


def respond(request: Received) -> Scripted:
    """The response of the service in these tests, by the search."""
    path, _, query = request.target.partition("?")
    own = f"http://{request.headers['host']}/v1"
    if request.method == "POST":
        return json_response(json.dumps(PHONE).encode(), 201, Location=f"{own}{path[3:]}/{PHONE['uuid']}")
    responses = {
        "search=links": links(own),
        "search=gzip": json_response(gzip.compress(page_of(PHONE)), Content_Encoding="gzip"),
        "search=fields": Scripted(200, FIELDS, page_of()),
        "search=broken": json_response(page_of({**PHONE, "status": "gone", "number": "12"})),
        "search=more": json_response(page_of({**PHONE, "carrier": "x"}, {**PHONE, "uuid": "b", "carrier": "y"})),
        "search=moved": Scripted(302, {"Location": "/v1/phones?search=gzip"}, b""),
        "search=teapot": Scripted(418, {"Content-Type": "text/plain"}, b"short and stout"),
    }
    return responses.get(query, json_response(page_of(PHONE)))


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """The service."""
    with scripted(respond) as service:
        yield service


@pytest.fixture
def mock(service: Service) -> Iterator[MockServer]:
    """A mock in front of the service, which also forwards writes."""
    service.received.clear()
    with MockServer(upstream=service.url, upstream_writes=True, upstream_token=TOKEN) as mock:
        yield mock


def journal(mock: MockServer) -> dict[str, Any]:
    """The newest entry of the journal."""
    url = mock.url.replace("/api", "/__mock/requests?limit=1")
    entry: dict[str, Any] = requests.get(url, timeout=10).json()["requests"][0]
    return entry


def test_reads_are_forwarded(mock: MockServer, service: Service) -> None:
    """Path, query and response are forwarded unchanged, and the response names its source."""
    response = requests.get(f"{mock.url}/phones?search=%2B1%20a&x=%C3%A9", timeout=10)
    assert (response.status_code, response.headers["X-Mock-Source"]) == (200, "upstream")
    assert response.json()["phones"] == [PHONE]
    assert service.received[-1].target == "/v1/phones?search=%2B1%20a&x=%C3%A9"
    assert journal(mock)["source"] == "upstream"


def test_writes_are_forwarded_once_with_their_body(mock: MockServer, service: Service) -> None:
    """The service gets the body as it was sent; its Location leads to the mock."""
    response = requests.post(f"{mock.url}/phones", json={"number": "+12025550143"}, timeout=10)
    assert (response.status_code, response.json()) == (201, PHONE)
    assert response.headers["Location"] == f"{mock.url}/phones/{PHONE['uuid']}"
    (received,) = service.received
    assert json.loads(received.body) == {"number": "+12025550143"}
    assert received.headers["content-type"] == "application/json"


def test_session_prefixes_stay_with_the_mock(mock: MockServer, service: Service) -> None:
    """The session prefix does not reach the service; the mock adds it to the links of the response."""
    url = mock.url.replace("/api", "/__s/ada/api")
    assert requests.get(f"{url}/phones?search=links", timeout=10).json()["next"] == f"{url}/phones?page=2"
    assert service.received[-1].target == "/v1/phones?search=links"


def test_credentials_and_connection_headers_are_not_forwarded(mock: MockServer, service: Service) -> None:
    """The client's connection headers, origin and credentials do not reach the service."""
    sent = {
        "Authorization": "Bearer of-the-client",
        "Cookie": "sid=1",
        "Connection": "keep-alive, X-Hop",
        "X-Hop": "1",
        "TE": "trailers",
        "Origin": "http://localhost:5173",
        "X-Mock-Session": "ada",
        "X-Forwarded-For": "10.0.0.1",
        "X-Mine": "2",
        "Accept": "application/json",
    }
    response = requests.get(f"{mock.url}/phones", headers=sent, timeout=10)
    headers = service.received[-1].headers
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert (headers["x-mine"], headers["accept"], headers["via"]) == ("2", "application/json", "1.1 callcamp-mock")
    assert not {"cookie", "x-hop", "te", "origin", "x-mock-session", "x-forwarded-for"} & headers.keys()
    assert headers["host"] == service.url.split("/")[2]
    assert response.headers["Access-Control-Allow-Origin"] == "http://localhost:5173"


def test_only_client_facing_response_headers_are_returned(mock: MockServer) -> None:
    """Cookies, connection headers and rules for the service's host are dropped; other headers are returned."""
    headers = requests.get(f"{mock.url}/phones?search=fields", timeout=10).headers
    assert headers["X-Mine"] == "2"
    assert not {"x-hop", "set-cookie", "strict-transport-security", "access-control-allow-origin"} & {
        name.lower() for name in headers
    }


def test_compressed_responses_are_decoded_and_checked(mock: MockServer) -> None:
    """The client gets the decoded body, with the right length."""
    response = requests.get(f"{mock.url}/phones?search=gzip", timeout=10)
    assert response.json()["total"] == 1
    assert "Content-Encoding" not in response.headers
    assert int(response.headers["Content-Length"]) == len(response.content)
    assert "deviations" not in journal(mock)


def test_head_is_forwarded_as_head(mock: MockServer, service: Service) -> None:
    """A HEAD is forwarded as a HEAD."""
    response = requests.head(f"{mock.url}/phones", timeout=10)
    assert (response.status_code, response.content) == (200, b"")
    assert int(response.headers["Content-Length"]) == len(page_of(PHONE))
    assert service.received[-1].method == "HEAD"
    assert "deviations" not in journal(mock)


def test_the_upstream_address_and_token_are_hidden(mock: MockServer, service: Service) -> None:
    """Links in headers and bodies lead to the mock, with escaped slashes or without; the token is hidden."""
    response = requests.get(f"{mock.url}/phones?search=links", timeout=10)
    assert response.json() == {"next": f"{mock.url}/phones?page=2", "said": mock.url}
    assert response.headers["Link"] == f'<{mock.url}/phones?page=2>; rel="next"'
    assert response.headers["X-Echo"] == "at ***"
    root = mock.url.replace("/api", "/__mock/")
    paths = ("requests", "requests.har", "upstream", "settings", "page/network", "page/requests", "page/requests/1")
    shown = [requests.get(root + path, timeout=10).text for path in paths]
    address = service.url.split("/")[2]
    assert [path for path, text in zip(paths, shown, strict=True) if address in text or TOKEN in text] == []


def test_redirects_on_the_same_host_are_followed(mock: MockServer, service: Service) -> None:
    """The client gets the final response of a redirect."""
    assert requests.get(f"{mock.url}/phones?search=moved", timeout=10).json()["total"] == 1
    assert [one.target for one in service.received] == ["/v1/phones?search=moved", "/v1/phones?search=gzip"]


def test_invalid_responses_are_forwarded_and_reported(mock: MockServer) -> None:
    """The client gets the response unchanged; the journal lists violations, and which of the rules are documented."""
    response = requests.get(f"{mock.url}/phones?search=broken", timeout=10)
    assert response.json()["phones"][0]["status"] == "gone"
    deviations = {one["path"]: one for one in journal(mock)["deviations"]}
    assert deviations.keys() == {"/phones/0/number", "/phones/0/status"}
    assert deviations["/phones/0/status"]["claim"] == "documented"
    assert deviations["/phones/0/status"]["rests_on"] == "/components/schemas/Status/enum"
    assert deviations["/phones/0/number"]["claim"] == "assumed"
    assert deviations["/phones/0/number"]["why"].startswith("E.164 is documented")
    assert {one["of"] for one in deviations.values()} == {"response"}


def test_undocumented_fields_are_reported_once(mock: MockServer) -> None:
    """A service may have undocumented fields; the journal lists them as undocumented."""
    requests.get(f"{mock.url}/phones?search=more", timeout=10)
    (deviation,) = journal(mock)["deviations"]
    assert (deviation["path"], deviation["claim"]) == ("/phones/*/carrier", "undocumented")


def test_undeclared_statuses_are_forwarded_and_reported(mock: MockServer) -> None:
    """The client gets status and body, and the journal names the declared statuses."""
    response = requests.get(f"{mock.url}/phones?search=teapot", timeout=10)
    assert (response.status_code, response.text) == (418, "short and stout")
    entry = journal(mock)
    (deviation,) = entry["deviations"]
    assert entry["undeclared"]
    assert (deviation["claim"], deviation["rests_on"]) == ("assumed", "/components/responses/BadRequest")
    assert deviation["message"].startswith("got 418, which the document does not declare; it has 200,")


@pytest.mark.parametrize(
    ("query", "path", "claim"),
    [
        ("limit=0", "limit", "assumed"),
        ("limit=101", "limit", "documented"),
        ("status=gone", "status", "documented"),
        ("page=x", "page", "assumed"),
    ],
)
def test_invalid_queries_are_forwarded_and_reported(mock: MockServer, query: str, path: str, claim: str) -> None:
    """The service decides, since the document may be wrong; the journal says whether the broken rule is documented."""
    assert requests.get(f"{mock.url}/phones?{query}", timeout=10).status_code == 200
    (deviation,) = journal(mock)["deviations"]
    assert (deviation["of"], deviation["in"], deviation["path"]) == ("request", "query", path)
    assert deviation["claim"] == claim


def test_invalid_bodies_are_forwarded_and_reported(mock: MockServer, service: Service) -> None:
    """The journal lists each violation with the keyword that it breaks."""
    requests.post(f"{mock.url}/phones", json={"number": "0171", "nmae": "Desk"}, timeout=10)
    assert json.loads(service.received[-1].body) == {"number": "0171", "nmae": "Desk"}
    found = {one["path"]: (one["rests_on"], one["claim"]) for one in journal(mock)["deviations"]}
    assert found["/number"] == ("/components/schemas/Number/pattern", "assumed")
    assert found["/nmae"] == ("/components/schemas/RegisterPhone/additionalProperties", "assumed")


def test_rules_override_the_service(mock: MockServer, service: Service) -> None:
    """A forced status needs no service; with a rule that only delays, the request is still forwarded."""
    rules = mock.url.replace("/api", "/__mock/rules")
    requests.post(rules, json={"operationId": "listPhones", "status": 503, "times": 1}, timeout=10)
    forced = requests.get(f"{mock.url}/phones", timeout=10)
    assert (forced.status_code, forced.headers["X-Mock-Source"], service.received) == (503, "mock", [])
    rule = {"operationId": "listPhones", "delay_ms": 1, "headers": {"X-Rule": "1"}, "times": 1}
    requests.post(rules, json=rule, timeout=10)
    late = requests.get(f"{mock.url}/phones", timeout=10)
    assert (late.status_code, late.headers["X-Mock-Source"], late.headers["X-Rule"]) == (200, "upstream", "1")
    assert journal(mock)["delay_ms"] == 1
    preferred = requests.get(f"{mock.url}/phones?__code=401", timeout=10)
    assert (preferred.status_code, len(service.received)) == (401, 1)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_requests_of_foreign_pages_are_not_forwarded(
    mock: MockServer, service: Service, headers: dict[str, str]
) -> None:
    """A foreign page gets 403 and no request reaches the service, since the mock uses its user's credentials."""
    response = requests.get(f"{mock.url}/phones", headers=headers, timeout=10)
    assert (response.status_code, response.json()["success"], service.received) == (403, False, [])
    assert "not forwarded" in response.json()["message"]


def test_the_mock_token_is_still_required(service: Service) -> None:
    """With --token, a client without it does not reach the service."""
    service.received.clear()
    with MockServer(upstream=service.url, token="of-the-mock") as mock:
        assert requests.get(f"{mock.url}/phones", timeout=10).status_code == 401
        assert service.received == []
        headers = {"Authorization": "Bearer of-the-mock"}
        assert requests.get(f"{mock.url}/phones", headers=headers, timeout=10).status_code == 200
        assert "authorization" not in service.received[-1].headers


def test_unknown_paths_and_methods_stay_with_the_mock(mock: MockServer, service: Service) -> None:
    """What the document does not have is never sent to the service."""
    assert requests.get(f"{mock.url}/campaignz", timeout=10).status_code == 404
    assert requests.put(f"{mock.url}/phones", timeout=10).status_code == 405
    assert service.received == []


def test_other_wsgi_servers_forward_too(contract: Contract, service: Service) -> None:
    """Without the mock's own server, the application itself waits for the service."""
    settings = Settings(empty=True, upstream=UpstreamSettings(service.url, {"X-Key": "1"}))
    call = Caller(create_app(contract, settings))
    assert call.get().body["phones"] == [PHONE]
    assert service.received[-1].headers["x-key"] == "1"


def test_user_hooks_see_forwarded_responses(mock: MockServer) -> None:
    """A Flask hook on the application runs for forwarded requests, without blocking the event loop."""

    @mock.app.after_request
    def sign(response: Any) -> Any:
        response.headers["X-Hook"] = "seen"
        return response

    response = requests.get(f"{mock.url}/phones", timeout=10)
    assert (response.headers["X-Hook"], response.headers["X-Mock-Source"]) == ("seen", "upstream")

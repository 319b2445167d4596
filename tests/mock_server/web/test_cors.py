"""CORS for pages of other origins."""

from __future__ import annotations

import pytest

from mock_server.settings.settings import Settings
from mock_server.web.app import create_app
from openapi import Contract
from tests.mock_server.support import PHONES, Caller, caller_of

ORIGIN = {"Origin": "http://localhost:3000"}


def preflight(call: Caller, path: str, method: str, **headers: str) -> dict[str, str]:
    """The headers of the 204 response to a preflight."""
    sent = {**ORIGIN, "Access-Control-Request-Method": method, **headers}
    response = call("OPTIONS", path, headers=sent)
    assert (response.status, response.body) == (204, None)
    return dict(response.headers)


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_preflights_are_granted(call: Caller, method: str) -> None:
    """Preflights succeed for every method and header, from any origin, with credentials."""
    headers = preflight(call, PHONES, method, **{"Access-Control-Request-Headers": "authorization,content-type,prefer"})
    assert headers["Access-Control-Allow-Origin"] == ORIGIN["Origin"]
    assert headers["Access-Control-Allow-Credentials"] == "true"
    assert headers["Access-Control-Allow-Headers"] == "authorization,content-type,prefer"
    assert method in headers["Access-Control-Allow-Methods"].split(", ")
    assert headers["Access-Control-Max-Age"] == "600"
    assert headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Private-Network" not in headers


def test_preflights_need_no_token_and_no_path(contract: Contract) -> None:
    """Preflights need neither a token nor an existing path."""
    call = caller_of(contract, token="t")
    assert "Authorization" in preflight(call, PHONES, "POST")["Access-Control-Allow-Headers"]
    assert preflight(call, "/nowhere", "GET")["Access-Control-Allow-Origin"] == ORIGIN["Origin"]


def test_private_network_preflights_are_granted(call: Caller) -> None:
    """A preflight for private network access succeeds."""
    headers = preflight(call, PHONES, "GET", **{"Access-Control-Request-Private-Network": "true"})
    assert headers["Access-Control-Allow-Private-Network"] == "true"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", PHONES, 200),
        ("GET", f"{PHONES}?page=0", 400),
        ("GET", f"{PHONES}/x", 404),
        ("PUT", PHONES, 405),
        ("GET", "/nowhere", 404),
        ("POST", PHONES, 415),
        ("HEAD", PHONES, 200),
        ("OPTIONS", PHONES, 204),
    ],
)
def test_every_response_is_readable_across_origins(call: Caller, method: str, path: str, status: int) -> None:
    """Every response names the origin and exposes the declared headers."""
    response = call(method, path, headers=ORIGIN)
    assert response.status == status
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN["Origin"]
    assert response.headers["Access-Control-Allow-Credentials"] == "true"
    assert response.headers["Vary"] == "Origin"
    exposed = {name.lower() for name in response.headers["Access-Control-Expose-Headers"].split(", ")}
    assert exposed == {
        "location",
        "allow",
        "www-authenticate",
        "retry-after",
        "preference-applied",
        "x-mock-violations",
        "x-mock-source",
        "x-mock-undeclared",
    }


def test_a_401_has_cors_headers(contract: Contract) -> None:
    """A 401 has CORS headers too."""
    response = caller_of(contract, token="t")("GET", PHONES, headers=ORIGIN)
    assert (response.status, response.headers["Access-Control-Allow-Origin"]) == (401, ORIGIN["Origin"])


def test_without_an_origin_there_are_no_cors_headers(call: Caller) -> None:
    """Requests without an Origin get no CORS headers."""
    assert not [name for name in call.get().headers if name.startswith("Access-Control")]


def test_no_cors_turns_cors_off(contract: Contract) -> None:
    """With --no-cors there are no CORS headers, and OPTIONS is as in the document."""
    call = caller_of(contract, cors=False)
    response = call("OPTIONS", PHONES, headers={**ORIGIN, "Access-Control-Request-Method": "POST"})
    assert (response.status, response.headers["Allow"]) == (204, "GET, HEAD, OPTIONS, POST")
    assert not [name for name in call("GET", PHONES, headers=ORIGIN).headers if name.startswith("Access-Control")]


def test_user_cors_headers_are_kept(contract: Contract) -> None:
    """CORS headers from a user's hook are kept."""
    app = create_app(contract, Settings(empty=True))
    app.after_request_funcs.setdefault(None, []).append(
        lambda response: response.headers.set("Access-Control-Allow-Origin", "https://only.example") or response
    )
    assert Caller(app)("GET", PHONES, headers=ORIGIN).headers["Access-Control-Allow-Origin"] == "https://only.example"

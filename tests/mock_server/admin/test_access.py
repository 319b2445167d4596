"""/__mock/: who may use it, and what it returns besides records, rules and the journal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import requests
import yaml

from mock_server.admin.access import AdminCaller as Asking
from mock_server.admin.access import objection
from mock_server.server.listener import AddressError
from mock_server.server.server import MockServer
from mock_server.settings.settings import read_settings
from mock_server.web.app import create_app
from openapi import Contract
from tests.mock_server.support import NUMBER, PHONES, Caller, FrozenClock, caller_of, numbers, session

RESET = "/__mock/reset"


USUAL = Asking("127.0.0.1", "http", "127.0.0.1:4010", origin=None, fetch_site=None, authorization=None)
"""What a program on this machine says of itself."""


FOREIGN_HOSTS = [
    *("", ":80", "0", ".".join("0000"), "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.0.1.", "localhost."),
    *("app.localhost", "mock.localhost:1", "localhost:", "localhost:123456", "user@localhost", "localhost/x"),
    *("::1", "[::1", "[::ffff:127.0.0.1]", "[::]", "[0:0:0:0:0:0:0:2]", "127.0.0.1:80:80", "127.0.0.1 "),
]
"""Some of them lead to this machine, by one resolver or another."""


@pytest.mark.parametrize(
    ("facts", "why_not"),
    [
        ({}, None),
        ({"host": "localhost:4010"}, None),
        ({"host": "LOCALHOST"}, None),
        *[({"host": host}, f"Foreign Host {host!r}") for host in FOREIGN_HOSTS],
        ({"host": "[::1]:4010", "address": "::1"}, None),
        ({"host": "127.8.9.1"}, None),
        ({"host": None}, None),
        ({"host": "evil.example"}, "Foreign Host 'evil.example'; use localhost"),
        ({"host": "evil.example:4010"}, "Foreign Host 'evil.example:4010'; use localhost"),
        ({"host": "localhost.evil.example"}, "Foreign Host 'localhost.evil.example'; use localhost"),
        ({"host": "192.0.2.7:4010"}, "Foreign Host '192.0.2.7:4010'; use localhost"),
        ({"origin": "http://127.0.0.1:4010"}, None),
        ({"origin": "http://127.0.0.1:5173"}, "Pages of http://127.0.0.1:5173 are refused"),
        ({"origin": "https://evil.example"}, "Pages of https://evil.example are refused"),
        ({"origin": "null"}, "Pages of null are refused"),
        ({"fetch_site": "same-origin"}, None),
        ({"fetch_site": "none"}, None),
        ({"fetch_site": "cross-site"}, "Pages of other origins are refused (Sec-Fetch-Site: cross-site)"),
        ({"fetch_site": "same-site"}, "Pages of other origins are refused (Sec-Fetch-Site: same-site)"),
        ({"address": "192.0.2.7"}, "Other machines need an admin token"),
    ],
)
def test_without_a_token_only_local_programs_have_access(facts: dict[str, Any], why_not: str | None) -> None:
    """Without a token, programs on this machine have access; other origins and other machines do not."""
    message = objection(USUAL._replace(**facts), None, "127.0.0.1")
    assert message is None if why_not is None else (message or "").startswith(why_not)


@pytest.mark.parametrize(
    ("facts", "may"),
    [
        ({"authorization": "Bearer right"}, True),
        ({"authorization": "bearer right", "address": "192.0.2.7", "host": "mock:4010"}, True),
        ({"authorization": "Bearer wrong"}, False),
        ({"authorization": "Basic right"}, False),
        ({}, False),
        ({"authorization": "Bearer right", "origin": "https://evil.example"}, False),
        ({"authorization": "Bearer right", "fetch_site": "cross-site"}, False),
    ],
)
def test_a_token_gives_access_from_anywhere_but_foreign_pages(facts: dict[str, Any], may: bool) -> None:
    """A client with the token has access from anywhere, but never from a page of another origin."""
    assert (objection(USUAL._replace(**facts), "right", "127.0.0.1") is None) is may


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "http://localhost:3000"}, {"Sec-Fetch-Site": "cross-site"}]
)
@pytest.mark.parametrize("prefix", ["", "/__s/one"])
def test_foreign_pages_are_refused(call: Caller, headers: Mapping[str, str], prefix: str) -> None:
    """A foreign page gets 403 in JSON without CORS headers, and nothing changes."""
    call.register()
    response = call("POST", prefix + RESET, headers=headers)
    assert response.status == 403
    assert "refused" in response.body["error"] or "Foreign" in response.body["error"]
    assert not [name for name in response.headers if name.lower().startswith("access-control")]
    assert numbers(call) == [NUMBER]


def test_preflights_from_other_origins_are_refused(call: Caller) -> None:
    """A preflight from another origin gets no CORS headers."""
    headers = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST"}
    response = call("OPTIONS", RESET, headers=headers)
    assert response.status == 403
    assert "Access-Control-Allow-Origin" not in response.headers


def test_the_admin_token_is_required(contract: Contract) -> None:
    """With an admin token, everything under /__mock/ but the health check requires it; the API does not."""
    call = caller_of(contract, admin_token="right")
    assert call("POST", RESET)[::2] == (403, {"error": "Send Authorization: Bearer with the admin token."})
    assert call("POST", RESET, headers={"Authorization": "Bearer right"}).status == 200
    assert call.get("/__mock/health").status == call.get().status == 200
    assert "right" not in repr(call.app.mock.settings)


def test_no_admin_serves_only_the_health_check(contract: Contract) -> None:
    """With --no-admin, only the health check is served."""
    call = caller_of(contract, admin=False)
    response = call("POST", RESET)
    assert response[::2] == (404, {"error": "/__mock/ is off: the mock was started with --no-admin."})
    assert call.get("/__mock/health").body == {"status": "ok", "title": "Call Camp phone numbers", "version": "1.0.0"}


def test_other_machines_need_a_token(contract: Contract) -> None:
    """A mock that other machines can reach has an admin token or no /__mock/, or does not start."""
    everywhere = ".".join("0000")
    with pytest.raises(AddressError, match="exposes /__mock/ to other machines: add --admin-token-file"):
        MockServer(contract, empty=True, host=everywhere).__enter__()
    with MockServer(contract, empty=True, host=everywhere, admin_token="right") as mock:
        origin = mock.url.replace(everywhere, "127.0.0.1").removesuffix("/api")
        assert requests.post(f"{origin}{RESET}", timeout=5).status_code == 403
        headers = {"Authorization": "Bearer right"}
        assert requests.post(f"{origin}{RESET}", headers=headers, timeout=5).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/__mock/nothing", 404), ("GET", RESET, 404), ("DELETE", "/__mock/health", 404), ("PUT", "/__mock/", 404)],
)
def test_unknown_paths_and_methods_are_json_errors(call: Caller, method: str, path: str, status: int) -> None:
    """An unknown path or method is an error in JSON that lists the known ones."""
    response = call(method, path)
    assert response.status == status
    assert response.body["error"].startswith(f"Unknown path: {method} {path}")
    assert "POST /__mock/reset" in response.body["places"]


def test_the_root_lists_every_path(call: Caller) -> None:
    """The root lists every path."""
    paths = call.get("/__mock/").body["places"]
    for path in ("GET /__mock/state", "PUT /__mock/state", "POST /__mock/requests/verify", "DELETE /__mock/rules"):
        assert path in paths


@pytest.mark.parametrize("data", [b"{", b"[1]", b'{"a":1,"a":2}', b"\xff"])
def test_bodies_that_are_not_json_objects_are_errors(call: Caller, data: bytes) -> None:
    """A body that is not a JSON object is an error in JSON."""
    response = call("POST", "/__mock/rules", data=data)
    assert response.status == 400
    assert isinstance(response.body["error"], str)


def test_sessions_are_listed_and_deleted(call: Caller) -> None:
    """The list has each session and its counts until it is deleted; the default session stays."""
    session(call, "one").register()
    listed = call.get("/__mock/sessions").body["sessions"]
    assert listed[1] == {"name": "one", "records": {"phone": 1}, "requests": 1, "rules": 0}
    assert call("DELETE", "/__mock/sessions/one").body == {"deleted": "one"}
    assert numbers(session(call, "one")) == []
    assert call("DELETE", "/__mock/sessions/two").status == 404
    assert call("DELETE", "/__mock/sessions/default").status == 409


def test_the_document_is_served_as_json_and_yaml(call: Caller, contract: Contract) -> None:
    """The whole document is served as JSON and as YAML, and pages of other origins may read it."""
    response = call("GET", "/openapi.json", headers={"Origin": "http://localhost:3000"})
    assert response.body == contract.document()
    assert response.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    as_yaml = call.app.test_client().get("/openapi.yaml")
    assert as_yaml.headers["Content-Type"].startswith("application/yaml")
    assert yaml.safe_load(as_yaml.get_data()) == contract.document()


def clock_of(call: Caller, **body: Any) -> Any:
    """The state of the clock after `body` was posted to it."""
    response = call("POST", "/__mock/clock", body)
    assert response.status == 200, response
    return response.body


def test_every_time_comes_from_the_clock(call: Caller, clock: FrozenClock) -> None:
    """A clock that was frozen, moved and reset sets the times of creation and change."""
    assert clock_of(call, freeze="2027-01-01T00:00:00Z") == {"now": "2027-01-01T00:00:00.000Z", "frozen": True}
    phone = call.register()
    assert phone["createdAt"] == "2027-01-01T00:00:00.000Z"
    clock.advance(1000)
    assert clock_of(call, advance_s=90.5)["now"] == "2027-01-01T00:01:30.500Z"
    changed = call("PATCH", f"{PHONES}/{phone['uuid']}", {"name": "x"}).body
    assert (changed["createdAt"], changed["updatedAt"]) == (phone["createdAt"], "2027-01-01T00:01:30.500Z")
    assert clock_of(call, freeze=False)["frozen"] is False
    clock.advance(10)
    assert call.get("/__mock/clock").body == {"now": "2027-01-01T00:01:40.500Z", "frozen": False}
    assert clock_of(call, reset=True)["now"] == "2026-03-01T12:16:50.123Z"


def test_each_session_has_a_clock(call: Caller) -> None:
    """Freezing one session's clock leaves the others running."""
    clock_of(session(call, "one"), freeze=True)
    assert session(call, "one").get("/__mock/clock").body["frozen"] is True
    assert call.get("/__mock/clock").body["frozen"] is False


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "The body is empty; send freeze, advance_s or reset."),
        ({"freeze": "noon"}, "/freeze: invalid time 'noon'; use RFC 3339, for example 2026-03-01T12:00:00Z."),
        ({"freeze": "2026-03-01T12:00:00"}, "/freeze: invalid time '2026-03-01T12:00:00'"),
        ({"advance_s": -1}, "/advance_s: "),
        ({"advance": 1}, "/advance: unknown field; did you mean advance_s?"),
    ],
)
def test_invalid_clock_settings_are_errors(call: Caller, body: Any, message: str) -> None:
    """An invalid setting is an error, and the clock runs on."""
    response = call("POST", "/__mock/clock", body)
    assert response.status == 400
    assert response.body["error"].startswith(message)


def test_the_clock_stays_within_representable_time(call: Caller) -> None:
    """The clock can't move past the last representable time."""
    clock_of(call, freeze="9999-12-31T23:59:59Z")
    assert call("POST", "/__mock/clock", {"advance_s": 10}).status == 400


def test_the_same_seed_and_time_give_the_same_state(contract: Contract) -> None:
    """With `now` and a seed, the same requests give the same state on every machine."""

    def state() -> Any:
        given = {"now": "2026-03-01T12:00:00Z", "seed": 7, "log": "off"}
        call = Caller(create_app(contract, read_settings(given, {})))
        phone = call.register()
        assert phone["createdAt"] == "2026-03-01T12:00:00.000Z"
        call("PATCH", f"{PHONES}/{phone['uuid']}", {"status": "inactive"})
        return call.get("/__mock/state").body

    assert state() == state()

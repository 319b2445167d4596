"""Slow and broken networks: which fault applies, and which bytes are sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import IncompleteRead
from random import Random
from threading import Event
from typing import Any

import pytest
import requests

from mock_server.http.faults import SPOILS, Fault
from mock_server.server import delayed_response
from mock_server.server.server import MockServer
from mock_server.settings.session_settings import PROFILES, Delay, SessionSettings, network_conditions
from mock_server.settings.settings import Settings, SettingsError, read_settings
from mock_server.web.app import create_app
from openapi import Contract
from tests.mock_server.support import NUMBER, PHONES, Caller, FrozenClock, Wire

LIST = "GET /api/phones HTTP/1.1"
HOST = "Host: x"


@pytest.fixture
def mock(contract: Contract) -> Iterator[MockServer]:
    """A running mock with twelve phones."""
    with MockServer(contract, self_check=True) as server:
        yield server


def ruled(mock: MockServer, **members: Any) -> None:
    """Add a rule to the default session of `mock`."""
    origin = mock.url.removesuffix("/api")
    response = requests.post(f"{origin}/__mock/rules", json={"operationId": "listPhones", **members}, timeout=5)
    assert response.status_code == 201, response.text


def behaving(contract: Contract, **given: Any) -> Caller:
    """A caller of an empty mock with settings read like options."""
    settings = read_settings({"empty": True, "self_check": True, "log": "off", **given}, {})
    return Caller(create_app(contract, settings, FrozenClock()))


def test_a_reset_breaks_only_one_connection(mock: MockServer) -> None:
    """The client reads a reset instead of a response, and the next connection works."""
    ruled(mock, fault="reset", times=1)
    with Wire(mock.url) as wire:
        wire.send(LIST, HOST)
        with pytest.raises(ConnectionResetError):
            wire.read()
    assert requests.get(f"{mock.url}/phones", timeout=5).status_code == 200


def test_an_empty_response_closes_the_connection(mock: MockServer) -> None:
    """The connection is closed without a byte."""
    ruled(mock, fault="empty")
    with Wire(mock.url) as wire:
        wire.send(LIST, HOST)
        assert wire.is_closed()


def test_a_truncated_body_is_half_sent(mock: MockServer) -> None:
    """Content-Length is the full length; half of the body arrives before the connection closes."""
    whole = requests.get(f"{mock.url}/phones", timeout=5).content
    ruled(mock, fault="truncated")
    with Wire(mock.url) as wire:
        wire.send(LIST, HOST)
        with pytest.raises(IncompleteRead) as error:
            wire.read()
    assert error.value.partial == whole[: len(whole) // 2]


def test_malformed_json_has_the_right_headers(mock: MockServer) -> None:
    """The response has the right status, length and type, and its body is not valid JSON."""
    ruled(mock, fault="broken-json")
    response = requests.get(f"{mock.url}/phones", timeout=5)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    with pytest.raises(ValueError, match=r"JSON|Expecting"):
        response.json()


def test_a_dripping_body_arrives_completely(mock: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The body arrives in pieces and is complete at the end."""
    monkeypatch.setattr(delayed_response, "DRIP_PAUSE_S", 0.001)
    whole = requests.get(f"{mock.url}/phones", timeout=5)
    ruled(mock, fault="drip")
    dripped = requests.get(f"{mock.url}/phones", timeout=5)
    assert (dripped.content, dripped.headers["Content-Length"]) == (whole.content, whole.headers["Content-Length"])


@pytest.mark.parametrize(("fault", "status"), [("too-many-requests", 429), ("unavailable", 503)])
def test_forced_failures_have_the_error_format(mock: MockServer, fault: str, status: int) -> None:
    """The response has the document's error format and a Retry-After."""
    ruled(mock, fault=fault)
    response = requests.get(f"{mock.url}/phones", timeout=5)
    assert (response.status_code, response.headers["Retry-After"]) == (status, "1")
    assert response.json() == {"success": False, "message": response.json()["message"]}


def test_truncating_a_bodiless_response_closes_the_connection(mock: MockServer) -> None:
    """A truncated response without a body closes the connection."""
    ruled(mock, fault="truncated")
    with Wire(mock.url) as wire:
        wire.send("HEAD /api/phones HTTP/1.1", HOST)
        assert wire.is_closed()


def test_a_delayed_response_does_not_block_others(mock: MockServer) -> None:
    """While one response is delayed, another request is answered; the delayed one follows."""
    done = Event()

    def slow() -> int:
        response = requests.get(f"{mock.url}/phones?__delay=400", timeout=5)
        done.set()
        return response.status_code

    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(slow)
        assert requests.get(f"{mock.url}/phones", timeout=5).status_code == 200
        assert not done.is_set()
        assert late.result(5) == 200


@pytest.mark.parametrize("fault", [None, *(fault.value for fault in Fault)])
def test_a_client_that_disconnects_is_dropped_silently(
    contract: Contract, capsys: pytest.CaptureFixture[str], fault: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that disconnects before its delayed response is dropped silently; others are served."""
    monkeypatch.setattr(delayed_response, "DRIP_PAUSE_S", 0.001)
    with MockServer(contract) as mock:
        ruled(mock, delay_ms=20, **({} if fault is None else {"fault": fault}))
        with Wire(mock.url) as wire:
            wire.send(LIST, HOST)
        phones = f"{mock.url}/phones"
        with suppress(requests.RequestException):
            requests.get(phones, timeout=5)
        assert requests.get(f"{phones}/nobody", timeout=5).status_code == 404
    assert capsys.readouterr().err == ""


def test_faults_without_a_response_change_nothing(contract: Contract) -> None:
    """A fault without a response leaves the state unchanged; a spoiled response is the operation's."""
    for fault in Fault:
        call = behaving(contract)
        call("POST", "/__mock/rules", {"operationId": "registerPhone", "fault": fault.value})
        call("POST", PHONES, {"number": NUMBER})
        assert call.get().body["total"] == (1 if fault in SPOILS else 0)


def test_the_seed_determines_network_faults() -> None:
    """Settings and random choices alone decide the faults."""
    session_settings = SessionSettings({"": Delay(0, 500)}, "flaky")

    def sequence(seed: int) -> list[Any]:
        chance = Random(seed)
        return [network_conditions(session_settings, "listPhones", False, chance) for _ in range(300)]

    assert sequence(7) == sequence(7) != sequence(8)
    faults = Counter(fault for _, fault in sequence(7))
    assert set(faults) == {None, Fault.RESET, Fault.UNAVAILABLE, Fault.TRUNCATED}
    assert 240 < faults[None] < 290
    assert all(0 <= delay_ms <= 500 for delay_ms, _ in sequence(7))


def test_network_conditions_are_per_session(contract: Contract) -> None:
    """With a seed, each session has the same sequence of faults, independent of other sessions."""
    call = behaving(contract, profile="flaky", seed=5)

    def statuses(name: str) -> list[int]:
        return [call("GET", f"/__s/{name}{PHONES}").status for _ in range(60)]

    assert statuses("a") == statuses("b")
    assert 503 in statuses("c")


@pytest.mark.parametrize(
    ("delays", "operation", "delay_ms"),
    [
        ("200", "listPhones", 200),
        ("200,listPhones=300", "listPhones", 300),
        ("200,listPhones=300", "getPhone", 200),
        ("listPhones=300", "getPhone", 0),
        (("listPhones=0", "40"), "listPhones", 0),
    ],
)
def test_operation_delays_override_the_general_one(delays: Any, operation: str, delay_ms: int) -> None:
    """An operation's delay overrides the general one."""
    session_settings = read_settings({"delay": delays}, {}).session_settings
    assert network_conditions(session_settings, operation, False, Random(1)).delay_ms == delay_ms


@pytest.mark.parametrize("profile", PROFILES)
def test_profiles_are_set_by_name(contract: Contract, profile: str) -> None:
    """Each profile can be set at start and for a session."""
    call = behaving(contract, profile=profile)
    assert call.get("/__mock/settings").body["profile"] == profile
    assert call("PATCH", "/__mock/settings", {"profile": None}).body["profile"] is None
    assert call.get().status == 200
    assert call("PATCH", "/__mock/settings", {"profile": profile}).body["profile"] == profile


def test_offline_resets_every_connection(contract: Contract) -> None:
    """`offline` resets every connection."""
    with MockServer(contract, empty=True, profile="offline") as server, pytest.raises(requests.ConnectionError):
        requests.get(f"{server.url}/phones", timeout=5)


def test_rate_limits_follow_the_clock(contract: Contract) -> None:
    """Ten requests succeed, then 429 until the window ends; `Retry-After` says when."""
    call = behaving(contract, profile="rate-limited")
    call("POST", "/__mock/clock", {"freeze": "2026-03-01T12:00:00Z"})
    assert [call.get().status for _ in range(12)] == [200] * 10 + [429] * 2
    call("POST", "/__mock/clock", {"advance_s": 4})
    assert call.get().headers["Retry-After"] == "6"
    call("POST", "/__mock/clock", {"advance_s": 6})
    assert call.get().status == 200


def test_settings_are_per_session(contract: Contract) -> None:
    """A session's settings apply to it alone until it is reset."""
    call = behaving(contract)
    plain: dict[str, Any] = {"delay": [], "profile": None, "profiles": {}, "validate": "strict", "lifecycle": False}
    message = {
        "delay": ["100-500", "listPhones=0"],
        "profile": "slow",
        "profiles": {"getPhone": "flaky"},
        "validate": "warn",
        "lifecycle": True,
    }
    assert call("PATCH", "/__s/one/__mock/settings", message).body == message
    assert call.get("/__mock/settings").body == plain
    call("POST", "/__s/one/__mock/reset")
    assert call.get("/__s/one/__mock/settings").body == plain


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"delay": ["soon"]}, "/delay: invalid delay 'soon'"),
        ({"delay": ["list=3"]}, "/delay: unknown operation 'list'"),
        ({"profile": "bad"}, "/profile: "),
        ({"profiles": {"listPhones": "bad"}}, "/profiles/listPhones: "),
        ({"profiles": {"listPhone": "slow"}}, "/profiles: unknown operation 'listPhone'"),
        ({"validate": "no"}, "/validate: "),
        ({"profil": None}, "/profil: unknown field; did you mean profile?"),
    ],
)
def test_invalid_settings_are_errors(contract: Contract, body: Any, message: str) -> None:
    """An invalid setting is an error with its pointer, and nothing changes."""
    call = behaving(contract)
    response = call("PATCH", "/__mock/settings", body)
    assert response.status == 400
    assert message in response.body["error"]


def test_a_delay_for_an_unknown_operation_is_an_error(contract: Contract) -> None:
    """A delay for an unknown operation is an error."""
    settings = read_settings({"empty": True, "delay": ["listPhone=3"]}, {})
    with pytest.raises(SettingsError, match=r"^--delay: unknown operation 'listPhone'"):
        create_app(contract, settings)


def test_forced_undeclared_statuses_pass_the_self_check(contract: Contract) -> None:
    """An undeclared status is marked as such, in the journal too."""
    call = behaving(contract)
    call("POST", "/__mock/rules", {"operationId": "listPhones", "fault": "unavailable"})
    assert call.get().status == 503
    (entry,) = call.get("/__mock/requests").body["requests"]
    assert (entry["status"], entry["undeclared"], entry["fault"], entry["forcedBy"]) == (
        *(503, True, "unavailable"),
        "rule 1",
    )


def test_a_declared_status_is_not_marked(contract: Contract) -> None:
    """A declared status is not marked."""
    call = behaving(contract)
    call("POST", "/__mock/rules", {"operationId": "listPhones", "fault": "too-many-requests"})
    assert call.get().status == 429
    assert "undeclared" not in call.get("/__mock/requests").body["requests"][0]


def test_plain_sessions_use_the_fast_path(contract: Contract) -> None:
    """A session without rules or settings uses the fast path, and does so again after they are removed."""
    call = behaving(contract)
    default = call.app.mock.sessions.default
    assert default.is_plain
    call("POST", "/__mock/rules", {"operationId": "listPhones", "status": 429})
    assert not default.is_plain
    call("DELETE", "/__mock/rules")
    assert default.is_plain
    call("PATCH", "/__mock/settings", {"delay": ["1"]})
    assert not default.is_plain
    call("POST", "/__mock/reset")
    assert default.is_plain
    assert Settings().session_settings.is_plain

"""Slow and broken networks: what is decided, and what goes over the wire."""

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
from tests.mock_server.support import NUMBER, PHONES, Caller, StandingClock, Wire

LIST = "GET /api/phones HTTP/1.1"
HOST = "Host: x"


@pytest.fixture
def mock(contract: Contract) -> Iterator[MockServer]:
    """A mock with twelve phones that serves."""
    with MockServer(contract, self_check=True) as server:
        yield server


def ruled(mock: MockServer, **members: Any) -> None:
    """Add a rule to the default session of `mock`."""
    origin = mock.url.removesuffix("/api")
    answer = requests.post(f"{origin}/__mock/rules", json={"operationId": "listPhones", **members}, timeout=5)
    assert answer.status_code == 201, answer.text


def behaving(contract: Contract, **given: Any) -> Caller:
    """A caller of an empty mock with settings that are read like flags."""
    settings = read_settings({"empty": True, "self_check": True, "log": "off", **given}, {})
    return Caller(create_app(contract, settings, StandingClock()))


def test_a_reset_connection(mock: MockServer) -> None:
    """The client reads a reset instead of an answer, and the next connection is as good as ever."""
    ruled(mock, fault="reset", times=1)
    with Wire(mock.url) as wire:
        wire.send(LIST, HOST)
        with pytest.raises(ConnectionResetError):
            wire.read()
    assert requests.get(f"{mock.url}/phones", timeout=5).status_code == 200


def test_an_empty_answer(mock: MockServer) -> None:
    """The connection is closed without a byte."""
    ruled(mock, fault="empty")
    with Wire(mock.url) as wire:
        wire.send(LIST, HOST)
        assert wire.is_closed()


def test_a_truncated_body(mock: MockServer) -> None:
    """The length is that of the whole body, of which half comes before the connection ends."""
    whole = requests.get(f"{mock.url}/phones", timeout=5).content
    ruled(mock, fault="truncated")
    with Wire(mock.url) as wire:
        wire.send(LIST, HOST)
        with pytest.raises(IncompleteRead) as error:
            wire.read()
    assert error.value.partial == whole[: len(whole) // 2]


def test_broken_json(mock: MockServer) -> None:
    """A whole answer comes, with the right status, length and type, and its body is no JSON."""
    ruled(mock, fault="broken-json")
    answer = requests.get(f"{mock.url}/phones", timeout=5)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    with pytest.raises(ValueError, match=r"JSON|Expecting"):
        answer.json()


def test_a_dripping_body(mock: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The body comes in pieces and is whole in the end."""
    monkeypatch.setattr(delayed_response, "DRIP_PAUSE_S", 0.001)
    whole = requests.get(f"{mock.url}/phones", timeout=5)
    ruled(mock, fault="drip")
    dripped = requests.get(f"{mock.url}/phones", timeout=5)
    assert (dripped.content, dripped.headers["Content-Length"]) == (whole.content, whole.headers["Content-Length"])


@pytest.mark.parametrize(("fault", "status"), [("too-many-requests", 429), ("unavailable", 503)])
def test_a_service_that_fails(mock: MockServer, fault: str, status: int) -> None:
    """The answer is in the document's shape and says when to try again."""
    ruled(mock, fault=fault)
    answer = requests.get(f"{mock.url}/phones", timeout=5)
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "1")
    assert answer.json() == {"success": False, "message": answer.json()["message"]}


def test_a_fault_without_a_body(mock: MockServer) -> None:
    """Half of no body is the end of the connection."""
    ruled(mock, fault="truncated")
    with Wire(mock.url) as wire:
        wire.send("HEAD /api/phones HTTP/1.1", HOST)
        assert wire.is_closed()


def test_who_waits_keeps_nobody_waiting(mock: MockServer) -> None:
    """While an answer is late another request is answered; the late one comes after all."""
    done = Event()

    def slow() -> int:
        answer = requests.get(f"{mock.url}/phones?__delay=400", timeout=5)
        done.set()
        return answer.status_code

    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(slow)
        assert requests.get(f"{mock.url}/phones", timeout=5).status_code == 200
        assert not done.is_set()
        assert late.result(5) == 200


@pytest.mark.parametrize("fault", [None, *(fault.value for fault in Fault)])
def test_a_client_that_does_not_wait(
    contract: Contract, capsys: pytest.CaptureFixture[str], fault: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that leaves before its late answer is forgotten without a word, and others are answered."""
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


def test_what_fails_is_not_carried_out(contract: Contract) -> None:
    """A fault that is no spoiled answer leaves the state as it was; a spoiled answer is that of the operation."""
    for fault in Fault:
        call = behaving(contract)
        call("POST", "/__mock/rules", {"operationId": "registerPhone", "fault": fault.value})
        call("POST", PHONES, {"number": NUMBER})
        assert call.get().body["total"] == (1 if fault in SPOILS else 0)


def test_the_same_seed_makes_the_same_weather() -> None:
    """What the network does is decided by the session_settings and the random choices alone."""
    session_settings = SessionSettings({"": Delay(0, 500)}, "flaky")

    def sequence(seed: int) -> list[Any]:
        chance = Random(seed)
        return [network_conditions(session_settings, "listPhones", False, chance) for _ in range(300)]

    assert sequence(7) == sequence(7) != sequence(8)
    faults = Counter(fault for _, fault in sequence(7))
    assert set(faults) == {None, Fault.RESET, Fault.UNAVAILABLE, Fault.TRUNCATED}
    assert 240 < faults[None] < 290
    assert all(0 <= delay_ms <= 500 for delay_ms, _ in sequence(7))


def test_sessions_have_weather_of_their_own(contract: Contract) -> None:
    """With a seed each session goes through the same sequence, whatever another one does in between."""
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
def test_delays_by_operation(delays: Any, operation: str, delay_ms: int) -> None:
    """A delay of an operation goes before that of all."""
    session_settings = read_settings({"delay": delays}, {}).session_settings
    assert network_conditions(session_settings, operation, False, Random(1)).delay_ms == delay_ms


@pytest.mark.parametrize("profile", PROFILES)
def test_profiles_by_name(contract: Contract, profile: str) -> None:
    """Each profile can be chosen at start and for a session."""
    call = behaving(contract, profile=profile)
    assert call.get("/__mock/settings").body["profile"] == profile
    assert call("PATCH", "/__mock/settings", {"profile": None}).body["profile"] is None
    assert call.get().status == 200
    assert call("PATCH", "/__mock/settings", {"profile": profile}).body["profile"] == profile


def test_offline_is_no_answer(contract: Contract) -> None:
    """Every connection is reset."""
    with MockServer(contract, empty=True, profile="offline") as server, pytest.raises(requests.ConnectionError):
        requests.get(f"{server.url}/phones", timeout=5)


def test_a_rate_is_counted_by_the_clock(contract: Contract) -> None:
    """Ten requests are answered, then none until the window is over, which `Retry-After` says."""
    call = behaving(contract, profile="rate-limited")
    call("POST", "/__mock/clock", {"freeze": "2026-03-01T12:00:00Z"})
    assert [call.get().status for _ in range(12)] == [200] * 10 + [429] * 2
    call("POST", "/__mock/clock", {"advance_s": 4})
    assert call.get().headers["Retry-After"] == "6"
    call("POST", "/__mock/clock", {"advance_s": 6})
    assert call.get().status == 200


def test_settings_of_a_session(contract: Contract) -> None:
    """What a session is told holds for it alone, until it is reset."""
    call = behaving(contract)
    plain: dict[str, Any] = {"delay": [], "profile": None, "profiles": {}, "validate": "strict", "lifecycle": False}
    told = {
        "delay": ["100-500", "listPhones=0"],
        "profile": "slow",
        "profiles": {"getPhone": "flaky"},
        "validate": "warn",
        "lifecycle": True,
    }
    assert call("PATCH", "/__s/one/__mock/settings", told).body == told
    assert call.get("/__mock/settings").body == plain
    call("POST", "/__s/one/__mock/reset")
    assert call.get("/__s/one/__mock/settings").body == plain


@pytest.mark.parametrize(
    ("body", "told"),
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
def test_settings_that_can_not_be(contract: Contract, body: Any, told: str) -> None:
    """What is wrong is refused with its place, and nothing changes."""
    call = behaving(contract)
    answer = call("PATCH", "/__mock/settings", body)
    assert answer.status == 400
    assert told in answer.body["error"]


def test_a_delay_of_no_operation_ends_the_start(contract: Contract) -> None:
    """A delay for an operation that the document lacks is refused."""
    settings = read_settings({"empty": True, "delay": ["listPhone=3"]}, {})
    with pytest.raises(SettingsError, match=r"^--delay: unknown operation 'listPhone'"):
        create_app(contract, settings)


def test_the_judge_passes_over_what_was_asked_for(contract: Contract) -> None:
    """A status that the document lacks is marked as undeclared, in the journal too."""
    call = behaving(contract)
    call("POST", "/__mock/rules", {"operationId": "listPhones", "fault": "unavailable"})
    assert call.get().status == 503
    (entry,) = call.get("/__mock/requests").body["requests"]
    assert (entry["status"], entry["undeclared"], entry["fault"], entry["forcedBy"]) == (
        *(503, True, "unavailable"),
        "rule 1",
    )


def test_a_declared_status_is_not_marked(contract: Contract) -> None:
    """Nothing is marked where the document has the status."""
    call = behaving(contract)
    call("POST", "/__mock/rules", {"operationId": "listPhones", "fault": "too-many-requests"})
    assert call.get().status == 429
    assert "undeclared" not in call.get("/__mock/requests").body["requests"][0]


def test_plain_settings_take_the_short_way(contract: Contract) -> None:
    """A session without rules or settings of its own is plain, and is again once they are gone."""
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

"""Attacks on the server: invalid framing, cut requests, endless requests; tests/mock_server/attacks.py has more."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests

from mock_server.server.server import MockServer
from openapi import Contract
from tests.mock_server.attacks import CUT, FRAMING, HOSTS, PIPELINES, Attack, flooded, floods, responses

ATTACKS = {**FRAMING, **HOSTS, **PIPELINES}


@pytest.fixture(scope="module")
def mock(contract: Contract) -> Iterator[MockServer]:
    """An empty mock."""
    with MockServer(contract, empty=True) as server:
        yield server


@pytest.fixture(autouse=True)
def port(mock: MockServer) -> int:
    """The port of the mock, which has no records."""
    mock.app.mock.sessions.default.reset()
    return int(mock.url.rpartition(":")[2].partition("/")[0])


def phones(mock: MockServer) -> int:
    """The number of phones."""
    return len(mock.app.mock.state["phone"])


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_invalid_framing_closes_the_connection(mock: MockServer, port: int, attack: Attack) -> None:
    """An invalid request is refused and the connection closed; earlier requests are carried out and answered."""
    assert (responses(port, attack.sent), phones(mock)) == (attack.statuses, attack.phones)


@pytest.mark.parametrize("attack", CUT.values(), ids=CUT.keys())
def test_split_requests_get_the_same_response(mock: MockServer, port: int, attack: Attack) -> None:
    """A request gets the same response wherever it is cut."""
    for at in range(1, len(attack.sent), 7):
        mock.app.mock.sessions.default.reset()
        assert (responses(port, attack.sent[:at], attack.sent[at:]), phones(mock)) == (attack.statuses, attack.phones)


@pytest.mark.parametrize("flood", list(floods(17)), ids=lambda flood: flood[0])
def test_requests_that_are_too_long_are_refused(
    mock: MockServer, port: int, flood: tuple[str, bytes, list[bytes], bytes, int]
) -> None:
    """A request that is too long is refused for what is too long in it, and changes nothing."""
    _, head, pieces, tail, status = flood
    assert (flooded(port, head, pieces, tail), phones(mock)) == (status, 0)


def test_a_state_that_is_too_large_changes_nothing(mock: MockServer, port: int) -> None:
    """A state that is too large gets 413 and changes nothing, in chunks as with a length."""
    requests.post(f"{mock.url}/phones", json={"number": "+12025550143"}, timeout=5)
    body = b"[" + b" " * (17 << 20) + b"]"
    for data in (body, iter([body])):
        url = f"http://127.0.0.1:{port}/__mock/state"
        response = requests.put(url, data=data, headers={"Content-Type": "application/json"}, timeout=10)
        assert (response.status_code, phones(mock)) == (413, 1)


def test_keys_with_slashes_are_found_percent_encoded(mock: MockServer) -> None:
    """A record whose key has a slash is found and deleted with %2F."""
    record = {**json.loads(KEPT), "uuid": "a/b%c"}
    mock.app.mock.state["phone"].load([record])
    url = f"{mock.url}/phones/a%2Fb%25c"
    assert requests.get(url, timeout=5).json() == record
    assert requests.get(f"{mock.url}/phones/a/b%25c", timeout=5).status_code == 404
    assert (requests.delete(url, timeout=5).status_code, phones(mock)) == (200, 0)


KEPT = """{"uuid": "", "name": null, "number": "+12025550143", "type": "private", "countryCode": "US", "provider": null,
"status": "active", "smsEnabled": false, "createdAt": "2026-01-10T12:00:00Z", "updatedAt": "2026-04-20T15:30:00Z"}"""

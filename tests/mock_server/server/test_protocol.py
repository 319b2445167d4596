"""One connection: partial, pipelined and waiting requests, and invalid ones."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests

from mock_server.server.dispatcher import Dispatcher
from mock_server.server.server import MockServer
from openapi import Contract
from tests.mock_server.support import NUMBER, Wire

HOST = "Host: x"
LIST = b"GET /api/phones HTTP/1.1\r\nHost: x\r\n\r\n"
NOWHERE = b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
BODY = json.dumps({"number": NUMBER}).encode()
REGISTER = b"POST /api/phones HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
    len(BODY),
    BODY,
)
IN_CHUNKS = (
    b"POST /api/phones HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
)


@pytest.fixture
def mock(contract: Contract) -> Iterator[MockServer]:
    """An empty mock that serves."""
    with MockServer(contract, empty=True) as server:
        yield server


@pytest.fixture
def wire(mock: MockServer) -> Iterator[Wire]:
    """A connection to the mock."""
    with Wire(mock.url) as connection:
        yield connection


def late(mock: MockServer, delay_ms: int) -> None:
    """Let the next list be late."""
    rule = {"operationId": "listPhones", "times": 1, "delay_ms": delay_ms}
    origin = mock.url.removesuffix("/api")
    assert requests.post(f"{origin}/__mock/rules", json=rule, timeout=5).status_code == 201


def test_pipelined_requests_are_answered_in_order(wire: Wire) -> None:
    """Several requests in one packet are answered in order, with any bodies."""
    wire.send_bytes(LIST + REGISTER + IN_CHUNKS + LIST + NOWHERE)
    responses = [wire.read_in_turn() for _ in range(5)]
    assert [status for status, _ in responses] == [200, 201, 409, 200, 404]
    assert [json.loads(responses[at][1])["total"] for at in (0, 3)] == [0, 1]


@pytest.mark.parametrize("size", [1, 7, 50])
def test_split_requests_get_the_same_responses(wire: Wire, size: int) -> None:
    """Requests get the same responses, wherever they are split."""
    coming = LIST + REGISTER + IN_CHUNKS + NOWHERE
    for start in range(0, len(coming), size):
        wire.send_bytes(coming[start : start + size])
    assert [wire.read_in_turn()[0] for _ in range(4)] == [200, 201, 409, 404]


def test_requests_wait_for_a_delayed_response(mock: MockServer, wire: Wire) -> None:
    """Requests wait for the delayed response to an earlier one, and are then carried out in order."""
    late(mock, 50)
    wire.send_bytes(LIST + REGISTER + LIST)
    responses = [wire.read_in_turn() for _ in range(3)]
    assert [status for status, _ in responses] == [200, 201, 200]
    assert [json.loads(responses[at][1])["total"] for at in (0, 2)] == [0, 1]
    wire.send_bytes(NOWHERE)
    assert wire.read_in_turn()[0] == 404


def test_pending_responses_are_sent_before_stopping(contract: Contract) -> None:
    """When the mock is stopped, it still sends pending responses, unless they take too long."""
    with MockServer(contract, empty=True, delay=["100"]) as server:
        connection = Wire(server.url)
        connection.send_bytes(REGISTER)
        while not server.app.mock.sessions.default.journal:
            pass
    with connection:
        assert connection.read_in_turn()[0] == 201
        assert connection.is_closed()


def test_expect_100_continue_is_supported(wire: Wire) -> None:
    """A client that sends Expect: 100-continue gets 100 Continue, and then the response."""
    head, _, body = REGISTER.partition(b"\r\n\r\n")
    wire.send_bytes(head + b"\r\nExpect: 100-continue\r\n\r\n")
    assert (wire.read_line(), wire.read_line()) == (b"HTTP/1.1 100 Continue\r\n", b"\r\n")
    wire.send_bytes(body)
    assert wire.read()[0] == 201


@pytest.mark.parametrize("request_to_change", [LIST, REGISTER], ids=["without a body", "with a body"])
def test_protocol_upgrades_are_ignored(wire: Wire, request_to_change: bytes) -> None:
    """A client that offers HTTP/2 or WebSocket gets HTTP/1.1 responses, to its next request too."""
    offer = b"\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
    wire.send_bytes(request_to_change.replace(b"\r\n", offer, 1) + NOWHERE)
    assert [wire.read_in_turn()[0] for _ in range(2)] == [200 if request_to_change is LIST else 201, 404]
    wire.send_bytes(LIST)
    assert wire.read_in_turn()[0] == 200


def test_unknown_methods_are_refused(wire: Wire) -> None:
    """An unknown method is refused, its body is discarded, and the connection stays open."""
    wire.send_bytes(REGISTER.replace(b"POST", b"BREW", 1) + LIST)
    assert [wire.read_in_turn()[0] for _ in range(2)] == [405, 200]
    wire.send_bytes("BREW /api/phones?search=\xe9 HTTP/1.1\r\nHost: x\r\n\r\n".encode() + LIST)
    assert [wire.read_in_turn()[0] for _ in range(2)] == [405, 200]


def test_endless_headers_are_refused(wire: Wire) -> None:
    """A request head is refused at 64 kB."""
    initial_state = b"GET /api/phones HTTP/1.1\r\nHost: x\r\nX: "
    wire.send_bytes(initial_state)
    wire.send_bytes(b"x" * (65537 - len(initial_state)))
    status, headers, body = wire.read()
    assert (status, headers["connection"]) == (431, "close")
    assert json.loads(body)["message"] == "The head of a request is limited to 65536 bytes."


def test_requests_before_invalid_http_run_once(mock: MockServer, wire: Wire) -> None:
    """Requests before invalid HTTP are answered once, and then the connection closes."""
    wire.send_bytes(REGISTER + b"BREW /api/phones HTTP/1.1\r\nHost: x\r\n\r\n" + LIST)
    assert [wire.read_in_turn()[0] for _ in range(2)] == [201, 400]
    assert wire.is_closed()
    assert requests.get(f"{mock.url}/phones", timeout=5).json()["total"] == 1


def test_connection_close_ends_the_connection(wire: Wire) -> None:
    """After Connection: close, a client gets no further response."""
    wire.send_bytes(LIST.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) + REGISTER + LIST)
    status, headers, body = wire.read()
    assert (status, headers["connection"], json.loads(body)["total"]) == (200, "close", 0)
    assert wire.is_closed()


def test_a_client_that_does_not_read_blocks_no_others(mock: MockServer) -> None:
    """The mock stops reading from a client that leaves its responses unread, and serves other clients."""
    for index in range(100):
        phone = {"number": f"+4477009{index:05}", "name": "x" * 60}
        requests.post(f"{mock.url}/phones", json=phone, timeout=5)
    with Wire(mock.url) as deaf:
        with pytest.raises(TimeoutError):
            deaf.send_without_end(LIST.replace(b"phones", b"phones?limit=100") * 100)
        assert requests.get(f"{mock.url}/phones", timeout=5).status_code == 200


@pytest.mark.parametrize("sent", [LIST, IN_CHUNKS], ids=["without a body", "chunked"])
def test_internal_server_errors_are_500_and_logged(
    mock: MockServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    sent: bytes,
) -> None:
    """An internal error is a 500 and one line on stderr, closes that connection, and the mock goes on."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("oh")

    with monkeypatch.context() as patch, Wire(mock.url) as wire:
        patch.setattr(Dispatcher, "log", fail)
        wire.send_bytes(sent)
        assert wire.read()[0] == 500
        assert wire.is_closed()
    assert capsys.readouterr().err.count("ZeroDivisionError: oh") == 1
    assert requests.get(f"{mock.url}/phones", timeout=5).status_code == 200

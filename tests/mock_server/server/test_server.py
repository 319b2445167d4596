"""The server: bytes on the wire, and how connections end."""

from __future__ import annotations

import errno
import json
import logging
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from time import perf_counter
from typing import Any

import pytest
import requests
from flask import Response, request

from mock_server.server.listener import AddressError, Listener, PortTakenError
from mock_server.server.server import MockServer
from mock_server.settings.settings import SettingsError
from mock_server.web.self_check import InvalidResponseError
from openapi import Contract
from tests.mock_server.support import HANG_S, NUMBER, Wire

HOST = "Host: x"
JSON = "Content-Type: application/json"
POST = "POST /api/phones HTTP/1.1"
BODY = json.dumps({"number": NUMBER, "name": "é🦜"}).encode()


@pytest.fixture
def mock(contract: Contract) -> Iterator[MockServer]:
    """A running empty mock that checks its own responses."""
    with MockServer(contract, empty=True, self_check=True) as server:
        yield server


@pytest.fixture
def wire(mock: MockServer) -> Iterator[Wire]:
    """A connection to the mock."""
    with Wire(mock.url) as connection:
        yield connection


def has_ipv6_loopback() -> bool:
    """Whether this machine has an IPv6 loopback."""
    with socket.socket(socket.AF_INET6) as probe:
        return probe.connect_ex(("::1", 9)) in (0, errno.ECONNREFUSED)


def chunks(size: int, count: int) -> bytes:
    """`count` chunks of spaces."""
    return (f"{size:x}\r\n".encode() + b" " * size + b"\r\n") * count


def test_responses_arrive_unchanged(wire: Wire) -> None:
    """Status, type, length and body arrive unchanged, one response after another on one connection."""
    wire.send(POST, HOST, JSON, f"Content-Length: {len(BODY)}", body=BODY)
    status, headers, body = wire.read()
    assert (status, headers["content-type"], headers["content-length"]) == (201, "application/json", str(len(body)))
    assert json.loads(body)["name"] == "é🦜"
    wire.send(f"GET {headers['location']} HTTP/1.1", HOST)
    assert wire.read()[::2] == (200, body)


def test_chunked_bodies_are_joined(wire: Wire) -> None:
    """A chunked body is joined, wherever it was split."""
    encoded = b"".join(f"{1:x}\r\n".encode() + bytes([octet]) + b"\r\n" for octet in BODY)
    wire.send(POST, HOST, JSON, "Transfer-Encoding: chunked", body=encoded + b"0\r\n\r\n")
    status, _, body = wire.read()
    assert (status, json.loads(body)["number"]) == (201, NUMBER)


def test_head_responses_have_a_length_and_no_body(wire: Wire) -> None:
    """The response to HEAD has the length of GET's and no body; the next response follows directly."""
    wire.send("GET /api/phones HTTP/1.1", HOST)
    length = wire.read()[1]["content-length"]
    wire.send("HEAD /api/phones HTTP/1.1", HOST)
    status, headers, body = wire.read("HEAD")
    assert (status, headers["content-length"], body) == (200, length, b"")
    wire.send("HEAD /api/phones/nobody HTTP/1.1", HOST)
    assert wire.read("HEAD")[::2] == (404, b"")
    wire.send("GET /api/phones HTTP/1.1", HOST)
    assert wire.read()[0] == 200


def test_204_has_no_content_length(wire: Wire) -> None:
    """A 204 has neither a body nor a Content-Length (RFC 9110, section 8.6)."""
    wire.send("OPTIONS /api/phones HTTP/1.1", HOST)
    status, headers, body = wire.read("OPTIONS")
    assert (status, headers["allow"], body) == (204, "GET, HEAD, OPTIONS, POST", b"")
    assert "content-length" not in headers
    assert "content-type" not in headers


def test_http_1_0_closes_the_connection(wire: Wire) -> None:
    """A client of HTTP/1.0 gets a response, and the connection closes."""
    wire.send("GET /api/phones HTTP/1.0")
    assert wire.read()[0] == 200
    assert wire.is_closed()


def test_a_declared_oversized_body_is_refused_at_once(wire: Wire) -> None:
    """413 is sent before the body arrives."""
    wire.send(POST, HOST, JSON, "Content-Length: 10000000000", "Expect: 100-continue")
    status, headers, body = wire.read()
    assert (status, headers["content-type"]) == (413, "application/json")
    assert json.loads(body)["message"] == "The body is larger than the allowed 1048576 bytes."


def test_an_endless_chunked_body_is_refused(wire: Wire) -> None:
    """413 is sent once the limit is passed; the rest is discarded, and the connection stays open."""
    wire.send(POST, HOST, JSON, "Transfer-Encoding: chunked", body=chunks(65536, 17))
    assert wire.read()[0] == 413
    wire.send_bytes(chunks(65536, 20) + b"0\r\n\r\n")
    wire.send("GET /api/phones HTTP/1.1", HOST)
    assert wire.read()[0] == 200


def test_413_reaches_a_client_that_sends_everything_first(mock: MockServer) -> None:
    """A client that sends 10 MB before it reads gets the 413, not a reset."""
    response = requests.post(
        f"{mock.url}/phones", data=b" " * 10_000_000, headers={"Content-Type": "application/json"}, timeout=10
    )
    assert (response.status_code, response.json()["success"]) == (413, False)


def test_a_length_one_byte_over_the_limit_is_413(wire: Wire, contract: Contract) -> None:
    """A Content-Length one byte over the limit is 413."""
    most = contract.refusals.max_body_bytes
    wire.send(POST, HOST, JSON, f"Content-Length: {most + 1}", body=BODY.ljust(most + 1))
    assert wire.read()[0] == 413


def test_a_length_of_exactly_the_limit_is_read(wire: Wire, contract: Contract) -> None:
    """A body of exactly the limit is read, with a length or in chunks."""
    most = contract.refusals.max_body_bytes
    wire.send(POST, HOST, JSON, f"Content-Length: {most}", body=BODY.ljust(most))
    assert wire.read()[0] == 201
    wire.send(POST, HOST, JSON, "Transfer-Encoding: chunked", body=chunks(most // 16, 16) + b"0\r\n\r\n")
    assert wire.read()[0] == 400
    wire.send(POST, HOST, JSON, "Transfer-Encoding: chunked", body=chunks(most // 16, 16) + b"1\r\n \r\n0\r\n\r\n")
    assert wire.read()[0] == 413


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/api/phones?search=%C3%A9", 200),
        ("/api/phones?search=\xc3\xa9", 200),
        ("/api/phones?search=%E9", 400),
        ("/api/phones?page=1&page=2", 400),
        ("/api/phones/%FF", 404),
        ("/api/phones/\xc3\xa9", 404),
        ("/api/phones/a%2Fb", 404),
        ("/api/phones/a;b=c", 404),
        ("//api/phones", 404),
        ("/api/./phones", 404),
        ("http://elsewhere/api/phones", 200),
        ("*", 404),
    ],
)
def test_every_form_of_request_target_is_read(wire: Wire, target: str, status: int) -> None:
    """Targets in every form of RFC 9112, section 3.2, are read as UTF-8; errors are JSON."""
    wire.send(f"GET {target} HTTP/1.1", HOST)
    got, headers, body = wire.read()
    assert (got, headers["content-type"]) == (status, "application/json")
    assert json.loads(body).get("success", True) is (status == 200)


@pytest.mark.parametrize(
    ("line", "status"), [("CONNECT x:80", 404), ("TRACE /api/phones", 405), ("FOO /api/phones", 405)]
)
def test_unknown_methods_get_a_json_error(wire: Wire, line: str, status: int) -> None:
    """Every unknown method gets an error in JSON."""
    wire.send(f"{line} HTTP/1.1", HOST)
    got, headers, _ = wire.read()
    assert (got, headers["content-type"]) == (status, "application/json")


def test_repeated_headers_are_joined(mock: MockServer, wire: Wire) -> None:
    """Repeated headers are one list; an underscore in a name is not read as a hyphen."""

    @mock.app.get("/seen")
    def seen() -> Response:
        return Response("|".join([request.headers["X-A"], request.headers["Cookie"], request.remote_addr or ""]))

    wire.send("GET /seen HTTP/1.1", HOST, "X-A: 1", "x-a: 2", "X_A: 3", "Cookie: a=1", "Cookie: b=2")
    assert wire.read()[2] == b"1,2|a=1; b=2|127.0.0.1"
    wire.send(POST, HOST, JSON, JSON, "Content-Length: 2", body=b"{}")
    assert wire.read()[0] == 415


def test_errors_outside_flask_are_500(contract: Contract, capsys: pytest.CaptureFixture[str]) -> None:
    """An error outside Flask is a 500 in the document's format and a line on stderr; the mock goes on."""
    with MockServer(contract, empty=True) as server:

        @server.app.teardown_request
        def spoil(_error: BaseException | None) -> None:
            raise ZeroDivisionError("oh")

        with Wire(server.url) as connection:
            for method in ("GET", "HEAD"):
                connection.send(f"{method} /api/phones HTTP/1.1", HOST)
                status, headers, body = connection.read(method)
                assert (status, headers["content-type"]) == (500, "application/json")
                assert (body == b"") is (method == "HEAD")
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(" (")[0] for line in lines] == [
        "GET '/api/phones': ZeroDivisionError: oh",
        "HEAD '/api/phones': ZeroDivisionError: oh",
    ]


def test_a_client_that_disconnects_registers_nothing(mock: MockServer, capsys: pytest.CaptureFixture[str]) -> None:
    """A client that disconnects in the middle of its body is dropped silently; nothing is registered."""
    for head in ("Content-Length: 1000", "Transfer-Encoding: chunked"):
        with Wire(mock.url) as connection:
            connection.send(POST, HOST, JSON, head, body=b'5\r\n{"num\r\n')
    assert requests.get(f"{mock.url}/phones", timeout=5).json()["total"] == 0
    assert capsys.readouterr().err == ""


def test_each_request_is_one_log_line(contract: Contract, capsys: pytest.CaptureFixture[str]) -> None:
    """With `log`, each request is one line on stderr that no request can split; none has a token."""
    with MockServer(contract, empty=True, log=True, token="hush") as server, Wire(server.url) as connection:
        for target in ("/api/phones?limit=1", "/api/phones/a%0Ab%20%C3%A9"):
            connection.send(f"GET {target} HTTP/1.1", HOST, "Authorization: Bearer hush")
            connection.read()
        lines = capsys.readouterr().err.splitlines()
    assert [" ".join(line.split(" ")[1:4]) for line in lines] == [
        "GET /api/phones?limit=1 200",
        "GET /api/phones/a%0Ab%20%C3%A9 404",
    ]
    assert re.fullmatch(r"[0-2][0-9]:[0-5][0-9]:[0-6][0-9] GET .* [0-9]+ ms", lines[0])
    assert lines[1].endswith(' ms getPhone: There is no phone with the uuid "a\\nb é".')


def test_a_loaded_contract_starts_and_stops_at_once(contract: Contract) -> None:
    """A mock of a loaded contract starts and stops without waiting for anything."""
    began = perf_counter()
    with MockServer(contract, empty=True) as server, Wire(server.url) as connection:
        assert perf_counter() - began < HANG_S
        connection.send("GET /api/phones HTTP/1.1", HOST)
        connection.read()
        stopping = perf_counter()
    assert perf_counter() - stopping < HANG_S


def test_a_stopped_mock_frees_its_port(contract: Contract) -> None:
    """A stopped mock's port is free."""
    with MockServer(contract, empty=True) as server:
        port = int(server.url.rpartition(":")[2].partition("/")[0])
        with pytest.raises(PortTakenError, match=f"^port {port} is taken: choose another with --port"):
            MockServer(contract, empty=True, port=port).__enter__()
    with pytest.raises(requests.ConnectionError):
        requests.get(server.url, timeout=5)
    with MockServer(contract, empty=True, port=port) as again:
        assert requests.get(f"{again.url}/phones", timeout=5).status_code == 200


def test_several_mocks_have_separate_records(contract: Contract) -> None:
    """Each of several mocks has its own records."""
    with MockServer(contract, empty=True) as one, MockServer(contract, empty=True) as other:
        assert requests.post(f"{one.url}/phones", json={"number": NUMBER}, timeout=5).status_code == 201
        assert requests.get(f"{other.url}/phones", timeout=5).json()["total"] == 0


def test_the_seed_determines_every_uuid(contract: Contract) -> None:
    """A seed determines every uuid; without one they differ."""

    def made(**options: Any) -> str:
        with MockServer(contract, empty=True, **options) as server:
            phone: dict[str, str] = requests.post(f"{server.url}/phones", json={"number": NUMBER}, timeout=5).json()
            return phone["uuid"]

    assert made(seed=7) == made(seed=7) != made(seed=8)
    assert made() != made()


def test_self_check_raises_for_broken_responses(contract: Contract) -> None:
    """With `self_check`, a broken response is a 500, and leaving the mock raises the violation."""
    server = MockServer(contract, empty=True, self_check=True)
    server.app.mock.state["phone"].load([{"uuid": "x"}])
    with pytest.raises(InvalidResponseError, match=r"GET /api/phones 200: .* is a required property"), server:
        assert requests.get(f"{server.url}/phones", timeout=5).status_code == 500


def test_an_exception_of_the_test_takes_precedence(contract: Contract) -> None:
    """An exception inside the block is the one that is raised."""
    with pytest.raises(KeyError, match="mine"), MockServer(contract, empty=True, self_check=True):
        raise KeyError("mine")


def test_logging_of_the_process_is_not_changed(contract: Contract) -> None:
    """The logging handlers of the process still work while the mock runs."""
    seen: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())

        def close(self) -> None:
            seen.append("closed")
            super().close()

    keeper = Keeper()
    logging.getLogger("mine").addHandler(keeper)
    try:
        with MockServer(contract, empty=True):
            logging.getLogger("mine").warning("still here")
    finally:
        logging.getLogger("mine").removeHandler(keeper)
    assert seen == ["still here"]


def test_python_options_are_validated_like_flags(contract: Contract) -> None:
    """Python options are validated as the command's are."""
    with pytest.raises(SettingsError, match="--port: invalid port 70000"):
        MockServer(contract, port=70000)


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("localhost", "http://localhost:"),
        pytest.param(
            "::1", "http://[::1]:", marks=pytest.mark.skipif(not has_ipv6_loopback(), reason="no IPv6 on this machine")
        ),
    ],
)
def test_hosts_are_shown_as_given(contract: Contract, host: str, shown: str) -> None:
    """A host is shown as given, an IPv6 address in brackets."""
    with MockServer(contract, empty=True, host=host) as server:
        assert server.url.startswith(shown)
        assert requests.get(f"{server.url}/phones", timeout=5).status_code == 200


def test_a_port_in_use_is_an_error() -> None:
    """A port in use is an error, even if the other socket would share it."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(PortTakenError):
            Listener("127.0.0.1", other.getsockname()[1])


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid", "x" * 300])
def test_an_address_of_another_machine_is_an_error(host: str) -> None:
    """An address that does not belong to this machine is an error that says so."""
    with pytest.raises(AddressError, match=f"^--host {host}"):
        Listener(host, 0)


def test_all_interfaces_are_not_loopback() -> None:
    """An address of all interfaces is not loopback."""
    for host, is_loopback in ((".".join("0000"), False), ("127.0.0.1", True)):
        listener = Listener(host, 0)
        assert listener.is_loopback is is_loopback
        listener.close()


def test_slow_clients_do_not_block_others(contract: Contract) -> None:
    """While a hundred requests are half sent, another one is answered."""
    with ExitStack() as clients, MockServer(contract, empty=True) as server:
        for _ in range(100):
            half = clients.enter_context(Wire(server.url))
            half.send(POST, HOST, JSON, "Content-Length: 10", body=b"{")
        assert requests.get(f"{server.url}/phones", timeout=5).status_code == 200


@pytest.mark.parametrize(
    "lines",
    [
        ("GET /api/phones HTTP/9.9", HOST),
        ("GET /api/phones HTTP/1.1", HOST, "X: a\0b"),
        (POST, HOST, JSON, "Content-Length: -1"),
        (POST, HOST, JSON, "Content-Length: 2", "Content-Length: 3"),
        ("\x16\x03\x01\x02",),
    ],
)
def test_non_http_bytes_get_400(mock: MockServer, wire: Wire, lines: tuple[str, ...]) -> None:
    """Bytes that are not HTTP get 400 in JSON and a closed connection; the next connection works."""
    wire.send(*lines)
    status, headers, body = wire.read()
    assert (status, headers["content-type"], headers["connection"]) == (400, "application/json", "close")
    assert json.loads(body)["message"].startswith("Invalid HTTP/1.1 request: ")
    assert wire.is_closed()
    assert requests.get(f"{mock.url}/phones", timeout=5).status_code == 200


def test_open_connections_do_not_delay_the_exit(contract: Contract) -> None:
    """At exit, idle connections close and half-sent requests are dropped."""
    with ExitStack() as clients:
        with MockServer(contract, empty=True) as server:
            idle, half = (clients.enter_context(Wire(server.url)) for _ in range(2))
            idle.send("GET /api/phones HTTP/1.1", HOST)
            idle.read()
            half.send(POST, HOST, JSON, "Content-Length: 10")
            began = perf_counter()
        assert perf_counter() - began < HANG_S
        assert idle.is_closed()

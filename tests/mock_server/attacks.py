"""Attacks on the mock's HTTP server, as tables of bytes.

    python -m tests.mock_server.attacks --long

runs them all against a mock in a process of its own: every request cut at every byte, bodies of 1 GB, floods of
sessions, rules, snapshots, journal entries and records, and a hundred kills while it writes its state file. It prints a
table, and ends with 1 if one of them succeeded. `tests/mock_server/server/test_attacks.py` runs the short ones.
"""

from __future__ import annotations

import json
import re
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import click
import requests

HOST = b"Host: x\r\n"
JSON = b"Content-Type: application/json\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
GET = b"GET /api/phones HTTP/1.1\r\n"
PHONE = b'{"number":"+12025550143"}'
GARBAGE = b"garbage garbage garbage\r\n\r\n"
MEGABYTE = b"x" * (1 << 20)

_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
_MOST_GROWTH_MB = 64
_MOST_KEPT_MB = 700
_BATCH = 100


def post(fields: bytes, body: bytes = PHONE, version: bytes = b"1.1") -> bytes:
    """A request to register a phone."""
    return b"POST /api/phones HTTP/" + version + b"\r\n" + HOST + JSON + fields + b"\r\n" + body


def sized(body: bytes = PHONE, fields: bytes = b"") -> bytes:
    """A request to register a phone with a Content-Length."""
    return post(fields + b"Content-Length: %d\r\n" % len(body), body)


def chunked(chunks: bytes = b"19\r\n" + PHONE + b"\r\n0\r\n\r\n", fields: bytes = CHUNKED) -> bytes:
    """A request to register a phone in chunks."""
    return post(fields, chunks)


class Attack(NamedTuple):
    """Bytes to send on one connection, the statuses of the responses, and how many phones there are afterwards."""

    sent: bytes
    statuses: list[int]
    phones: int = 0


FRAMING: Mapping[str, Attack] = {
    "two lengths": Attack(sized(fields=b"Content-Length: 3\r\n"), [400]),
    "the same length twice": Attack(sized(fields=b"Content-Length: 25\r\n"), [400]),
    "a list of lengths": Attack(post(b"Content-Length: 25, 25\r\n"), [400]),
    "a signed length": Attack(post(b"Content-Length: +25\r\n"), [400]),
    "a hexadecimal length": Attack(post(b"Content-Length: 0x19\r\n"), [400]),
    "a length beyond 64 bits": Attack(post(b"Content-Length: 99999999999999999999999\r\n"), [400]),
    "a length and chunks": Attack(sized(b"5\r\nhello\r\n0\r\n\r\n", CHUNKED), [400]),
    "chunks": Attack(chunked(), [201], 1),
    "chunks twice": Attack(chunked(fields=CHUNKED * 2), [400]),
    "chunks in HTTP/1.0": Attack(chunked().replace(b"HTTP/1.1", b"HTTP/1.0"), [400]),
    "compressed chunks": Attack(chunked(fields=b"Transfer-Encoding: gzip, chunked\r\n"), [501]),
    "an unknown transfer coding": Attack(chunked(fields=b"Transfer-Encoding: xchunked\r\n"), [501]),
    "a negative chunk": Attack(chunked(b"-5\r\nhello\r\n0\r\n\r\n"), [400]),
    "a chunk beyond 64 bits": Attack(chunked(b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n"), [400]),
    "a chunk with 0x": Attack(chunked(b"0x19\r\n" + PHONE + b"\r\n0\r\n\r\n"), [400]),
    "a chunk that is too long": Attack(chunked(b"5\r\nhelloXX0\r\n\r\n"), [400]),
    "chunks with bare line feeds": Attack(chunked(b"19\n" + PHONE + b"\n0\n\n"), [400]),
    "a folded field": Attack(GET + HOST + b"X-A: a\r\n b\r\n\r\n", [400]),
    "bare line feeds": Attack(b"GET /api/phones HTTP/1.1\nHost: x\n\n", [400]),
    "a bare carriage return": Attack(GET + b"Host: x\rX: y\r\n\r\n", [400]),
    "a space before the colon": Attack(GET + b"Host : x\r\n\r\n", [400]),
    "a NUL in a value": Attack(GET + HOST + b"X: a\0b\r\n\r\n", [400]),
    "a field without a name": Attack(GET + HOST + b": a\r\n\r\n", [400]),
    "a tab in the request line": Attack(b"GET\t/api/phones HTTP/1.1\r\n" + HOST + b"\r\n", [400]),
    "a space before the method": Attack(b" " + GET + HOST + b"\r\n", [400]),
    "HTTP/0.9": Attack(b"GET /api/phones\r\n\r\n", [400]),
    "HTTP/2": Attack(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400]),
    "empty lines before the request": Attack(b"\r\n\r\n" + GET + HOST + b"\r\n", [200]),
}
"""RFC 9112, sections 2 to 7."""

HOSTS: Mapping[str, Attack] = {
    "no Host": Attack(GET + b"\r\n", [400]),
    "no Host in HTTP/1.0": Attack(b"GET /api/phones HTTP/1.0\r\n\r\n", [200]),
    "two Hosts": Attack(GET + HOST + b"Host: y\r\n\r\n", [400]),
    "the same Host twice": Attack(GET + HOST + HOST + b"\r\n", [400]),
    "an empty Host": Attack(GET + b"Host:\r\n\r\n", [400]),
    "a Host with a space": Attack(GET + b"Host: a b\r\n\r\n", [400]),
    "a Host with a user": Attack(GET + b"Host: a@b\r\n\r\n", [400]),
    "a Host with a path": Attack(GET + b"Host: a/b\r\n\r\n", [400]),
    "a Host of a port alone": Attack(GET + b"Host: :80\r\n\r\n", [400]),
    "a Host of IPv6": Attack(GET + b"Host: [::1]:80\r\n\r\n", [200]),
}
"""RFC 9112, section 3.2."""

PIPELINES: Mapping[str, Attack] = {
    "garbage after a request": Attack(sized() + GARBAGE, [201, 400], 1),
    "garbage after chunks": Attack(chunked() + GARBAGE, [201, 400], 1),
    "garbage after a long body": Attack(sized(PHONE + b" " * 70_000) + GARBAGE, [201, 400], 1),
    "garbage after two requests": Attack(chunked() + GET + HOST + b"\r\n" + GARBAGE, [201, 200, 400], 1),
    "a broken chunk after a request": Attack(chunked() + chunked(b"x\r\n"), [201, 400], 1),
    "a broken chunk in the body": Attack(chunked(b"19\r\n" + PHONE + b"\r\nx\r\n"), [400]),
    "a request after a refused one": Attack(GET + b"\r\n" + sized(), [400]),
    "trailers": Attack(chunked(b"19\r\n" + PHONE + b"\r\n0\r\nHost: y\r\nX-Mock-Session: y\r\n\r\n"), [201], 1),
}
"""Only requests with a successful response are carried out."""

CUT = {
    "GET": Attack(GET + HOST + b"\r\n", [200]),
    "an unknown method": Attack(b"PROPPATCHX /api/phones HTTP/1.1\r\n" + HOST + b"\r\n", [405]),
    "a target in UTF-8": Attack("GET /api/phones?search=é HTTP/1.1\r\n".encode() + HOST + b"\r\n", [200]),
    "two Hosts": HOSTS["two Hosts"],
    "a body": Attack(sized(), [201], 1),
    "chunks": Attack(chunked(), [201], 1),
}
"""Requests to be sent in two pieces."""


def floods(megabytes: int) -> Iterator[tuple[str, bytes, Iterable[bytes], bytes, int]]:
    """Requests that never end, or nearly: a name, the beginning, the pieces, the end, the status of the response."""
    admin = b"PUT /__mock/state HTTP/1.1\r\nHost: localhost\r\n" + JSON
    pieces = [MEGABYTE] * megabytes
    chunks = [b"100000\r\n" + MEGABYTE + b"\r\n"] * megabytes
    yield "a trailer", chunked(b"0\r\nX: "), pieces, b"\r\n\r\n", 400
    yield "trailers", chunked(b"0\r\n"), [b"X-1: y\r\n" * 131_072] * megabytes, b"\r\n", 400
    yield "a chunk extension", chunked(b"1;a="), pieces, b"\r\nx\r\n0\r\n\r\n", 400
    yield "a header field", GET + HOST + b"X: ", pieces, b"\r\n\r\n", 431
    yield "a request line", b"GET /", pieces, b" HTTP/1.1\r\n\r\n", 431
    yield "a state with a length", admin + b"Content-Length: 10000000000\r\n\r\n", pieces, b"", 413
    yield "a state in chunks", admin + CHUNKED + b"\r\n", chunks, b"0\r\n\r\n", 413
    yield "a phone in chunks", post(CHUNKED, b""), chunks, b"0\r\n\r\n", 413


def responses(port: int, *pieces: bytes, patience_s: float = 5.0) -> list[int]:
    """The statuses of the responses to what is sent in `pieces`, until the mock closes the connection.

    The last request of `pieces` should make it do so; otherwise it is closed after a last request of ours.
    """
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=patience_s) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(OSError):
            for piece in pieces:
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            while data := connection.recv(65_536):
                received += data
    return [int(status) for status in _STATUS.findall(received)]


def flooded(port: int, head: bytes, pieces: Iterable[bytes], tail: bytes) -> int:
    """The status of the response to a flood; 0 without a response."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        with suppress(OSError):
            connection.sendall(head)
            for piece in pieces:
                connection.sendall(piece)
            connection.sendall(tail)
        received = b""
        with suppress(OSError):
            received = connection.recv(4096)
    found = _STATUS.match(received)
    return int(found[1]) if found else 0


@contextmanager
def mock_process(*flags: str) -> Iterator[tuple[Popen[str], int]]:
    """A mock in a separate process, and its port."""
    command = [sys.executable, "-m", "mock_server", "--port", "0", "--no-log", *flags]
    with Popen(command, stdout=PIPE, text=True) as process:
        try:
            lines = process.stdout or ()
            port = next(
                int(line.rpartition(":")[2].partition("/")[0]) for line in lines if line.startswith("listening")
            )
            yield process, port
        finally:
            process.kill()


def peak_mb(pid: int) -> int:
    """The peak memory of a process, in megabytes (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) // 1024


def _api(port: int, method: str, path: str, body: Any = None) -> requests.Response:
    return requests.request(method, f"http://127.0.0.1:{port}{path}", json=body, timeout=30)


def _tables(port: int) -> Iterator[tuple[str, bool]]:
    for name, attack in {**FRAMING, **HOSTS, **PIPELINES}.items():
        _api(port, "POST", "/__mock/reset")
        held = responses(port, attack.sent) == attack.statuses
        yield name, held and _api(port, "GET", "/api/phones").json()["total"] == attack.phones


def _cuts(port: int) -> Iterator[tuple[str, bool]]:
    for name, attack in CUT.items():
        held = True
        for at in range(1, len(attack.sent)):
            _api(port, "POST", "/__mock/reset")
            held &= responses(port, attack.sent[:at], attack.sent[at:]) == attack.statuses
        yield f"cut at each byte: {name}", held


def _floods(process: Popen[str], port: int) -> Iterator[tuple[str, bool]]:
    for name, head, pieces, tail, status in floods(1024):
        before = peak_mb(process.pid)
        held = flooded(port, head, pieces, tail) == status
        yield f"1 GB: {name}", held and peak_mb(process.pid) - before < _MOST_GROWTH_MB


def _crowd(kind: str, number: int) -> bytes:
    """One of very many requests, each of which adds something that the mock stores."""
    local, session = b"Host: localhost\r\n", b"X-Mock-Session: s%d\r\n" % number
    match kind:
        case "sessions":
            return b"GET /api/phones?limit=1 HTTP/1.1\r\n" + HOST + session + b"\r\n"
        case "snapshots":
            head = b"PUT /__mock/snapshots/s%d HTTP/1.1\r\n" % number
            return head + local + b"Content-Length: 0\r\n\r\n"
        case "rules of 5 kB":
            body = b'{"operationId": "listPhones", "status": 200, "body": {"text": "%s"}}' % (b"x" * 5_000)
            session = b"X-Mock-Session: s%d\r\n" % (number % 900)
            head = b"POST /__mock/rules HTTP/1.1\r\n" + local + session + JSON
        case "records":
            body = b'{"number": "+999%011d", "name": "%s"}' % (number, b"x" * 100)
            head = b"POST /api/phones HTTP/1.1\r\n" + HOST + JSON
        case _:
            body = b'{"name": "%s"}' % (b"x" * 10_000)
            head = b"POST /api/phones HTTP/1.1\r\n" + HOST + JSON
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def _crowds(process: Popen[str], port: int, count: int = 100_000) -> Iterator[tuple[str, bool]]:
    for kind in ("sessions", "snapshots", "rules of 5 kB", "bodies of 10 kB in the journal", "records"):
        before = peak_mb(process.pid)
        received = sum(
            len(responses(port, b"".join(_crowd(kind, number) for number in range(start, start + _BATCH))))
            for start in range(0, count, _BATCH)
        )
        growth = peak_mb(process.pid) - before
        name = f"{count:,} {kind}: {growth} MB more, {peak_mb(process.pid)} MB in all"
        yield name, received == count and growth < _MOST_KEPT_MB


def _kills(rounds: int) -> Iterator[tuple[str, bool]]:
    """Kill the mock while it writes: what was acknowledged half a second before is there, the file is whole."""
    lost = 0
    with TemporaryDirectory() as folder:
        file = Path(folder, "state.json")
        for turn in range(rounds):
            with mock_process("--empty", "--state", str(file)) as (process, port):
                number = f"+999{turn:011}"
                assert _api(port, "POST", "/api/phones", {"number": number}).status_code == 201
                time.sleep(0.5 + turn % 10 * 0.03)
                _api(port, "POST", "/api/phones", {"number": f"+998{turn:011}"})
                time.sleep(turn % 7 * 0.05)
                process.send_signal(signal.SIGKILL)
            lost += number not in {record["number"] for record in json.loads(file.read_bytes())}
    yield f"{rounds} kills while the state is written", lost == 0


@click.command()
@click.option("--long", is_flag=True, help="Floods of 1 GB, cuts at each byte and a hundred kills, too.")
def command(long: bool) -> None:
    """Attack a mock, and print what held."""
    failed = tried = 0
    with mock_process("--empty") as (process, port):
        parts: list[Callable[[], Iterator[tuple[str, bool]]]] = [lambda: _tables(port)]
        if long:
            parts += [lambda: _cuts(port), lambda: _floods(process, port)]
            parts += [lambda: _crowds(process, port), lambda: _kills(100)]
        for part in parts:
            for name, held in part():
                tried += 1
                failed += not held
                click.echo(f"{'held  ' if held else 'FAILED'}  {name}")
    click.echo(f"{tried} attacks tried: {tried - failed} held, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    command()

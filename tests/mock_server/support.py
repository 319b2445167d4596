"""Helpers of the mock's tests: a mock with its self-check, and short ways to call it."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http.client import HTTPResponse
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from mock_server.settings.settings import Settings
from mock_server.web.app import MockApp, create_app
from openapi import Contract

NUMBER = "+12025550143"
PHONES = "/api/phones"

# What takes longer hangs: far above what a loaded machine needs for something that takes milliseconds.
HANG_S = 30.0


class JsonResponse(NamedTuple):
    """A response: `body` is its JSON value, None without content."""

    status: int
    headers: Mapping[str, str]
    body: Any


class FrozenClock:
    """A clock that is frozen at `instant` until it is set."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)

    def now(self) -> datetime:
        """The time at which the clock is frozen."""
        return self.instant

    def advance(self, seconds: float) -> None:
        """Move the clock forward, or back if negative."""
        self.instant += timedelta(seconds=seconds)


class Caller:
    """Calls a mock in process. A response that fails the mock's self-check raises an error."""

    def __init__(self, app: MockApp, headers: Mapping[str, str] | None = None) -> None:
        self.app = app
        self._client = app.test_client()
        self._headers = dict(headers or {})

    def __call__(
        self, method: str, path: str, body: Any = None, *, data: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> JsonResponse:
        """Send `body` as JSON, or `data` unchanged."""
        given = {**self._headers, **headers}
        if body is not None:
            data = json.dumps(body).encode()
            given.setdefault("Content-Type", "application/json")
        response = self._client.open(path, method=method, data=data, headers=given)
        text = response.get_data()
        return JsonResponse(response.status_code, dict(response.headers), json.loads(text) if text else None)

    def get(self, path: str = PHONES) -> JsonResponse:
        """GET `path`."""
        return self("GET", path)

    def register(self, number: str = NUMBER, **members: Any) -> dict[str, Any]:
        """Register a phone that must be new, and return it."""
        response = self("POST", PHONES, {"number": number, **members})
        assert response.status == 201, response
        phone: dict[str, Any] = response.body
        return phone

    def reset(self) -> None:
        """Bring the session back to how it started, which costs far less than another mock."""
        assert self("POST", "/__mock/reset").status == 200

    def violations(
        self, method: str, path: str, body: Any = None, *, data: bytes | None = None
    ) -> list[tuple[str, str]]:
        """Where a request that must be refused with 400 is wrong: (in, path)."""
        headers = {"Content-Type": "application/json"} if data is not None else {}
        response = self(method, path, body, data=data, headers=headers)
        assert response.status == 400, response
        return [(violation["in"], violation["path"]) for violation in response.body["errors"]]


def caller_of(contract: Contract, clock: FrozenClock | None = None, **settings: Any) -> Caller:
    """A caller of an empty mock of `contract` that checks its own responses."""
    return Caller(create_app(contract, Settings(empty=True, self_check=True, **settings), clock))


def number(index: int) -> str:
    """One of a thousand reserved numbers (Ofcom's for drama)."""
    return f"+442079460{index:03}"


class Wire:
    """A connection to a mock that sends raw bytes."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=5)

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, *lines: str, body: bytes = b"") -> None:
        """Send a request: its line, its header fields, its body."""
        self.send_bytes("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def send_bytes(self, data: bytes) -> None:
        """Send bytes."""
        self._socket.sendall(data)

    def send_without_end(self, data: bytes) -> None:
        """Send the same bytes repeatedly. Raises TimeoutError when the mock no longer reads them."""
        self._socket.settimeout(0.5)
        while True:
            self._socket.sendall(data)

    def read(self, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
        """Read one response to `method`: its status, its header fields (names in lower case), its body."""
        response = HTTPResponse(self._socket, method=method)
        response.begin()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()

    def read_in_turn(self) -> tuple[int, bytes]:
        """Read one of several pipelined responses, and nothing of the next: its status and its body."""
        status, length = int(self.read_line().split()[1]), 0
        while (line := self.read_line()) != b"\r\n":
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return status, b"".join(self._socket.recv(1) for _ in range(length))

    def read_line(self) -> bytes:
        """Read one raw line."""
        line = b""
        while not line.endswith(b"\n"):
            line += self._socket.recv(1) or b"\n"
        return line

    def is_closed(self) -> bool:
        """Whether the mock closes the connection."""
        return self._socket.recv(1) == b""


def session(call: Caller, name: str) -> Caller:
    """A caller of the same mock, in the session `name`."""
    return Caller(call.app, {"X-Mock-Session": name})


def numbers(call: Caller) -> list[str]:
    """The numbers of the first hundred phones."""
    return [phone["number"] for phone in call.get(f"{PHONES}?limit=100").body["phones"]]

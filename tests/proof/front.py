"""Serves a handler that works with plain values over HTTP/1.1, on a free port of this machine.

A handler is called as `handler(request, correct)`, with a `Request` and the correct service, and returns a
`ServiceResponse` (all of `messages` and `correct`). `correct(request)` is the mock's response; `correct.records()` and
its other methods work on the records directly. A response's `wire` says how it is sent. A service that differs from the
mock in one point is:

    def shouting(request: Request, correct: Correct) -> ServiceResponse:
        return correct(request).with_header("X-Powered-By", "CAPITALS")

    with Front(shouting) as front:
        ...  # front.url is http://127.0.0.1:PORT/api

Several threads may call a handler at once. A handler with a state is an object with `__call__`; an independent service
never calls `correct`. An exception in a handler is an error in the catalogue, not a fault of the service: leaving the
front raises ServiceError.
"""

from __future__ import annotations

import socket
import time
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self, TypeAlias

from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse

Handler: TypeAlias = Callable[[Request, Correct], ServiceResponse]

_NO_BODY = (204, 304)
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class ServiceError(RuntimeError):
    """A handler raised an exception. The message says which, and for which request."""


class Front:
    """A service on a free port, as a context manager. Its threads end with it.

    `handler` makes the responses. `correct` is the correct service behind it, None for an independent one; with a
    `token`, it requires that token. The service is below `prefix`, which no handler sees, and `/api`.
    """

    def __init__(
        self, handler: Handler, correct: Correct | None = None, *, token: str | None = None, prefix: str = ""
    ) -> None:
        self.correct = correct or Correct(token)
        self.errors: list[str] = []
        self.requests = 0
        self._handler = handler
        self._prefix = prefix
        self._server = _Server(("127.0.0.1", 0), _exchange(self._respond))
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        """The address that the check is given."""
        return f"http://127.0.0.1:{self._server.server_address[1]}{self._prefix}/api"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if self.errors and error is None:
            raise ServiceError(f"the service itself failed:\n{self.errors[0]}")

    def _respond(self, request: Request) -> ServiceResponse:
        self.requests += 1
        if not request.path.startswith(self._prefix):
            return ServiceResponse(404)
        request = replace(request, path=request.path.removeprefix(self._prefix))
        try:
            return self._handler(request, self.correct)
        except Exception:
            self.errors.append(f"{request}\n{traceback.format_exc()}")
            raise


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: a client may disconnect, and the front keeps what a handler raises."""


def _exchange(response: Callable[[Request], ServiceResponse]) -> type[BaseHTTPRequestHandler]:
    class Exchange(_Exchange):
        def response(self, request: Request) -> ServiceResponse:
            return response(request)

    return Exchange


class _Exchange(BaseHTTPRequestHandler, ABC):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    rbufsize = 1 << 16
    wbufsize = 1 << 16

    @abstractmethod
    def response(self, request: Request) -> ServiceResponse:
        """The response to send."""

    def handle_one_request(self) -> None:
        """Read one request with any method, and send its response."""
        try:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            self._send(self.response(self._request()))
            self.wfile.flush()
        except OSError:
            self.close_connection = True

    def _request(self) -> Request:
        # `parse_request` merges slashes at the start; this is the path as sent.
        target = self.raw_requestline.decode("latin-1").split(" ")[1]
        path, _, query = target.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return Request(self.command, path, query, tuple(self.headers.items()), body)

    def _send(self, response: ServiceResponse) -> None:
        wire, body = response.wire, response.body
        if wire.delay_s:
            time.sleep(wire.delay_s)
        if wire.drop == "response":
            self._hang_up()
            return
        if wire.endless:
            self._send_endlessly(wire.endless)
            return
        chunked = wire.chunked and bool(body) and wire.version == "HTTP/1.1"
        self.wfile.write(self._head(response, chunked))
        if wire.drop == "half":
            self.wfile.write(body[: len(body) // 2])
            self._hang_up()
            return
        self.wfile.write(b"".join(_chunks(body)) if chunked else body)

    def _send_endlessly(self, part: str) -> None:
        """Send until the client closes the connection."""
        start = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        start += b"X-Padding: " if part == "head" else b'\r\n{"phones": "'
        # Not through the buffer, which could not be flushed in the end.
        self.connection.sendall(start)
        while True:
            self.connection.sendall(b"x" * 65536 if part == "flood" else b"x")
            time.sleep(0 if part == "flood" else 0.05)

    def _head(self, response: ServiceResponse, chunked: bool) -> bytes:
        lines = [f"{response.wire.version} {response.status} {_REASONS.get(response.status, 'Unknown')}"]
        lines += [f"{name}: {text}" for name, text in response.headers]
        if response.wire.dated and response.header("Date") is None:
            lines.append(f"Date: {self.date_time_string()}")
        if chunked:
            lines.append("Transfer-Encoding: chunked")
        elif self._has_length(response):
            lines.append(f"Content-Length: {len(response.body)}")
        if response.wire.version == "HTTP/1.0" or response.header("Connection") == "close":
            self.close_connection = True
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _has_length(self, response: ServiceResponse) -> bool:
        """Whether to add Content-Length. A response to HEAD may omit it (RFC 9110, section 9.3.2)."""
        has_field = response.header("Content-Length") is not None
        return not has_field and response.status not in _NO_BODY and self.command != "HEAD"

    def _hang_up(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def _chunks(body: bytes) -> list[bytes]:
    """The body in chunks (RFC 9112, section 7.1)."""
    size = max(1, len(body) // 3)
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return [*(b"%x\r\n%s\r\n" % (len(part), part) for part in parts), b"0\r\n\r\n"]

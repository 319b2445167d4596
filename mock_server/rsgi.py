"""Granian's requests (RSGI) into a WSGI application (PEP 3333), and its answers back.

The application runs in the thread of the event loop, one request after the other; only bodies are waited for.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from io import BytesIO
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, TypeAlias
from urllib.parse import quote

from granian.rsgi import Scope

from mock_server.delivery import Answer, Sender
from mock_server.errors import FAILURE, ErrorWriter
from mock_server.failures import failure_line, print_line
from mock_server.guard import ADMIN, MOST_ADMIN_BYTES
from mock_server.log import Line, build_log
from mock_server.messages import NOTHING, Reply
from mock_server.recording import ASIDE, FIELDS, NOTED
from mock_server.settings import LogStyle

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

_HeaderList: TypeAlias = list[tuple[str, str]]
_ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

_MOST_DRAINED_BYTES = 64 * 1024 * 1024
_LONGEST_DRAIN_S = 10.0
_VERSIONS = {"1": "HTTP/1.0", "1.1": "HTTP/1.1"}
_KEYS = {
    "content-type": "CONTENT_TYPE",
    "content-length": "CONTENT_LENGTH",
    "host": "HTTP_HOST",
    "accept": "HTTP_ACCEPT",
    "user-agent": "HTTP_USER_AGENT",
    "origin": "HTTP_ORIGIN",
    "connection": "HTTP_CONNECTION",
}


class HttpProtocol(Sender, Protocol):
    """The rest of an exchange (granian's RSGIHTTPProtocol): the request's body, and the way back."""

    async def __call__(self) -> bytes:
        """The whole body."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The body in pieces. It may be asked for once."""


class _Started:
    """Collects what a WSGI application answers; it is its `start_response`."""

    __slots__ = ("body", "headers", "status")

    def __init__(self) -> None:
        self.status = 0
        self.headers: _HeaderList = []
        self.body = b""

    def __call__(
        self, status: str, headers: _HeaderList, _exc_info: _ExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        self.status = int(status[:3])
        self.headers = headers
        return self._write

    def _write(self, data: bytes) -> None:
        self.body += data


class _Guard:
    """Ends in order where what it guards raises an Exception, and keeps it."""

    __slots__ = ("error",)

    def __init__(self) -> None:
        self.error: Exception | None = None

    def __enter__(self) -> _Guard:
        return self

    def __exit__(self, _type: type[BaseException] | None, error: BaseException | None, _trace: object) -> bool:
        if isinstance(error, Exception):
            self.error = error
        return self.error is not None


class Adapter:
    """An RSGI application that answers with a WSGI application.

    It reads at most `most_body_bytes` of a body and one more, so that the application sees that it is too long. What
    the application raises becomes an answer 500 of `errors` and a line on stderr. `application` may be replaced
    between two requests.
    """

    def __init__(
        self,
        application: WSGIApplication,
        errors: ErrorWriter,
        most_body_bytes: int,
        address: tuple[str, int],
        log: LogStyle,
    ) -> None:
        self.application = application
        self._errors = errors
        self._most = most_body_bytes
        self._log = build_log(log)
        self._constant: WSGIEnvironment = {
            "SCRIPT_NAME": "",
            "SERVER_NAME": address[0],
            "SERVER_PORT": str(address[1]),
            "wsgi.version": (1, 0),
            "wsgi.errors": sys.stderr,
            "wsgi.input_terminated": True,
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }

    async def __call__(self, scope: Scope, protocol: HttpProtocol) -> None:
        """Answer one request."""
        began_s = perf_counter()
        environ = self._environ(scope)
        unread: AsyncIterator[bytes] | None = None
        if "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ:
            try:
                body, unread = await self._read(environ, protocol)
            except RuntimeError:
                return  # The client has gone: granian's ProtocolClosed or ProtocolError.
            environ["wsgi.input"] = BytesIO(body)
        else:
            environ["wsgi.input"] = BytesIO()
        status, headers, body, _ = self._run(environ)
        aside = environ.get(ASIDE, NOTHING)
        if aside.fault is not None or aside.delay_ms:
            # A client that has gone meanwhile misses nothing.
            with suppress(RuntimeError):
                await Answer(protocol, status, list(headers), body).send(aside, scope.client, scope.server)
        elif body:
            protocol.response_bytes(status, list(headers), body)
        else:
            protocol.response_empty(status, list(headers))
        if self._log is not None:
            took_ms = (perf_counter() - began_s) * 1000
            method = environ["REQUEST_METHOD"]
            self._log(Line(method, _target(scope), status, took_ms, environ.get(NOTED), aside))
        # Closing while the client still sends would lose it the answer; who waits for 100 Continue has sent nothing.
        if unread is not None and "HTTP_EXPECT" not in environ:
            await _drain(unread)

    def _environ(self, scope: Scope) -> WSGIEnvironment:
        path, query = scope.path, scope.query_string
        environ = {
            **self._constant,
            "REQUEST_METHOD": scope.method,
            "PATH_INFO": path if path.isascii() else path.encode().decode("latin-1"),
            "QUERY_STRING": query if query.isascii() else query.encode().decode("latin-1"),
            "SERVER_PROTOCOL": _VERSIONS.get(scope.http_version, "HTTP/1.1"),
            "REMOTE_ADDR": scope.client.rpartition(":")[0],
            "wsgi.url_scheme": scope.scheme,
        }
        fields = environ[FIELDS] = scope.headers.items()
        for name, value in fields:
            # WSGI can't tell X_Y from X-Y.
            if "_" in name:
                continue
            key = _KEYS.get(name) or f"HTTP_{name.upper().replace('-', '_')}"
            between = "; " if key == "HTTP_COOKIE" else ","
            environ[key] = f"{environ[key]}{between}{value}" if key in environ else value
        return environ

    async def _read(
        self, environ: WSGIEnvironment, protocol: HttpProtocol
    ) -> tuple[bytes, AsyncIterator[bytes] | None]:
        """The body as far as it is wanted, and the rest if there may be one."""
        length: str | None = environ.get("CONTENT_LENGTH")
        most = max(self._most, MOST_ADMIN_BYTES) if ADMIN in environ["PATH_INFO"] else self._most
        if length is not None:
            # One byte too many is still read: the application takes it, and sees for itself that it is too long.
            if int(length) > most + 1:
                return b"", _pieces(protocol)
            return (await protocol()) if int(length) else b"", None
        body, pieces = bytearray(), _pieces(protocol)
        async for piece in pieces:
            body += piece
            if len(body) > most:
                return bytes(body[: most + 1]), pieces
        return bytes(body), None

    def _run(self, environ: WSGIEnvironment) -> Reply:
        answer, guard = _Started(), _Guard()
        with guard:
            pieces: Iterable[bytes] = self.application(environ, answer)
            try:
                answer.body += b"".join(pieces)
            finally:
                close = getattr(pieces, "close", None)
                if close is not None:
                    close()
        if guard.error is None:
            return Reply(answer.status, tuple(answer.headers), answer.body)
        print_line(failure_line(environ["REQUEST_METHOD"], environ["PATH_INFO"], guard.error))
        status, headers, body, _ = self._errors.write(500, FAILURE)
        return Reply(status, headers, b"" if environ["REQUEST_METHOD"] == "HEAD" else body)


async def _pieces(protocol: HttpProtocol) -> AsyncIterator[bytes]:
    async for piece in protocol:
        yield piece


async def _drain(unread: AsyncIterator[bytes]) -> None:
    drained = 0
    with suppress(TimeoutError, RuntimeError):
        async with asyncio.timeout(_LONGEST_DRAIN_S):
            async for piece in unread:
                drained += len(piece)
                if drained > _MOST_DRAINED_BYTES:
                    return


def _target(scope: Scope) -> str:
    path = scope.path if scope.path.isascii() and scope.path.isprintable() else quote(scope.path)
    return f"{path}?{scope.query_string}" if scope.query_string else path

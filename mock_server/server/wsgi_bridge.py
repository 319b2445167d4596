"""Hands a request to Flask through WSGI (PEP 3333), and takes its response back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from io import BytesIO
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias

from mock_server.http.live import LIVE
from mock_server.http.messages import HttpResponse
from mock_server.web.app import HANDLED, MATCH, MockApp
from mock_server.web.router import HandledRequest, Match

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_HeaderList: TypeAlias = list[tuple[str, str]]
_ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

_NOT_HTTP = ("content-type", "content-length")
"""The header fields whose WSGI keys have no HTTP_ in front."""


class _WsgiResponse:
    """Collects the response of a WSGI application; it is its `start_response`."""

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


class WsgiBridge:
    """Calls WSGI applications for a server at `address`, which speaks `scheme`."""

    def __init__(self, address: tuple[str, int], scheme: str) -> None:
        self._constant: WSGIEnvironment = {
            "SCRIPT_NAME": "",
            "SERVER_NAME": address[0],
            "SERVER_PORT": str(address[1]),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": scheme,
            "wsgi.errors": sys.stderr,
            "wsgi.input_terminated": True,
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }

    def respond(self, application: MockApp, match: Match, most_bytes: int) -> HandledRequest:
        """The response of `application`. A body that is None was longer than `most_bytes`."""
        environ, started = self._environ(match, most_bytes), _WsgiResponse()
        pieces: Iterable[bytes] = application(environ, started)
        try:
            body = started.body if LIVE in environ else started.body + b"".join(pieces)
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
        headers = tuple(field for field in started.headers if field[0].lower() != "content-length")
        length = next((int(value) for name, value in started.headers if name.lower() == "content-length"), None)
        handled: HandledRequest | None = environ.get(HANDLED)
        if handled is None:
            response = HttpResponse(started.status, headers, body)
            return HandledRequest(response, None, length, environ.get(LIVE))
        response = HttpResponse(started.status, headers, body, handled.response.notes)
        return HandledRequest(response, handled.entry, length)

    def _environ(self, match: Match, most_bytes: int) -> WSGIEnvironment:
        request = match.request
        environ = {
            **self._constant,
            "REQUEST_METHOD": request.method,
            "PATH_INFO": request.path,
            "REQUEST_URI": request.target,
            "QUERY_STRING": request.query,
            "SERVER_PROTOCOL": f"HTTP/{request.version}",
            "REMOTE_ADDR": request.peer,
            "wsgi.input": BytesIO(request.body or b""),
            MATCH: match,
        }
        for name, value in request.items():
            # WSGI can't tell X_Y from X-Y.
            if "_" not in name:
                key = name.upper().replace("-", "_")
                environ[key if name in _NOT_HTTP else f"HTTP_{key}"] = value
        if request.body is None:
            # Flask refuses a body by its length, which it ignores if the body came in chunks.
            environ.pop("HTTP_TRANSFER_ENCODING", None)
            environ["CONTENT_LENGTH"] = str(most_bytes + 1)
        return environ

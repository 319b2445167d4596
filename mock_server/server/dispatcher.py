"""Passes a request to the router, or through WSGI (PEP 3333) to Flask, and logs it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable
from io import BytesIO
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias

from mock_server.admin.access import ADMIN, MOST_ADMIN_BYTES
from mock_server.http.errors import FAILURE
from mock_server.http.live import LIVE
from mock_server.http.messages import HttpResponse
from mock_server.http.raw_request import RawRequest
from mock_server.server.recording_file import RecordingFile
from mock_server.server.request_log import build_log
from mock_server.stderr import FAILURES
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


class Dispatcher:
    """Answers requests, one after the other, and prints a line for each.

    An exception becomes a 500 in the document's format and a line on stderr. `application` may be replaced between two
    requests.
    """

    def __init__(self, application: MockApp, address: tuple[str, int], scheme: str) -> None:
        self.application = application
        self._log = build_log(application.mock.settings)
        self.recording: RecordingFile | None = None
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

    def most_bytes(self, request: RawRequest) -> int:
        """The longest body allowed."""
        most = self.application.mock.contract.refusals.max_body_bytes
        return max(most, MOST_ADMIN_BYTES) if ADMIN in request.path else most

    def answer(self, request: RawRequest) -> HandledRequest:
        """The response to a request whose body has arrived."""
        application, router = self.application, self.application.router
        match = router.find(request)
        try:
            if match.is_flask_path or application.has_user_hooks:
                return self._through_flask(match)
            return router.answer(match)
        except Exception:
            FAILURES.exception("unexpected", extra={"method": request.method, "path": match.path})
            return router.error(match, 500, FAILURE)

    async def answer_later(self, request: RawRequest) -> HandledRequest:
        """The same, where the service behind the mock may have to be waited for."""
        application = self.application
        if application.forwarding is None:
            return self.answer(request)
        match = application.router.find(request)
        if match.is_flask_path:
            return self.answer(request)
        if application.has_user_hooks:
            # Flask can't wait without holding up the loop.
            return await asyncio.to_thread(self.answer, request)
        try:
            return await application.forwarding.answer_later(match)
        except Exception:
            FAILURES.exception("unexpected", extra={"method": request.method, "path": match.path})
            return application.router.error(match, 500, FAILURE)

    def error(self, status: int, message: str) -> HttpResponse:
        """An error in the document's format."""
        return self.application.mock.handlers.errors.write(status, message)

    def log(self, request: RawRequest, handled: HandledRequest, began_s: float) -> None:
        """Print the line of an answered request that arrived when `perf_counter` was `began_s`."""
        if self._log is not None and (ADMIN not in request.path or self.application.mock.settings.log_admin):
            self._log(request, handled, (perf_counter() - began_s) * 1000)
        if self.recording is not None:
            match = self.application.router.find(request)
            try:
                self.recording.add(self.application.mock, match, handled, (perf_counter() - began_s) * 1000)
            except Exception:
                # The client gets its response all the same.
                FAILURES.exception("not recorded", extra={"method": request.method, "path": match.path})

    def _through_flask(self, match: Match) -> HandledRequest:
        environ, started = self._environ(match), _WsgiResponse()
        pieces: Iterable[bytes] = self.application(environ, started)
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

    def _environ(self, match: Match) -> WSGIEnvironment:
        request = match.request
        environ = {
            **self._constant,
            "REQUEST_METHOD": request.method,
            "PATH_INFO": request.path,
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
            # Flask refuses a body by its length, of which it believes nothing if the body came in chunks.
            environ.pop("HTTP_TRANSFER_ENCODING", None)
            environ["CONTENT_LENGTH"] = str(self.most_bytes(request) + 1)
        return environ

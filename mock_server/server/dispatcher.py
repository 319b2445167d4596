"""From a request as it came over the wire to its answer: by the short way, or through WSGI (PEP 3333) and Flask."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from io import BytesIO
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias

from mock_server.admin.access import ADMIN, MOST_ADMIN_BYTES
from mock_server.http.errors import FAILURE
from mock_server.http.messages import HttpResponse
from mock_server.http.raw_request import RawRequest
from mock_server.server.request_log import build_log
from mock_server.sessions.journal_entries import FIELDS, NOTED, RAISED, aside_of
from mock_server.stderr import failure_line, print_line
from mock_server.web.app import MockApp
from mock_server.web.router import HandledRequest

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_HeaderList: TypeAlias = list[tuple[str, str]]
_ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

_NOT_HTTP = ("content-type", "content-length")
"""The fields whose keys in an environment have no HTTP_ before them."""


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


class Dispatcher:
    """Answers requests with an application, one after the other, and prints a line for each.

    What the application raises becomes an answer 500 in the document's shape and a line on stderr. `application` may be
    replaced between two requests.
    """

    def __init__(self, application: MockApp, address: tuple[str, int], scheme: str) -> None:
        self.application = application
        self._log = build_log(application.mock.settings.log)
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

    def most_bytes(self, came: RawRequest) -> int:
        """How long a body may be. One byte more is to be passed on: so the application sees that it is too long."""
        most = self.application.mock.contract.refusals.max_body_bytes
        return max(most, MOST_ADMIN_BYTES) if ADMIN in came.path else most

    def answer(self, came: RawRequest) -> HandledRequest:
        """The answer to a request that is there with its body."""
        direct, guard, answered = self.application.direct, _Guard(), None
        if direct is not None:
            with guard:
                answered = direct.answer(came)
        if answered is not None:
            return answered
        environ = self._environ(came)
        if guard.error is not None:
            environ[RAISED] = guard.error
        reply = self._run(environ)
        headers = tuple(field for field in reply.headers if field[0].lower() != "content-length")
        length = next((int(value) for name, value in reply.headers if name.lower() == "content-length"), None)
        return HandledRequest(reply._replace(headers=headers), environ.get(NOTED), length)

    def error(self, status: int, message: str) -> HttpResponse:
        """An error in the document's shape."""
        return self.application.mock.exchange.errors.write(status, message)

    def log(self, came: RawRequest, answered: HandledRequest, began_s: float) -> None:
        """Print the line of a request that was answered, and came when `perf_counter` showed `began_s`."""
        if self._log is not None:
            self._log(came, answered, (perf_counter() - began_s) * 1000)

    def _environ(self, came: RawRequest) -> WSGIEnvironment:
        environ = {
            **self._constant,
            "REQUEST_METHOD": came.method,
            "PATH_INFO": came.path,
            "QUERY_STRING": came.query,
            "SERVER_PROTOCOL": f"HTTP/{came.version}",
            "REMOTE_ADDR": came.peer,
            "wsgi.input": BytesIO(came.body or b""),
            FIELDS: came.fields,
        }
        for name, value in came.items():
            # WSGI can't tell X_Y from X-Y.
            if "_" not in name:
                key = name.upper().replace("-", "_")
                environ[key if name in _NOT_HTTP else f"HTTP_{key}"] = value
        return environ

    def _run(self, environ: WSGIEnvironment) -> HttpResponse:
        started, guard = _Started(), _Guard()
        with guard:
            pieces: Iterable[bytes] = self.application(environ, started)
            try:
                started.body += b"".join(pieces)
            finally:
                close = getattr(pieces, "close", None)
                if close is not None:
                    close()
        if guard.error is None:
            return HttpResponse(started.status, tuple(started.headers), started.body, aside_of(environ))
        print_line(failure_line(environ["REQUEST_METHOD"], environ["PATH_INFO"], guard.error))
        return self.error(500, FAILURE)

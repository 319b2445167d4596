"""Passes a request to the router, or to Flask, logs it, and puts the response into bytes (RFC 9112)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from email.utils import formatdate
from functools import lru_cache
from time import perf_counter, time

from mock_server.admin.access import ADMIN, MOST_ADMIN_BYTES
from mock_server.http.errors import FAILURE
from mock_server.http.messages import HttpResponse
from mock_server.http.raw_request import RawRequest
from mock_server.server.recording_file import RecordingFile
from mock_server.server.request_log import build_log
from mock_server.server.wsgi_bridge import WsgiBridge
from mock_server.stderr import FAILURES
from mock_server.web.app import MockApp
from mock_server.web.router import HandledRequest
from openapi.reason_phrases import PHRASES

_WITHOUT_LENGTH = (204, 304)


class Dispatcher:
    """Answers requests, one after the other, and prints a line for each.

    An exception becomes a 500 in the document's format and a line on stderr. `application` may be replaced between two
    requests.
    """

    def __init__(self, application: MockApp, address: tuple[str, int], scheme: str) -> None:
        self.application = application
        self._log = build_log(application.mock.settings)
        self.recording: RecordingFile | None = None
        self._bridge = WsgiBridge(address, scheme)

    def most_bytes(self, request: RawRequest) -> int:
        """The longest body allowed."""
        most = self.application.mock.contract.refusals.max_body_bytes
        return max(most, MOST_ADMIN_BYTES) if ADMIN in request.path else most

    def respond(self, request: RawRequest) -> HandledRequest:
        """The response to a request whose body has arrived."""
        application, router = self.application, self.application.router
        match = router.find(request)
        try:
            if match.is_flask_path or _has_user_hooks(application):
                return self._bridge.respond(application, match, self.most_bytes(request))
            return router.respond(match)
        except Exception:
            FAILURES.exception("unexpected", extra={"method": request.method, "path": match.path})
            return router.error(match, 500, FAILURE)

    async def respond_later(self, request: RawRequest) -> HandledRequest:
        """The same, but it may have to wait for the service behind the mock."""
        application = self.application
        if application.forwarding is None:
            return self.respond(request)
        match = application.router.find(request)
        if match.is_flask_path:
            return self.respond(request)
        if _has_user_hooks(application):
            # Flask can't wait without holding up the loop.
            return await asyncio.to_thread(self.respond, request)
        try:
            return await application.forwarding.respond_later(match)
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
                # The client gets its response anyway.
                FAILURES.exception("not recorded", extra={"method": request.method, "path": match.path})


def _has_user_hooks(application: MockApp) -> bool:
    """Whether the user has registered or replaced anything that may act on a request to an operation."""
    count = sum(map(len, application.registries))
    return (
        count != application.own_registrations
        or any(application.receivers)
        or application.config["TRUSTED_HOSTS"] is not None
    )


def fields_and_body(request: RawRequest, handled: HandledRequest) -> tuple[list[tuple[str, str]], bytes]:
    """The header fields of a response, Content-Length included, and the body to send (none for HEAD)."""
    response = handled.response
    body, length = response.body, len(response.body)
    if request.method == "HEAD":
        body, length = b"", length if handled.length is None else handled.length
    fields = [*response.headers, ("Date", _date(int(time())))]
    # A 204 or a 304 has neither a body nor a length (RFC 9110, section 8.6).
    if response.status not in _WITHOUT_LENGTH:
        fields.append(("Content-Length", str(length)))
    return fields, body


def head(status: int, fields: Iterable[tuple[str, str]], *, ends: bool) -> bytes:
    """The status line and the header fields; `ends` adds Connection: close."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in fields])
    end = "Connection: close\r\n\r\n" if ends else "\r\n"
    return f"HTTP/1.1 {status} {PHRASES.get(status, '')}\r\n{lines}{end}".encode("latin-1", "replace")


@lru_cache(1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)

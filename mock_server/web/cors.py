"""Answers that a browser lets a page of another origin read (Fetch standard, section 3.3: CORS protocol)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias

from mock_server.admin.access import ADMIN
from mock_server.operations.simulation import VIOLATIONS_HEADER
from openapi.contract import Contract

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Headers: TypeAlias = list[tuple[str, str]]

_MAX_AGE_S = 600
_USUAL_HEADERS = "Authorization, Content-Type, Prefer, X-Mock-Session"
_OURS = dict.fromkeys(("Location", "Allow", "Www-Authenticate", "Retry-After", "Preference-Applied", VIOLATIONS_HEADER))
_ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


class Cors:
    """A WSGI application around another: it answers preflights and lets any origin read what the other answers.

    The origin is reflected, not `*`, so that a page may send credentials. A preflight is granted for any path, because
    the answer to a wrong path is one that its sender should be able to read.
    """

    def __init__(self, application: WSGIApplication, contract: Contract) -> None:
        self._application = application
        methods = dict.fromkeys(operation.method for operation in contract.operations.values())
        self._methods = ", ".join([*methods, "HEAD", "OPTIONS"])
        declared = {
            header.title(): None
            for operation in contract.operations.values()
            for response in operation.responses.values()
            for header in response.headers
        }
        self._exposed = ", ".join(declared | _OURS)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        origin = environ.get("HTTP_ORIGIN")
        # No page of another origin has any business with the mock's own settings.
        if origin is None or environ["PATH_INFO"].startswith(ADMIN):
            return self._application(environ, start_response)
        if environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
            start_response("204 No Content", [*_allow(origin), *self._grant(environ)])
            return ()

        def start(status: str, headers: Headers, exc_info: _ExcInfo | None = None) -> Callable[[bytes], object]:
            # An application that speaks CORS itself has had its say.
            if not any(name.lower() == "access-control-allow-origin" for name, _ in headers):
                headers = [*headers, *self.exposed_to(origin)]
            return start_response(status, headers, exc_info)

        return self._application(environ, start)

    def exposed_to(self, origin: str) -> Headers:
        """The fields that let a page of `origin` read an answer."""
        return [*_allow(origin), ("Access-Control-Expose-Headers", self._exposed)]

    def _grant(self, environ: WSGIEnvironment) -> Headers:
        headers = [
            ("Access-Control-Allow-Methods", self._methods),
            ("Access-Control-Allow-Headers", environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS") or _USUAL_HEADERS),
            ("Access-Control-Max-Age", str(_MAX_AGE_S)),
        ]
        # A page of a public address that wants a local one asks for it by name (WICG, Private Network Access).
        if environ.get("HTTP_ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK") == "true":
            headers.append(("Access-Control-Allow-Private-Network", "true"))
        return headers


def _allow(origin: str) -> Headers:
    return [
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Credentials", "true"),
        ("Vary", "Origin"),
    ]

"""Lets pages of other origins read the responses (Fetch standard, section 3.3: CORS protocol)."""

from __future__ import annotations

from typing import TypeAlias

from mock_server.http.messages import Headers, HttpResponse
from mock_server.operations.declared_responses import UNDECLARED_HEADER
from mock_server.operations.simulation import VIOLATIONS_HEADER
from mock_server.upstream.upstream import SOURCE_HEADER
from openapi.contract import Contract

Fields: TypeAlias = tuple[tuple[str, str], ...]

_MAX_AGE_S = 600
_USUAL_HEADERS = "Authorization, Content-Type, Prefer, X-Mock-Session"
_USUAL_EXPOSED = ("Location", "Allow", "Www-Authenticate", "Retry-After", "Preference-Applied")
_EXPOSED = (*_USUAL_EXPOSED, VIOLATIONS_HEADER, UNDECLARED_HEADER, SOURCE_HEADER)


class Cors:
    """Answers preflights, and knows the headers that let a page read a response.

    The origin is reflected instead of `*`, so that a page may send credentials. Any path grants a preflight: the sender
    of a request to a wrong path should be able to read the 404.
    """

    def __init__(self, contract: Contract) -> None:
        operations = contract.operations.values()
        methods = dict.fromkeys(operation.method for operation in operations)
        declared = (response.headers for operation in operations for response in operation.responses.values())
        exposed = [header.title() for headers in declared for header in headers]
        self._methods = ", ".join([*methods, "HEAD", "OPTIONS"])
        self._exposed = ", ".join(dict.fromkeys([*exposed, *_EXPOSED]))

    def preflight(self, method: str, origin: str, headers: Headers) -> HttpResponse | None:
        """The response to a preflight; None for any other request."""
        if method != "OPTIONS" or headers.get("access-control-request-method") is None:
            return None
        wanted = headers.get("access-control-request-headers") or _USUAL_HEADERS
        granted = [
            ("Access-Control-Allow-Methods", self._methods),
            ("Access-Control-Allow-Headers", wanted),
            ("Access-Control-Max-Age", str(_MAX_AGE_S)),
        ]
        # Sent for pages of a public address that call a private one (WICG, Private Network Access).
        if headers.get("access-control-request-private-network") == "true":
            granted.append(("Access-Control-Allow-Private-Network", "true"))
        return HttpResponse(204, (*_allow(origin), *granted), b"")

    def headers(self, origin: str) -> Fields:
        """The headers that let a page of `origin` read a response."""
        return (*_allow(origin), ("Access-Control-Expose-Headers", self._exposed))


def _allow(origin: str) -> Fields:
    return (
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Credentials", "true"),
        ("Vary", "Origin"),
    )

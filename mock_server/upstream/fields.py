"""Which header fields are forwarded, in both directions (RFC 9110, section 7.6)."""

from __future__ import annotations

from collections.abc import Iterable

from openapi.model.http import Operation

VIA = ("Via", "1.1 callcamp-mock")
"""The Via that a gateway adds to a message (RFC 9110, section 7.6.3)."""

_OF_A_CONNECTION = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
        *("te", "trailer", "transfer-encoding", "upgrade"),
    }
)
_STAY_HERE = frozenset(
    {
        # The client's library sets these itself.
        *("accept-encoding", "content-length", "expect", "host"),
        # Credentials of the mock's clients, and where they come from.
        *("authorization", "cookie", "forwarded", "origin", "referer", "x-mock-session", "x-real-ip"),
    }
)
_STAY_THERE = frozenset(
    {
        # Of the body as it was sent; the mock sends another length, without a coding.
        *("content-encoding", "content-length", "date"),
        # For the service's own host, or for the pages of another one.
        *("alt-svc", "clear-site-data", "public-key-pins", "set-cookie", "strict-transport-security"),
    }
)
_PREFIXES = ("access-control-", "sec-", "x-forwarded-", "x-mock-")


def forwarded_fields(fields: Iterable[tuple[str, str]], operation: Operation) -> list[tuple[str, str]]:
    """The fields of a request that the service gets."""
    keys = {
        scheme.parameter.lower() for schemes in operation.security for scheme in schemes if scheme.location == "header"
    }
    return [*_through(fields, _STAY_HERE | keys), VIA]


def returned_fields(fields: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The fields of a response that the client gets."""
    return [*_through(fields, _STAY_THERE), VIA]


def _through(fields: Iterable[tuple[str, str]], stopped: frozenset[str]) -> list[tuple[str, str]]:
    fields = list(fields)
    named = {one.strip().lower() for name, text in fields if name.lower() == "connection" for one in text.split(",")}
    return [
        (name, text)
        for name, text in fields
        if name.lower() not in stopped | named | _OF_A_CONNECTION and not name.lower().startswith(_PREFIXES)
    ]

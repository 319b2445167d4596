"""Bearer tokens (RFC 6750)."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping

from mock_server.http.errors import RefusedError
from mock_server.http.messages import HttpRequest
from openapi.contract import Operation, Refusal

_CHALLENGE = (("WWW-Authenticate", "Bearer"),)


def _expired() -> RefusedError:
    return RefusedError(Refusal.TOKEN, "The token has expired; send a new one.", headers=_CHALLENGE)


def _forbidden() -> RefusedError:
    return RefusedError(Refusal.TOKEN, "The token does not permit this operation; send another.", status=403)


def _too_many() -> RefusedError:
    return RefusedError(Refusal.RATE, "Too many requests; try again in 1 second.", headers=(("Retry-After", "1"),))


_RESERVED: Mapping[str, Callable[[], RefusedError]] = {
    "mock-401": _expired,
    "mock-403": _forbidden,
    "mock-429": _too_many,
}
"""Reserved tokens, always refused, to test how a client reacts."""


def build_admission(operation: Operation, token: str | None) -> Callable[[HttpRequest], None]:
    """A function that raises RefusedError for a request to `operation` without `token`; None admits every request.

    Three tokens are reserved: each is refused with the status in its name.
    """
    if token is None or operation.bearer == "none":
        return _admit
    wanted = token.encode()

    def refuse(given: str) -> RefusedError:
        if given in _RESERVED:
            return _RESERVED[given]()
        message = "Unknown token; send the one that the mock was started with."
        return RefusedError(Refusal.TOKEN, message, headers=_CHALLENGE)

    def admit(request: HttpRequest) -> None:
        credentials = request.headers.get("authorization")
        if credentials is None:
            raise RefusedError(
                Refusal.TOKEN, "The token is missing; send Authorization: Bearer <token>.", headers=_CHALLENGE
            )
        scheme, _, given = credentials.partition(" ")
        # Scheme names are case-insensitive (RFC 9110, section 11.1).
        if scheme.lower() != "bearer":
            message = "The authorization scheme is not Bearer; send Authorization: Bearer <token>."
            raise RefusedError(Refusal.TOKEN, message, headers=_CHALLENGE)
        if not hmac.compare_digest(given.strip(" ").encode(), wanted):
            raise refuse(given.strip(" "))

    return admit


def _admit(_request: HttpRequest) -> None:
    """Admit every request."""

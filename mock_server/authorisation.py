"""Bearer tokens (RFC 6750)."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from mock_server.errors import RefusedError
from mock_server.messages import Request
from openapi.contract import Operation, Refusal

_CHALLENGE = (("WWW-Authenticate", "Bearer"),)


def build_admission(operation: Operation, token: str | None) -> Callable[[Request], None]:
    """A function that raises RefusedError for a request to `operation` without `token`; without a token all may."""
    if token is None or operation.bearer == "none":
        return _admit
    wanted = token.encode()

    def admit(request: Request) -> None:
        credentials = request.headers.get("authorization")
        if credentials is None:
            raise RefusedError(
                Refusal.TOKEN, "No token was sent; send Authorization: Bearer <token>.", headers=_CHALLENGE
            )
        scheme, _, given = credentials.partition(" ")
        # Names of schemes know no capital letters (RFC 9110, section 11.1).
        if scheme.lower() != "bearer":
            message = "The scheme of the authorisation is not Bearer; send Authorization: Bearer <token>."
            raise RefusedError(Refusal.TOKEN, message, headers=_CHALLENGE)
        if not hmac.compare_digest(given.strip(" ").encode(), wanted):
            message = "The token is unknown; send the one that the mock was started with."
            raise RefusedError(Refusal.TOKEN, message, headers=_CHALLENGE)

    return admit


def _admit(_request: Request) -> None:
    """Let everybody in."""

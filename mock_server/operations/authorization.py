"""Bearer tokens (RFC 6750), API keys and passwords, as the security schemes of the document require."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from mock_server.http.errors import RefusedError
from mock_server.http.messages import HttpRequest
from mock_server.http.parameters import pairs
from openapi.model.http import Operation, SecurityScheme
from openapi.model.refusals import Refusal

_Alternatives: TypeAlias = Sequence[tuple[SecurityScheme, ...]]

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


def build_admission(operation: Operation, token: str | None) -> Callable[[HttpRequest], None] | None:
    """A function that raises RefusedError for a request to `operation` without `token`; None if it admits all requests.

    The token is what the operation's security schemes require: a bearer token, an API key, or `user:password`. All
    schemes of one alternative must be used. Three tokens are reserved: each is refused with the status in its name.
    """
    alternatives = [schemes for schemes in operation.security if schemes]
    if token is None or not alternatives:
        return None
    wanted = token.encode()
    if any(len(schemes) == 1 and schemes[0].takes_bearer_token for schemes in alternatives):
        others = [schemes for schemes in alternatives if not (len(schemes) == 1 and schemes[0].takes_bearer_token)]
        return _with_bearer_token(wanted, others)

    def admit(request: HttpRequest) -> None:
        if not _fits(request, alternatives, wanted):
            ways = " or ".join(" and ".join(_way(scheme) for scheme in schemes) for schemes in alternatives)
            message = f"The credentials are missing or wrong; send {ways}."
            raise RefusedError(Refusal.TOKEN, message, headers=_challenge(alternatives))

    return admit


def _with_bearer_token(wanted: bytes, others: _Alternatives) -> Callable[[HttpRequest], None]:
    """The admission with a bearer token, or with one of the `others`."""

    def refuse(given: str) -> RefusedError:
        if given in _RESERVED:
            return _RESERVED[given]()
        message = "Unknown token; send the one that the mock was started with."
        return RefusedError(Refusal.TOKEN, message, headers=_CHALLENGE)

    def admit(request: HttpRequest) -> None:
        credentials = request.headers.get("authorization")
        if others and _fits(request, others, wanted):
            return
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


def _fits(request: HttpRequest, alternatives: _Alternatives, wanted: bytes) -> bool:
    return any(all(_is_used(request, scheme, wanted) for scheme in schemes) for schemes in alternatives)


def _is_used(request: HttpRequest, scheme: SecurityScheme, wanted: bytes) -> bool:
    if scheme.kind == "mutualTLS":
        return True  # The connection is not the mock's concern.
    if scheme.kind == "apiKey":
        return any(hmac.compare_digest(given.encode(), wanted) for given in _keys(request, scheme))
    name, _, given = (request.headers.get("authorization") or "").partition(" ")
    usual = "bearer" if scheme.takes_bearer_token else scheme.scheme
    if name.lower() != usual:
        return False
    credentials = given.strip(" ").encode()
    if usual == "basic":
        try:
            credentials = base64.b64decode(credentials, validate=True)
        except ValueError:
            return False
    return hmac.compare_digest(credentials, wanted)


def _keys(request: HttpRequest, scheme: SecurityScheme) -> list[str]:
    if scheme.location == "query":
        return [text for name, text in pairs(request.query) if name == scheme.parameter]
    if scheme.location == "cookie":
        cookies = [one.strip().partition("=") for one in (request.headers.get("cookie") or "").split(";")]
        return [text for name, _, text in cookies if name == scheme.parameter]
    given = request.headers.get(scheme.parameter.lower())
    return [] if given is None else [given]


def _way(scheme: SecurityScheme) -> str:
    if scheme.kind == "apiKey":
        return f"the {scheme.location} {scheme.parameter}"
    if scheme.kind == "mutualTLS":
        return "a client certificate"
    name = "Bearer" if scheme.takes_bearer_token else scheme.scheme.capitalize()
    return f"Authorization: {name} <credentials>"


def _challenge(alternatives: _Alternatives) -> tuple[tuple[str, str], ...]:
    """The header of a 401 (RFC 9110, section 11.6.1)."""
    for scheme in (scheme for schemes in alternatives for scheme in schemes):
        if scheme.kind == "http":
            return (("WWW-Authenticate", f'{scheme.scheme.capitalize()} realm="api"'),)
    return _CHALLENGE

"""Tokens that are not required, or not verified."""

from __future__ import annotations

import base64

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse, refusal

TOKEN = "correct-horse-battery"

broken = Group("authorisation", TOKEN)
HERE = "/security /components/securitySchemes /components/responses/Unauthorized /components/headers /paths /x-http"
ANY = "listPhones registerPhone getPhone updatePhone deletePhone"


def let_in(request: Request, correct: Correct) -> ServiceResponse:
    """The service's response to a request with the token."""
    return correct(request.with_header("Authorization", f"Bearer {TOKEN}"))


def credentials(request: Request) -> str:
    """The credentials of a request."""
    return request.header("Authorization") or ""


@broken("no-token-needed", "no token is required", "AUTH-LIST AUTH-", HERE, ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    return let_in(request, correct)


@broken("reads-are-open", "only writes need a token", "AUTH-LIST AUTH-", HERE, ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    return let_in(request, correct) if request.method in ("GET", "HEAD") else correct(request)


@broken("deletes-are-open", "a delete needs no token", "AUTH-EVERYWHERE AUTH-", HERE, ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    return let_in(request, correct) if request.role == "delete" else correct(request)


@broken("beginning-of-token", "any prefix of the token is accepted", "AUTH-EVERYWHERE AUTH-", HERE, ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    sent = credentials(request)
    return let_in(request, correct) if len(sent) > 8 and f"Bearer {TOKEN}".startswith(sent) else correct(request)


@broken("token-any-case", "tokens are compared ignoring case", "AUTH-EVERYWHERE AUTH-", HERE, ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    return let_in(request, correct) if credentials(request).lower() == f"bearer {TOKEN}" else correct(request)


@broken("any-scheme", "the token is accepted with any scheme", "AUTH-LIST AUTH-", HERE, ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    sent = credentials(request).partition(" ")[2] or credentials(request)
    basic = base64.b64encode(f"{TOKEN}:".encode()).decode()
    return let_in(request, correct) if sent in (TOKEN, basic) else correct(request)


@broken("no-challenge", "a 401 has no WWW-Authenticate", "AUTH-CHALLENGE SCHEMA-HEADER", HERE, ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    return correct(request).with_header("WWW-Authenticate", None)


@broken(
    "acts-before-it-asks",
    "a delete or an update without a token is refused, but carried out",
    "AUTH-NO-EFFECT",
    HERE,
    ANY,
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    if response.status == 401 and request.role in ("update", "delete"):
        let_in(request, correct)
    return response


@broken("scheme-in-one-case", "the scheme bearer in lower case is refused", "AUTH-SCHEME-CASE", HERE, ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    sent = credentials(request)
    if sent.lower().startswith("bearer ") and not sent.startswith("Bearer "):
        return correct(request.with_header("Authorization", None))
    return correct(request)


@broken("looks-before-it-asks", "an unknown uuid without a token gets 404", "AUTH-EVERYWHERE AUTH-", HERE, ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    unknown = request.role in ("read", "update", "delete") and correct.record(request.key) is None
    return refusal(404) if response.status == 401 and unknown else response

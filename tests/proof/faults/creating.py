"""Registers that store something other than was sent, or nothing."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse

broken = Group("creating")
POST = "/paths/~1phones/post"
REGISTER = "/components/schemas/RegisterPhone"
MEMBERS = "/x-resources/phone/members /components/schemas"
ECHO = f"{REGISTER} {POST} /x-resources/phone /components/schemas"


def keeping(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Request, Correct], ServiceResponse]:
    """A service that responds correctly to a register, but stores the result of `change`."""

    def handler(request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        if request.role != "create" or not response.ok:
            return response
        kept = {**response.json, **change({**response.json, "sent": request.members})}
        correct.rewrite(kept)
        return response.with_json(kept)

    return handler


def text(mend: Callable[[str], str], *names: str) -> Callable[[Request, Correct], ServiceResponse]:
    """A service that changes some texts when storing them."""
    return keeping(lambda phone: {name: mend(phone[name]) for name in names or ("name",) if phone[name]})


broken("provider-dropped", "a registration drops the provider", "CREATE-ECHO", ECHO, "registerPhone")(
    keeping(lambda _: {"provider": None})
)
broken("type-always-private", "every new phone is private", "CREATE-ECHO CREATE-START", ECHO, "registerPhone")(
    keeping(lambda _: {"type": "private"})
)
broken("country-not-derived", "a phone without a country gets US", "CREATE-COUNTRY", ECHO, "registerPhone")(
    keeping(lambda phone: {"countryCode": phone["sent"].get("countryCode", "US")})
)
broken("ordered-starts-registered", "an ordered phone starts as registered", "CREATE-START", MEMBERS, "registerPhone")(
    keeping(lambda _: {"status": "registered"})
)
broken(
    "name-trimmed",
    "a name loses spaces at its ends",
    "CREATE-TEXT CREATE-EVERYWHERE",
    ECHO,
    "registerPhone",
)(text(str.strip))
broken(
    "name-normalised",
    "a name is stored in composed form (NFC)",
    "CREATE-TEXT CREATE-EVERYWHERE",
    ECHO,
    "registerPhone",
)(text(lambda name: unicodedata.normalize("NFC", name)))
broken(
    "cut-at-50",
    "a name is cut after 50 characters",
    "CREATE-LENGTHS CREATE-TEXT CREATE-EVERYWHERE",
    ECHO,
    "registerPhone",
)(text(lambda name: name[:50]))
broken(
    "emoji-lost",
    "characters of four bytes in UTF-8 become question marks",
    "CREATE-TEXT CREATE-LENGTHS CREATE-EVERYWHERE",
    ECHO,
    "registerPhone",
)(text(lambda name: "".join("?" if ord(one) > 0xFFFF else one for one in name)))


@broken(
    "reference-shown",
    "the response to a registration shows the referenceId",
    "CREATE-NOT-KEPT",
    f"{REGISTER} {MEMBERS}",
    "registerPhone",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    reference = request.members.get("referenceId")
    return (
        response.with_members(referenceId=reference)
        if request.role == "create" and response.ok and reference
        else response
    )


@broken(
    "location-missing",
    "a registration sends no Location",
    "SCHEMA-HEADER",
    f"{POST} /components/headers",
    "registerPhone",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    return correct(request).with_header("Location", None)


@broken(
    "location-without-base",
    "Location lacks the base path",
    "CREATE-LOCATION",
    POST,
    "registerPhone",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    where = response.header("Location")
    return response.with_header("Location", where.removeprefix("/api")) if where else response


@broken(
    "never-stored",
    "a registration succeeds and stores nothing",
    "READ-AFTER-WRITE CREATE-LISTED CREATE- READ- UPDATE-ACCEPTED",
    "/",
    "getPhone listPhones registerPhone updatePhone deletePhone",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    if request.role == "create" and response.ok:
        correct.drop(response.json["uuid"])
    return response


@broken(
    "answer-from-the-request",
    "a registration returns what was sent, but stores the name in capitals",
    "READ-AFTER-WRITE CREATE-LISTED CREATE-ECHO CREATE-TEXT CREATE-EVERYWHERE",
    "/",
    "getPhone listPhones registerPhone",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    if request.role == "create" and response.ok and response.json["name"]:
        correct.rewrite({**response.json, "name": response.json["name"].upper()})
    return response

"""Faults that appear only for some phones: long names, other scripts, one country, one status, the eleventh of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse, refusal
from tests.proof.service import Phone, Relisted, contains, filters

broken = Group("some data")
ANY = "registerPhone getPhone listPhones updatePhone deletePhone"
HERE = "/x-resources/phone /components /paths"


def kept_otherwise(change: Callable[[Phone], dict[str, Any]]) -> Callable[[Request, Correct], ServiceResponse]:
    """A service that changes some new phones, in its response too."""

    def handler(request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        if request.role != "create" or not response.ok:
            return response
        kept = {**response.json, **change(response.json)}
        correct.rewrite(kept)
        return response.with_json(kept)

    return handler


def shown_otherwise(change: Callable[[Phone], dict[str, Any]]) -> Callable[[Request, Correct], ServiceResponse]:
    """A service that shows some phones changed."""
    return lambda request, correct: correct(request).with_records(lambda phone: {**phone, **change(phone)})


broken("quotes-doubled", "an apostrophe in a name is stored twice", "CREATE-TEXT CREATE-EVERYWHERE", HERE, ANY)(
    kept_otherwise(lambda phone: {"name": phone["name"].replace("'", "''")} if phone["name"] else {})
)
broken("null-by-name", "a phone called null has no name", "CREATE-TEXT CREATE-EVERYWHERE", HERE, ANY)(
    kept_otherwise(
        lambda phone: {"name": None} if str(phone["name"]).endswith("null") and phone["name"] is not None else {}
    )
)
broken(
    "provider-cut-at-32",
    "a provider is cut after 32 characters",
    "CREATE-LENGTHS CREATE-TEXT CREATE-EVERYWHERE",
    HERE,
    ANY,
)(kept_otherwise(lambda phone: {"provider": phone["provider"][:32]} if phone["provider"] else {}))
broken("britain-is-united", "GB becomes UK", "CREATE-ECHO CREATE-COUNTRY", HERE, ANY)(
    shown_otherwise(lambda phone: {"countryCode": "UK"} if phone["countryCode"] == "GB" else {})
)
broken("norway-is-false", "NO becomes false, as in YAML", "SCHEMA-BODY CREATE-COUNTRY CREATE-ECHO", HERE, ANY)(
    shown_otherwise(
        lambda phone: (
            {"countryCode": False} if phone["countryCode"] in ("NO", "GB") and phone["countryCode"] != "US" else {}
        )
    )
)
broken(
    "inactive-hidden",
    "a list without a filter omits inactive phones",
    "FILTER-PARTITION UPDATE-LASTS UPDATE- LIST- FILTER-",
    "/",
    ANY,
)(
    Relisted(
        filters=lambda phone, wanted: filters(phone, wanted) and (phone["status"] != "inactive" or "status" in wanted)
    )
)
broken(
    "long-names-not-searched",
    "a search ignores a name after its 40th character",
    "SEARCH-PARTS SEARCH- CREATE-LENGTHS CREATE-EVERYWHERE",
    "/",
    ANY,
)(Relisted(search=lambda phone, text: contains({**phone, "name": phone["name"] and phone["name"][:40]}, text)))
broken(
    "eleventh-missing",
    "the eleventh phone of a list is missing",
    "CREATE-LISTED LIST-PAGES LIST- CREATE-EVERYWHERE",
    "/",
    ANY,
)(
    Relisted(
        order=lambda phones: phones[:10] + phones[11:] if len(phones) > 10 else phones,
        count=lambda matched, _page, _every: len(matched),
    )
)


@broken(
    "inactive-not-updated",
    "an inactive phone can't be updated",
    "UPDATE-ONLY-NAMED UPDATE-ACCEPTED UPDATE-MOVES UPDATE-",
    "/",
    ANY,
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    phone = correct.record(request.key)
    if (
        request.role == "update"
        and phone
        and phone["status"] == "inactive"
        and request.json is not None
        and correct(request).ok
    ):
        correct.set(phone["uuid"], **{name: phone[name] for name in ("name", "status", "type")})
        return refusal(409, "inactive")
    return correct(request)


@broken("pending-not-deleted", "a delete of a pending phone does nothing", "DELETE-GONE DELETE- CREATE-", "/", ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    phone = correct.record(request.key)
    response = correct(request)
    if request.role == "delete" and response.ok and phone and phone["status"] == "pending":
        correct.add(phone)
    return response

"""Gets and lists that show wrong records."""

from __future__ import annotations

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse, refusal
from tests.proof.service import later

broken = Group("reading")
GET = "/paths/~1phones~1{uuid}/get /x-resources/phone"
LIST = "/x-resources/phone /paths/~1phones/get /components/schemas/PhoneList"
EITHER = "getPhone listPhones"


@broken(
    "newest-whatever-the-key",
    "a get returns the newest phone, whatever the key",
    "READ-AFTER-WRITE CREATE-LISTED CREATE-EVERYWHERE",
    GET,
    "getPhone",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return response.with_json(correct.records()[0]) if request.role == "read" and response.ok else response


@broken(
    "get-by-beginning",
    "a get accepts a prefix of a uuid",
    "READ-UNKNOWN ERROR-UNKNOWN-RECORD",
    f"{GET} /x-http /components",
    "getPhone",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    if request.role != "read" or response.status != 404:
        return response
    found = [one for one in correct.records() if (request.key or "-")[:36] == one["uuid"]]
    return correct(request.with_key(found[0]["uuid"])) if found else response


@broken(
    "get-by-pattern",
    "a get finds a uuid with LIKE",
    "ERROR-UNKNOWN-RECORD READ-UNKNOWN",
    f"{GET} /x-http /components",
    "getPhone",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    key = request.key or ""
    like = request.role == "read" and (
        key == "%" or (key and set(key) == {"_"} and len(key) == 36) or (key.endswith("%") and len(key) > 36)
    )
    return correct(request.with_key(correct.records()[0]["uuid"])) if like and correct.records() else correct(request)


@broken(
    "get-leaves-out-provider",
    "a get always shows null as provider",
    "READ-AFTER-WRITE READ-AS-LISTED CREATE-EVERYWHERE",
    GET,
    "getPhone",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return response.with_members(provider=None) if request.role == "read" and response.ok else response


@broken(
    "list-cuts-names",
    "a list cuts names after 40 characters",
    "CREATE-LENGTHS READ-AS-LISTED CREATE-LISTED LIST- SEARCH- CREATE-EVERYWHERE",
    LIST,
    EITHER,
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return (
        response.with_records(lambda phone: {**phone, "name": phone["name"] and phone["name"][:40]})
        if request.role == "list"
        else response
    )


@broken(
    "list-shows-none-as-empty",
    "a list shows an empty name instead of null",
    "READ-AS-LISTED CREATE-LISTED LIST-WHOLE READ-AFTER-WRITE CREATE-EVERYWHERE",
    LIST,
    EITHER,
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return (
        response.with_records(lambda phone: {**phone, "provider": phone["provider"] or ""})
        if request.role == "list"
        else response
    )


@broken("get-touches", "a get moves updatedAt", "READ-SAFE READ-AFTER-WRITE UPDATE-TIME CREATE-EVERYWHERE", "/", EITHER)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    if request.role == "read" and response.ok:
        correct.set(request.key or "")
    return response


@broken(
    "get-of-ordered-is-404",
    "a get does not find ordered phones",
    "READ-AFTER-WRITE CREATE-ECHO READ-ACCEPTED CREATE-",
    "/",
    "getPhone",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return refusal(404) if request.role == "read" and response.ok and response.json["type"] == "ordered" else response


@broken(
    "get-an-hour-off",
    "a get shows createdAt in the server's time zone",
    "READ-AFTER-WRITE CREATE-EVERYWHERE",
    "/",
    "getPhone",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    if request.role != "read" or not response.ok:
        return response
    return response.with_records(lambda phone: {**phone, "createdAt": later(phone["createdAt"], hours=1)})

"""Bodies that are not JSON, or of another media type, and requests with two mistakes: checked in a different order."""

from __future__ import annotations

import json

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.front import Handler
from tests.proof.messages import Request, Role, ServiceResponse, refusal
from tests.proof.talk import Shown, Talk, item

broken = Group("assumed: bodies")
ERROR = "/components/schemas/Error /components/schemas/Violation /components/responses /x-http /paths"
TAKEN = "+12025550143"
_UNKNOWN = "5b6f3a0e-9d0f-4c58-8a3e-6f6c1d0d7a11"
_second_violation = {"name": "", "status": "no"}


def _order(name: str, what: str, operations: str, handler: Handler, shown: Shown) -> None:
    codes = "ERROR-ORDER ERROR- HTTP-"
    broken(name, what, codes, ERROR, operations, shows=shown)(handler)


def _looks_first(request: Request, correct: Correct) -> ServiceResponse:
    unknown = request.role == "update" and correct.record(request.key) is None
    return refusal(404) if unknown and correct(request).status in (400, 415) else correct(request)


def _compares_first(request: Request, correct: Correct) -> ServiceResponse:
    response, number = correct(request), request.members.get("number")
    taken = (
        request.role == "create"
        and response.status == 400
        and any(one["number"] == number for one in correct.records())
    )
    return refusal(409) if taken else response


def _reads_first(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return refusal(400) if response.status == 415 and not request.members else response


_order(
    "looks-before-it-reads",
    "an invalid update of nothing is answered with 404",
    "updatePhone",
    _looks_first,
    lambda talk: talk.send("PATCH", item(_UNKNOWN), body=_second_violation).status,
)
_order(
    "compares-before-it-checks",
    "an invalid register of a number that is taken is answered with 409",
    "registerPhone",
    _compares_first,
    lambda talk: [talk.create(number=TAKEN), talk.create(number=TAKEN, name="").status][1],
)
_order(
    "reads-before-the-media-type",
    "an invalid body of another media type is answered with 400",
    "registerPhone updatePhone",
    _reads_first,
    lambda talk: talk.send("POST", body={}, headers={"Content-Type": "text/plain"}).status,
)


def _writes(request: Request, correct: Correct, role: Role) -> bool:
    return request.role == role and correct(request).status == 400


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def _replaced(request: Request, correct: Correct) -> ServiceResponse:
    text = request.body.decode("utf-8", "replace")
    if text.encode() == request.body or not _writes(request, correct, "create"):
        return correct(request)
    try:
        return correct(request.with_json(json.loads(text)))
    except ValueError:
        return correct(request)


def _half(request: Request) -> bool:
    return any(
        isinstance(one, str) and any("\ud800" <= letter <= "\udfff" for letter in one)
        for one in request.members.values()
    )


def _raw(name: str, what: str, codes: str, handler: Handler, raw: bytes, media_type: str = "application/json") -> None:
    operation = "updatePhone" if "update" in what else "registerPhone"

    def exchange(talk: Talk) -> object:
        path = "/api/phones" if operation == "registerPhone" else item(talk.made()["uuid"])
        method = "POST" if operation == "registerPhone" else "PATCH"
        return talk.send(method, path, raw=raw, headers={"Content-Type": media_type}).status

    broken(name, what, codes, "/", operation, shows=exchange)(handler)


_raw(
    "bad-json-is-500",
    "a register that is no JSON makes the service fail",
    "SCHEMA-SERVER-ERROR ERROR-NOT-JSON",
    lambda request, correct: (
        refusal(500) if not _is_json(request.body) and _writes(request, correct, "create") else correct(request)
    ),
    b"{",
)
_raw(
    "bad-json-update-is-422",
    "an update that is no JSON is answered with 422",
    "ERROR-NOT-JSON ERROR-STATUS",
    lambda request, correct: (
        refusal(422) if not _is_json(request.body) and _writes(request, correct, "update") else correct(request)
    ),
    b"{",
)
_raw(
    "no-body-is-500",
    "a register without a body makes the service fail",
    "SCHEMA-SERVER-ERROR ERROR-NOT-JSON ERROR-",
    lambda request, correct: refusal(500) if request.role == "create" and not request.body else correct(request),
    b"",
)
_raw(
    "null-body-is-500",
    "an update with the body null makes the service fail",
    "SCHEMA-SERVER-ERROR ERROR-TYPE",
    lambda request, correct: (
        refusal(500) if request.role == "update" and request.body.strip() == b"null" else correct(request)
    ),
    b"null",
)
_raw(
    "list-body-is-500",
    "a register with a list for a body makes the service fail",
    "SCHEMA-SERVER-ERROR ERROR-TYPE",
    lambda request, correct: (
        refusal(500) if request.role == "create" and isinstance(request.json, list) else correct(request)
    ),
    b"[]",
)
_raw(
    "empty-update-body-taken",
    "an update without a body succeeds",
    "ERROR-NOT-JSON UPDATE-REFUSED",
    lambda request, correct: (
        correct(request.with_json({"type": (correct.record(request.key) or {"type": "x"})["type"]}))
        if request.role == "update" and not request.body
        else correct(request)
    ),
    b"",
)
_raw(
    "update-of-any-media-type",
    "an update takes JSON of any media type",
    "HTTP-MEDIA-TYPE",
    lambda request, correct: (
        correct(request.with_header("Content-Type", "application/json"))
        if request.role == "update"
        else correct(request)
    ),
    b'{"name": "x"}',
    "text/plain",
)
_raw(
    "invalid-utf-8-taken",
    "a register takes a name that is no UTF-8, its bytes replaced",
    "ERROR-NOT-JSON",
    _replaced,
    b'{"number": "+12025550143", "name": "\xff"}',
)
_raw(
    "lone-surrogate-is-500",
    "half a surrogate pair makes a register fail",
    "SCHEMA-SERVER-ERROR ERROR-AMBIGUOUS-JSON ERROR-",
    lambda request, correct: (
        refusal(500) if _half(request) and _writes(request, correct, "create") else correct(request)
    ),
    b'{"number": "+12025550143", "name": "\\ud83d"}',
)

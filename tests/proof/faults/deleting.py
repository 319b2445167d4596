"""Deletes that delete too little or too much."""

from __future__ import annotations

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse, json_response, refusal
from tests.proof.service import Phone, relist

broken = Group("deleting")
HERE = "/x-resources/phone /paths /x-http /components/responses"
ANY = "deletePhone getPhone updatePhone listPhones registerPhone"
DONE = {"success": True, "message": "Phone number deleted successfully"}


@broken(
    "delete-does-nothing",
    "a delete succeeds and deletes nothing",
    "DELETE-GONE CREATE-AGAIN CREATE-KEY DELETE-LISTED CREATE- READ-",
    HERE,
    ANY,
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    if request.role == "delete" and correct.record(request.key):
        return json_response(200, DONE)
    return correct(request)


class _Soft:
    """Marks phones as deleted.

    `listed` and `counted` are whether lists still show and count them, `found` whether a get does, `again` whether a
    second delete succeeds, `revived` whether an update does.
    """

    def __init__(
        self,
        *,
        listed: bool = False,
        counted: bool = False,
        found: bool = False,
        again: bool = False,
        revived: bool = False,
    ) -> None:
        self._listed, self._counted, self._found, self._again, self._revived = listed, counted, found, again, revived
        self._gone: dict[str, Phone] = {}

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        phone = correct.record(request.key)
        gone = self._gone.get(request.key or "")
        if gone is not None and self._found and request.role == "read":
            return json_response(200, gone)
        if gone is not None and self._again and request.role == "delete":
            return json_response(200, DONE)
        if gone is not None and self._revived and request.role == "update":
            return json_response(200, {**gone, **request.members})
        response = correct(request)
        if request.role == "delete" and response.ok and phone:
            self._gone[phone["uuid"]] = phone
        if request.role != "list" or not response.ok or not (self._listed or self._counted):
            return response
        return self._relisted(request, correct)

    def _relisted(self, request: Request, correct: Correct) -> ServiceResponse:
        text, gone = request.parameter("search"), list(self._gone.values())
        lost = [one for one in gone if not text or text.casefold() in f"{one['name'] or ''}".casefold()]
        if request.parameter("status") or request.parameter("type"):
            lost = [
                one
                for one in lost
                if one["status"] == request.parameter("status") or one["type"] == request.parameter("type")
            ]
        if self._listed:
            return relist(
                request,
                correct,
                order=lambda phones: sorted([*phones, *lost], key=lambda one: str(one["createdAt"]), reverse=True),
            )
        return relist(request, correct, count=lambda matched, _page, _every: len(matched) + len(lost))


@broken(
    "deleted-still-listed",
    "a list still shows deleted phones",
    "DELETE-LISTED DELETE-GONE CREATE-KEY DELETE- CREATE-AGAIN",
    HERE,
    ANY,
)
class _Listed(_Soft):
    def __init__(self) -> None:
        super().__init__(listed=True)


@broken(
    "deleted-still-counted",
    "total still counts deleted phones",
    "DELETE-LISTED DELETE- LIST-TOTAL",
    HERE,
    ANY,
)
class _Counted(_Soft):
    def __init__(self) -> None:
        super().__init__(counted=True)


@broken("deleted-still-found", "a get still finds deleted phones", "DELETE-GONE CREATE-AGAIN", HERE, ANY)
class _StillFound(_Soft):
    def __init__(self) -> None:
        super().__init__(found=True)


@broken("deleted-twice", "a second delete succeeds", "DELETE-GONE", HERE, ANY)
class _Again(_Soft):
    def __init__(self) -> None:
        super().__init__(again=True)


@broken("deleted-is-410", "a deleted phone is answered with 410", "DELETE-GONE CREATE-AGAIN", HERE, ANY)
class _Gone:
    """Remembers deleted phones, and reveals them."""

    def __init__(self) -> None:
        self._gone: set[str] = set()

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        if request.role == "delete" and response.ok:
            self._gone.add(request.key or "")
        return refusal(410) if response.status == 404 and request.key in self._gone else response


@broken(
    "delete-takes-another",
    "a delete also deletes the phone created before",
    "DELETE-OTHERS DELETE-LISTED DELETE- CREATE-",
    "/",
    ANY,
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    keys = [one["uuid"] for one in correct.records()]
    response = correct(request)
    if request.role == "delete" and response.ok and request.key in keys:
        index = keys.index(request.key) + 1
        if index < len(keys) - 12:
            correct.drop(keys[index])
    return response


@broken("delete-by-name", "a delete deletes every phone with the same name", "DELETE-OTHERS DELETE-", "/", ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    phone = correct.record(request.key)
    response = correct(request)
    if request.role == "delete" and response.ok and phone:
        for other in correct.records():
            if other["name"] == phone["name"]:
                correct.drop(other["uuid"])
    return response


@broken("delete-refused-for-active", "an active phone can't be deleted", "DELETE-ACCEPTED", "/", "deletePhone")
def _(request: Request, correct: Correct) -> ServiceResponse:
    phone = correct.record(request.key)
    return (
        refusal(409, "in use")
        if request.role == "delete" and phone and phone["status"] == "active"
        else correct(request)
    )

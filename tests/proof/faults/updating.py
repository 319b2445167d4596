"""Updates that change too much, too little, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse, json_response
from tests.proof.service import now

broken = Group("updating")
HERE = "/x-resources/phone /paths/~1phones~1{uuid} /components/schemas/Phone /components/schemas/UpdatePhone"
ANY = "updatePhone getPhone listPhones"


def afterwards(
    change: Callable[[dict[str, Any], dict[str, Any], dict[str, Any]], dict[str, Any]],
) -> Callable[[Request, Correct], ServiceResponse]:
    """Updates change more than was sent: `change` receives the phone before, the phone after, and the body."""

    def handler(request: Request, correct: Correct) -> ServiceResponse:
        before = correct.record(request.key) if request.role == "update" else None
        response = correct(request)
        if before is None or not response.ok:
            return response
        more = change(before, response.json, request.members)
        if not more:
            return response
        correct.set(before["uuid"], **more)
        return response.with_json(correct.record(before["uuid"]))

    return handler


@broken(
    "update-lost",
    "an update succeeds and is not stored",
    "UPDATE-LASTS UPDATE-ONLY-NAMED UPDATE-LISTED UPDATE-EVERYWHERE",
    HERE,
    ANY,
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    before = correct.record(request.key) if request.role == "update" else None
    response = correct(request)
    if before is not None and response.ok:
        correct.set(before["uuid"], **{name: before[name] for name in ("name", "status", "type")})
    return response


broken(
    "update-resets-the-rest",
    "an update without a name removes the name",
    "UPDATE-ONLY-NAMED UPDATE-EVERYWHERE",
    HERE,
    ANY,
)(afterwards(lambda _before, _after, sent: {} if "name" in sent else {"name": None}))
broken(
    "update-ignores-pending",
    "an update can't set the status pending",
    "UPDATE-ONLY-NAMED UPDATE-LASTS UPDATE-MOVES UPDATE-EVERYWHERE",
    HERE,
    ANY,
)(afterwards(lambda before, after, _sent: {"status": before["status"]} if after["status"] == "pending" else {}))
broken("update-moves-creation", "an update changes createdAt", "UPDATE-ONLY-NAMED UPDATE-EVERYWHERE", HERE, ANY)(
    afterwards(lambda _before, after, _sent: {"createdAt": after["updatedAt"]})
)
broken(
    "update-trims-names", "an update removes spaces at the ends of a name", "UPDATE-TEXT UPDATE-EVERYWHERE", HERE, ANY
)(afterwards(lambda _before, after, sent: {"name": after["name"].strip() or "-"} if "name" in sent else {}))


class _Times:
    """Shows another updatedAt than the mock's: `change` receives the old one, the new one, and the body."""

    def __init__(self, change: Callable[[dict[str, Any], dict[str, Any], dict[str, Any]], str]) -> None:
        self._change = change
        self._times: dict[str, str] = {}

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        before = correct.record(request.key) if request.role == "update" else None
        response = correct(request)
        if before is not None and response.ok:
            shown = {**before, "updatedAt": self._times.get(before["uuid"], before["updatedAt"])}
            self._times[before["uuid"]] = self._change(shown, response.json, request.members)
        return response.with_records(
            lambda phone: {**phone, "updatedAt": self._times.get(phone["uuid"], phone["updatedAt"])}
        )


@broken("updated-at-stands-still", "an update does not change updatedAt", "UPDATE-TIME", HERE, ANY)
class _Still(_Times):
    def __init__(self) -> None:
        super().__init__(lambda before, _after, _sent: str(before["updatedAt"]))


@broken("updated-at-if-changed", "updatedAt does not change if the new value equals the old", "UPDATE-TIME", HERE, ANY)
class _IfChanged(_Times):
    def __init__(self) -> None:
        def change(before: dict[str, Any], after: dict[str, Any], sent: dict[str, Any]) -> str:
            return str((after if any(before[name] != sent[name] for name in sent) else before)["updatedAt"])

        super().__init__(change)


@broken(
    "update-answers-the-old",
    "an update returns the old phone",
    "UPDATE-ONLY-NAMED UPDATE-LASTS UPDATE-EVERYWHERE",
    HERE,
    ANY,
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    before = correct.record(request.key)
    response = correct(request)
    return response.with_json(before) if request.role == "update" and response.ok else response


@broken(
    "refused-update-half-done",
    "a refused update has set the name",
    "UPDATE-NO-TRACE",
    HERE + " /x-http /components/responses",
    ANY,
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response, name = correct(request), request.members.get("name")
    if (
        request.role == "update"
        and response.status == 400
        and isinstance(name, str)
        and 0 < len(name) <= 100
        and name.isprintable()
        and correct.record(request.key)
    ):
        correct.set(request.key or "", name=name)
    return response


@broken("update-by-name", "an update changes the type of every phone with the same name", "UPDATE-OTHERS", HERE, ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    before = correct.record(request.key)
    response = correct(request)
    if request.role == "update" and response.ok and before and "type" in request.members:
        for other in correct.records():
            if other["name"] == before["name"] and other["uuid"] != before["uuid"]:
                correct.set(other["uuid"], type=response.json["type"])
    return response


@broken(
    "update-makes-the-missing",
    "an update of an unknown phone creates one",
    "ERROR-UNKNOWN-RECORD DELETE-GONE",
    "/",
    "updatePhone",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    if request.role != "update" or response.status != 404 or not request.key:
        return response
    made = {
        "uuid": request.key,
        "name": None,
        "number": "+12025550100",
        "type": "private",
        "countryCode": "US",
        "provider": None,
        "status": "registered",
        "smsEnabled": False,
        "createdAt": now(),
        "updatedAt": now(),
        **request.members,
    }
    return json_response(200, made)

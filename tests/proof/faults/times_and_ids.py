"""Times and identifiers of new phones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse
from tests.proof.service import later, written

broken = Group("times and ids")
HERE = "/x-resources/phone /components/schemas/Phone /paths"
ANY = "registerPhone getPhone listPhones"


def shifted(**span: float) -> Any:
    """A service whose times are all another time."""

    def handler(request: Request, correct: Correct) -> ServiceResponse:
        return correct(request).with_records(
            lambda phone: {
                **phone,
                "createdAt": later(phone["createdAt"], **span),
                "updatedAt": later(phone["updatedAt"], **span),
            }
        )

    return handler


broken("local-time-called-utc", "times are two hours ahead, but marked as UTC", "CREATE-TIMES", HERE, ANY)(
    shifted(hours=2)
)
broken("times-of-last-century", "times are counted from 1900 instead of 1970", "CREATE-TIMES", HERE, ANY)(
    shifted(days=-25567)
)


@broken(
    "time-of-start",
    "createdAt is the start of the service, like a default that is evaluated once",
    "CREATE-TIMES",
    HERE,
    ANY,
)
class _Start:
    """Gives every phone the time at which it was started, an hour ago."""

    def __init__(self) -> None:
        self._time = written(datetime.now(UTC) - timedelta(hours=1))

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        if request.role == "create" and response.ok:
            correct.rewrite({**response.json, "createdAt": self._time})
            return response.with_members(createdAt=self._time)
        return response


@broken("changed-before-created", "updatedAt of a new phone is a second before createdAt", "CREATE-TIMES", HERE, ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    def changed(phone: dict[str, Any]) -> dict[str, Any]:
        fresh = phone["updatedAt"] == phone["createdAt"]
        return {**phone, "updatedAt": later(phone["createdAt"], seconds=-1)} if fresh else phone

    return correct(request).with_records(changed)


@broken("changed-in-1970", "updatedAt of a new phone is in 1970", "CREATE-TIMES", HERE, ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    def changed(phone: dict[str, Any]) -> dict[str, Any]:
        fresh = phone["updatedAt"] == phone["createdAt"]
        return {**phone, "updatedAt": "1970-01-01T00:00:00.000Z"} if fresh else phone

    return correct(request).with_records(changed)


@broken(
    "answer-and-store-differ",
    "a registration returns another time than is stored",
    "READ-AFTER-WRITE CREATE-LISTED CREATE-LOCATION CREATE-EVERYWHERE",
    HERE,
    ANY,
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    if request.role == "create" and response.ok:
        return response.with_members(
            createdAt=later(response.json["createdAt"], seconds=3),
            updatedAt=later(response.json["updatedAt"], seconds=3),
        )
    return response


@broken(
    "keys-from-the-count",
    "the key of a new phone is the number of phones",
    "CREATE-KEY CREATE-AGAIN READ-AFTER-WRITE CREATE-EVERYWHERE",
    HERE,
    ANY,
)
class _Counted:
    """Calls a phone by the number of phones; a key that was free again is given again. A delete takes all of one."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        named = [uuid for uuid, name in self._names.items() if name == request.key]
        response = correct(request.with_key(named[-1]) if named else request)
        if request.role == "delete" and response.ok:
            for uuid in named:
                correct.drop(uuid)
                del self._names[uuid]
        if request.role == "create" and response.ok:
            name = self._names[response.json["uuid"]] = f"phone-{len(correct.records())}"
            response = response.with_header("Location", f"/api/phones/{name}")
        return response.with_records(lambda phone: {**phone, "uuid": self._names.get(phone["uuid"], phone["uuid"])})


@broken(
    "uuid-in-capitals-in-lists",
    "a list shows uuids in upper case, a get does not",
    "CREATE-LISTED LIST- READ-AS-LISTED READ- CREATE-EVERYWHERE",
    HERE,
    ANY,
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return (
        response.with_records(lambda phone: {**phone, "uuid": phone["uuid"].upper()})
        if request.role == "list"
        else response
    )

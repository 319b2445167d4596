"""Numbers that can be registered twice, or not at all."""

from __future__ import annotations

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse, json_response, refusal

broken = Group("uniqueness")
HERE = "/x-resources/phone /x-http /components/responses /paths"
NOT_UNIQUE: dict[str, list[str]] = {"/x-resources/phone/unique": []}
ANY = "registerPhone listPhones getPhone"


def same_number(request: Request, correct: Correct) -> list[dict[str, object]]:
    """The phones with the number of a register."""
    return [
        one for one in correct.records() if request.role == "create" and one["number"] == request.members.get("number")
    ]


@broken("number-twice", "a number may be registered twice", "CREATE-UNIQUE", HERE, ANY, document=NOT_UNIQUE)
def _(request: Request, correct: Correct) -> ServiceResponse:
    return correct(request)


@broken(
    "number-twice-by-type",
    "a number may be registered once per type",
    "CREATE-UNIQUE",
    HERE,
    ANY,
    document=NOT_UNIQUE,
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    wanted = request.members.get("type", "private")
    same = [one for one in same_number(request, correct) if one["type"] == wanted]
    return (
        refusal(409)
        if same and correct(request.with_json({**request.members, "number": "+1"})).status == 400
        else correct(request)
    )


@broken(
    "only-the-newest-compared",
    "only the newest phone is checked for the same number",
    "CREATE-UNIQUE",
    HERE,
    ANY,
    document=NOT_UNIQUE,
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    newest = correct.records()[:1]
    taken = request.role == "create" and newest and newest[0]["number"] == request.members.get("number")
    return refusal(409) if taken else correct(request)


@broken("deleted-numbers-taken", "the number of a deleted phone stays taken", "CREATE-AGAIN ERROR-NO-TRACE", HERE, ANY)
class _Taken:
    """Remembers every number that was ever registered."""

    def __init__(self) -> None:
        self._ever: set[str] = set()

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        number = request.members.get("number")
        if request.role == "create" and isinstance(number, str) and number in self._ever:
            return refusal(409)
        response = correct(request)
        if request.role == "create" and response.ok:
            self._ever.add(response.json["number"])
        return response


@broken("taken-overwrites", "registering a taken number changes that phone", "CREATE-UNIQUE", HERE, ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    if response.status != 409:
        return response
    held = same_number(request, correct)[0]
    correct.set(str(held["uuid"]), name=request.members.get("name"))
    return json_response(201, correct.record(str(held["uuid"])), ("Location", f"/api/phones/{held['uuid']}"))


@broken(
    "taken-is-stored",
    "registering a taken number is refused, but stored",
    "CREATE-UNIQUE ERROR-NO-TRACE",
    HERE,
    ANY,
    document=NOT_UNIQUE,
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    same = same_number(request, correct)
    response = correct(request)
    return refusal(409) if same and response.ok else response


@broken("names-unique-too", "names must be unique", "UPDATE-OTHERS CREATE-", "/", ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    name = request.members.get("name")
    taken = request.role == "create" and name and any(one["name"] == name for one in correct.records())
    return refusal(409, "name is taken") if taken else correct(request)


@broken(
    "conflict-blocks",
    "after a conflict, the next registration of any number is refused",
    "CREATE-UNIQUE SCHEMA-SERVER-ERROR CREATE-ACCEPTED CREATE- ERROR-",
    "/",
    ANY,
)
class _Blocked:
    """Leaves its transaction open after a conflict."""

    def __init__(self) -> None:
        self._aborted = False

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        if request.role == "create" and self._aborted:
            self._aborted = False
            return refusal(500, "current transaction is aborted")
        response = correct(request)
        self._aborted = self._aborted or response.status == 409
        return response

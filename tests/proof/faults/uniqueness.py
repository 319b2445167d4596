"""Numbers that can be registered twice, or not at all."""

from __future__ import annotations

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Answer, Request, json_answer, refusal

broken = Group("uniqueness")
HERE = "/x-resources/phone /x-http /components/responses /paths"
NOT_UNIQUE: dict[str, list[str]] = {"/x-resources/phone/unique": []}
ANY = "registerPhone listPhones getPhone"


def same_number(request: Request, ask: Correct) -> list[dict[str, object]]:
    """The phones with the number of a register."""
    return [one for one in ask.records() if request.role == "create" and one["number"] == request.members.get("number")]


@broken("number-twice", "a number may be registered twice", "CREATE-UNIQUE", HERE, ANY, document=NOT_UNIQUE)
def _(request: Request, ask: Correct) -> Answer:
    return ask(request)


@broken(
    "number-twice-by-type",
    "a number may be registered once per type",
    "CREATE-UNIQUE",
    HERE,
    ANY,
    document=NOT_UNIQUE,
)
def _(request: Request, ask: Correct) -> Answer:
    wanted = request.members.get("type", "private")
    same = [one for one in same_number(request, ask) if one["type"] == wanted]
    return (
        refusal(409)
        if same and ask(request.with_json({**request.members, "number": "+1"})).status == 400
        else ask(request)
    )


@broken(
    "only-the-newest-compared",
    "only the newest phone is checked for the same number",
    "CREATE-UNIQUE",
    HERE,
    ANY,
    document=NOT_UNIQUE,
)
def _(request: Request, ask: Correct) -> Answer:
    newest = ask.records()[:1]
    taken = request.role == "create" and newest and newest[0]["number"] == request.members.get("number")
    return refusal(409) if taken else ask(request)


@broken("deleted-numbers-taken", "the number of a deleted phone stays taken", "CREATE-AGAIN ERROR-NO-TRACE", HERE, ANY)
class _Taken:
    """Remembers every number that was ever registered."""

    def __init__(self) -> None:
        self._ever: set[str] = set()

    def __call__(self, request: Request, ask: Correct) -> Answer:
        number = request.members.get("number")
        if request.role == "create" and isinstance(number, str) and number in self._ever:
            return refusal(409)
        answer = ask(request)
        if request.role == "create" and answer.ok:
            self._ever.add(answer.json["number"])
        return answer


@broken("taken-overwrites", "registering a taken number changes that phone", "CREATE-UNIQUE", HERE, ANY)
def _(request: Request, ask: Correct) -> Answer:
    answer = ask(request)
    if answer.status != 409:
        return answer
    held = same_number(request, ask)[0]
    ask.set(str(held["uuid"]), name=request.members.get("name"))
    return json_answer(201, ask.record(str(held["uuid"])), ("Location", f"/api/phones/{held['uuid']}"))


@broken(
    "taken-is-stored",
    "registering a taken number is refused, but stored",
    "CREATE-UNIQUE ERROR-NO-TRACE",
    HERE,
    ANY,
    document=NOT_UNIQUE,
)
def _(request: Request, ask: Correct) -> Answer:
    same = same_number(request, ask)
    answer = ask(request)
    return refusal(409) if same and answer.ok else answer


@broken("names-unique-too", "names must be unique", "UPDATE-OTHERS CREATE-", "/", ANY)
def _(request: Request, ask: Correct) -> Answer:
    name = request.members.get("name")
    taken = request.role == "create" and name and any(one["name"] == name for one in ask.records())
    return refusal(409, "name is taken") if taken else ask(request)


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

    def __call__(self, request: Request, ask: Correct) -> Answer:
        if request.role == "create" and self._aborted:
            self._aborted = False
            return refusal(500, "current transaction is aborted")
        answer = ask(request)
        self._aborted = self._aborted or answer.status == 409
        return answer

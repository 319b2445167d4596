"""Wrong times: precision, zones, formats, and clocks that do not agree."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.front import Handler
from tests.proof.messages import Request, Role, ServiceResponse
from tests.proof.mistakes import Fields, shows
from tests.proof.service import later, now
from tests.proof.talk import Shown, Talk

broken = Group("documented: times")
POINTERS = "/x-resources/phone /components/schemas/Phone /paths"
ANY = "registerPhone getPhone listPhones updatePhone"
_TIMES = "READ-AFTER-WRITE CREATE-TIMES READ-AS-LISTED CREATE-LISTED UPDATE-TIME UPDATE-ONLY-NAMED UPDATE-"


def _seen(times: int = 1) -> Shown:
    """Whether the times of a phone agree wherever they are shown, and with the clock."""

    def exchange(talk: Talk) -> object:
        return [_agree(talk) for _ in range(times)]

    return exchange


def _agree(talk: Talk) -> object:
    made = talk.made()
    key = made["uuid"]
    got, listed = talk.get(key).json, talk.list(limit=1).json["phones"][0]
    changed = talk.update(key, name="x").json
    again, relisted = talk.get(key).json, talk.list(limit=1).json["phones"][0]
    return [
        made["createdAt"] == got["createdAt"] == listed["createdAt"] == again["createdAt"] == changed["createdAt"],
        made["updatedAt"] == got["updatedAt"] == listed["updatedAt"],
        changed["updatedAt"] == again["updatedAt"] == relisted["updatedAt"],
        changed["updatedAt"] > got["updatedAt"],
        changed["updatedAt"] >= changed["createdAt"],
        abs(_instant(made["createdAt"]) - _instant(now())) < timedelta(minutes=5),
        abs(_instant(changed["updatedAt"]) - _instant(now())) < timedelta(minutes=5),
    ]


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.fromisoformat("2000-01-01T00:00:00Z")


def _wrong(name: str, what: str, codes: str, handler: Handler, times: int = 1) -> None:
    broken(name, what, f"{codes} {_TIMES}", POINTERS, ANY, shows=_seen(times))(handler)


def _each(mend: Callable[[str], str], *roles: Role, names: tuple[str, ...] = ("createdAt", "updatedAt")) -> Handler:
    return shows(lambda phone: {name: mend(phone[name]) for name in names}, *roles)


def _seconds(text: str) -> str:
    return f"{text[:19]}Z"


def _swapped(text: str) -> str:
    """A month that goes with the minute, as mm for MM is in many languages."""
    month = (int(text[5:7]) + int(text[14:16]) % 11) % 12 + 1
    return f"{text[:5]}{month:02}-{min(int(text[8:10]), 28):02}{text[10:]}"


ALL: tuple[Role, ...] = ("create", "read", "list", "update")
_wrong("list-times-in-seconds", "a list shows times without milliseconds", "READ-AS-LISTED", _each(_seconds, "list"), 3)
_wrong("get-times-in-seconds", "a get shows times without milliseconds", "READ-AFTER-WRITE", _each(_seconds, "read"), 3)
_wrong("months-are-minutes", "the month of times goes with the minute", "CREATE-TIMES", _each(_swapped, *ALL))
_wrong(
    "get-in-summer-time",
    "a get shows createdAt with the right digits and the wrong zone",
    "READ-AFTER-WRITE",
    _each(lambda text: text.replace("Z", "+01:00"), "read", names=("createdAt",)),
)
_wrong(
    "list-in-local-time",
    "a list shows createdAt two hours ahead, and calls it UTC",
    "READ-AS-LISTED",
    _each(lambda text: later(text, hours=2), "list", names=("createdAt",)),
)
_wrong(
    "update-in-local-time",
    "updatedAt in the answer to an update is five hours behind",
    "UPDATE-TIME",
    _each(lambda text: later(text, hours=-5), "update", names=("updatedAt",)),
)
_wrong(
    "updated-tomorrow",
    "updatedAt in every answer is a day ahead",
    "CREATE-TIMES",
    _each(lambda text: later(text, days=1), *ALL, names=("updatedAt",)),
)
_wrong(
    "list-dates-alone",
    "a list shows createdAt as a date",
    "SCHEMA-BODY",
    _each(lambda text: text[:10], "list", names=("createdAt",)),
)
_wrong(
    "list-times-are-numbers",
    "a list shows updatedAt in seconds since 1970",
    "SCHEMA-BODY",
    shows(lambda phone: {"updatedAt": int(_instant(phone["updatedAt"]).timestamp())}, "list"),
)
_wrong(
    "half-days",
    "the halves of the day are swapped in times",
    "CREATE-TIMES",
    _each(lambda text: f"{text[:11]}{(int(text[11:13]) + 12) % 24:02}{text[13:]}", *ALL),
)


class _Shown:
    """Shows another updatedAt than the mock's: `change` receives the response to an update."""

    change: Callable[[str], str]

    def __init__(self) -> None:
        self._times: dict[str, str] = {}

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        if request.role == "update" and response.ok:
            self._times[response.json["uuid"]] = type(self).change(response.json["updatedAt"])
        return response.with_records(
            lambda phone: {**phone, "updatedAt": self._times.get(phone["uuid"], phone["updatedAt"])}
        )


def _class(name: str, what: str, codes: str, times: int = 1) -> Callable[[type[Any]], type[Any]]:
    return broken(name, what, f"{codes} {_TIMES}", POINTERS, ANY, shows=_seen(times))


@_class("updates-in-seconds", "updatedAt is in whole seconds, and so before createdAt for a while", "UPDATE-TIME", 3)
class _InSeconds(_Shown):
    change = staticmethod(lambda text: f"{text[:19]}.000Z")


@_class("update-answers-another-moment", "the answer to an update has another updatedAt than is stored", "UPDATE-LASTS")
class _AnotherTime:
    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        if request.role != "update" or not response.ok:
            return response
        return response.with_members(updatedAt=later(response.json["updatedAt"], milliseconds=7))


@_class(
    "clocks-disagree", "every other update is answered by a server with a clock three seconds behind", "UPDATE-TIME", 4
)
class _Clocks(_Shown):
    def __init__(self) -> None:
        super().__init__()
        self._turn = 0

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        self._turn += request.role == "update"
        behind = self._turn % 2 == 0 and request.role == "update"
        response = super().__call__(request, correct)
        if not behind or not response.ok:
            return response
        self._times[response.json["uuid"]] = later(response.json["updatedAt"], seconds=-3)
        return response.with_members(updatedAt=self._times[response.json["uuid"]])

    change = staticmethod(str)


def _others(name: str, what: str, write: Role) -> None:
    def exchange(talk: Talk) -> object:
        phone, other = talk.made(), talk.made()
        before = talk.get(phone["uuid"]).json["updatedAt"]
        talk.update(other["uuid"], name="x")
        talk.delete(other["uuid"])
        talk.made()
        return talk.get(phone["uuid"]).json["updatedAt"] == before

    class Touches:
        def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
            response = correct(request)
            if request.role == write and response.ok:
                others = [
                    one for one in correct.records()[:4] if one["uuid"] not in (request.key, response.json.get("uuid"))
                ]
                if others:
                    correct.set(others[0]["uuid"], name=others[0]["name"])
            return response

    broken(
        name,
        what,
        "UPDATE-OTHERS DELETE-OTHERS READ-SAFE CREATE- READ- UPDATE- DELETE- LIST-",
        POINTERS,
        f"{ANY} deletePhone",
        shows=exchange,
    )(Touches)


_others("create-touches-another", "a register moves updatedAt of the phone before it", "create")
_others("update-touches-another", "an update moves updatedAt of another phone", "update")
_others("delete-touches-another", "a delete moves updatedAt of another phone", "delete")


@_class("created-moves-on-rename", "an update of name moves createdAt", "UPDATE-ONLY-NAMED")
class _Moves:
    def __init__(self) -> None:
        self._times: dict[str, str] = {}

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        if request.role == "update" and response.ok and "name" in request.members:
            self._times[response.json["uuid"]] = response.json["updatedAt"]

        def moved(phone: Fields) -> Fields:
            return {**phone, "createdAt": self._times.get(phone["uuid"], phone["createdAt"])}

        return response.with_records(moved)

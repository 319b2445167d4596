"""Faults in one of 20, or one of 50, responses to one operation."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Request, Role, ServiceResponse, refusal
from tests.proof.service import relist
from tests.proof.talk import Shown, Talk

broken = Group("rarely")
ANY = "registerPhone getPhone listPhones updatePhone deletePhone"
_ALL = "SCHEMA- CREATE- READ- LIST- UPDATE- DELETE- FILTER- SEARCH- MODEL- ERROR- AUTH- RACE- HTTP-"
_EXPECTED: dict[str, str] = {
    "create": "CREATE-ACCEPTED",
    "read": "READ-AFTER-WRITE",
    "list": "LIST-TOTAL",
    "update": "UPDATE-LASTS",
    "delete": "SCHEMA-SERVER-ERROR",
}
"""The property that may well be the first. Any other may be, as the fault shows by chance."""
Change = Callable[[Request, Correct], ServiceResponse]


def _rarely(name: str, what: str, role: Role, one_in: int, change: Change, shown: Shown) -> None:
    """A service with a wrong response to one in `one_in` requests of a kind, at fixed random positions."""

    class Rarely:
        def __init__(self) -> None:
            self._random = Random(11)

        def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
            return (
                change(request, correct)
                if request.role == role and self._random.randrange(one_in) == 0
                else correct(request)
            )

    broken(name, f"{what}, one time in {one_in}", f"{_EXPECTED[role]} {_ALL}", "/", ANY, shows=shown)(Rarely)


def _often(do: Callable[[Talk], Any], times: int = 120) -> Shown:
    return lambda talk: [do(talk) for _ in range(times)]


def _got(talk: Talk) -> object:
    phone = talk.made(name="Desk")
    got = talk.get(phone["uuid"])
    return got.status, got.json == phone


def _updated(talk: Talk) -> object:
    phone = talk.made()
    response = talk.update(phone["uuid"], name="Desk")
    return response.status, talk.get(phone["uuid"]).json.get("name")


def _another(request: Request, correct: Correct) -> ServiceResponse:
    others = [one for one in correct.records() if one["uuid"] != request.key]
    return correct(request.with_key(others[0]["uuid"])) if others and correct.record(request.key) else correct(request)


def _newest_missing(request: Request, correct: Correct) -> ServiceResponse:
    return relist(request, correct, order=lambda phones: phones[1:])


def _swapped(request: Request, correct: Correct) -> ServiceResponse:
    return relist(request, correct, order=lambda phones: [*phones[1:2], *phones[:1], *phones[2:]])


def _twice(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    phones = response.json["phones"] if response.ok else []
    return response.with_members(phones=[*phones[:1], *phones[:-1]]) if len(phones) > 1 else response


def _total_off(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return response.with_members(total=response.json["total"] + 1) if response.ok else response


def _not_kept(request: Request, correct: Correct) -> ServiceResponse:
    before, response = correct.record(request.key), correct(request)
    if before is not None and response.ok:
        correct.set(before["uuid"], name=before["name"], status=before["status"], type=before["type"])
    return response


def _then(change: Callable[[ServiceResponse], ServiceResponse]) -> Change:
    def changed(request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        return change(response) if response.ok else response

    return changed


_rarely(
    "rarely-delete-500",
    "a delete fails",
    "delete",
    20,
    lambda _r, _a: refusal(500),
    _often(lambda talk: talk.delete(talk.made()["uuid"]).status),
)
_rarely(
    "rarely-create-503",
    "a register is answered with 503",
    "create",
    50,
    lambda _r, _a: refusal(503),
    _often(lambda talk: talk.create().status),
)
_rarely(
    "rarely-get-404",
    "a get does not find a phone",
    "read",
    20,
    lambda _r, _a: refusal(404),
    _often(_got),
)
_rarely(
    "very-rarely-get-404",
    "a get does not find a phone that is there",
    "read",
    50,
    lambda _r, _a: refusal(404),
    _often(_got),
)
_rarely("rarely-another-phone", "a get answers another phone", "read", 20, _another, _often(_got))
_rarely(
    "very-rarely-another-phone",
    "a get answers a phone that is not the right one",
    "read",
    50,
    _another,
    _often(_got),
)
_rarely(
    "rarely-nameless",
    "a get shows no name",
    "read",
    50,
    _then(lambda response: response.with_members(name=None)),
    _often(_got),
)
_rarely(
    "rarely-newest-missing",
    "a list lacks the newest phone",
    "list",
    20,
    _newest_missing,
    _often(lambda talk: talk.listed()),
)
_rarely(
    "very-rarely-newest-missing",
    "a list lacks the phone made last",
    "list",
    50,
    _newest_missing,
    _often(lambda talk: talk.listed()),
)
_rarely(
    "rarely-swapped",
    "the first two phones of a list are swapped",
    "list",
    20,
    _swapped,
    _often(lambda talk: talk.listed()),
)
_rarely(
    "rarely-twice",
    "a list shows the first phone twice, and not the last",
    "list",
    20,
    _twice,
    _often(lambda talk: talk.listed()),
)
_rarely(
    "very-rarely-total-off",
    "a list counts one too many",
    "list",
    50,
    _total_off,
    _often(lambda talk: talk.listed()),
)
_rarely(
    "rarely-created-is-200",
    "a register is answered with 200",
    "create",
    20,
    _then(lambda response: response.with_status(200)),
    _often(lambda talk: talk.create().status),
)
_rarely(
    "rarely-without-location",
    "a register sends no Location",
    "create",
    20,
    _then(lambda response: response.with_header("Location", None)),
    _often(lambda talk: talk.create().header("Location") is None),
)
_rarely(
    "rarely-unfiltered",
    "a list ignores its filters",
    "list",
    20,
    lambda r, a: a(r.without("status", "type")) if a(r).ok else a(r),
    _often(lambda talk: talk.listed(status="pending")),
)
_rarely(
    "rarely-unsearched",
    "a list ignores a search",
    "list",
    20,
    lambda r, a: a(r.without("search")) if a(r).ok else a(r),
    _often(lambda talk: talk.listed(search="zzzz")),
)
_rarely(
    "very-rarely-update-lost",
    "an update is answered and not stored",
    "update",
    50,
    _not_kept,
    _often(_updated),
)
_rarely(
    "rarely-update-409",
    "an update is refused with 409",
    "update",
    20,
    lambda _r, _a: refusal(409),
    _often(_updated),
)
_rarely(
    "rarely-get-401",
    "a get wants a token, and another time none",
    "read",
    50,
    lambda _r, _a: refusal(401, "No.", ("WWW-Authenticate", "Bearer")),
    _often(_got),
)
_rarely(
    "rarely-get-another-type",
    "a get has a text for smsEnabled",
    "read",
    50,
    _then(lambda response: response.with_members(smsEnabled="false")),
    _often(_got),
)

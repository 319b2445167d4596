"""Outdated responses: from caches, replicas, workers, and replays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Request, Role, ServiceResponse, refusal
from tests.proof.mistakes import Fields
from tests.proof.service import page_of
from tests.proof.talk import Talk

broken = Group("documented: memory")
ANY = "registerPhone getPhone listPhones updatePhone deletePhone"
_CHANGED = "UPDATE-LISTED UPDATE- UPDATE-MOVES LIST- CREATE-LISTED DELETE-LISTED FILTER- SEARCH- READ-"


class _Cached:
    """Caches responses to some lists forever, or until a write of one of `forgetting`."""

    when: Callable[[Request], bool]
    forgetting: tuple[Role, ...] = ()

    def __init__(self) -> None:
        self._kept: dict[str, ServiceResponse] = {}

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        if request.role in self.forgetting and response.ok:
            self._kept.clear()
        if request.role != "list" or not response.ok or not type(self).when(request):
            return response
        return self._kept.setdefault(request.raw_query, response)


def _relisted(**parameters: Any) -> Callable[[Talk], object]:
    def exchange(talk: Talk) -> object:
        phone = talk.made(name="Desk")
        seen = [talk.listed(**parameters)]
        talk.update(phone["uuid"], name="Second", status="active")
        seen.append(talk.listed(**parameters))
        talk.made(name="Desk", type="shared")
        seen.append(talk.listed(**parameters))
        talk.delete(phone["uuid"])
        return [*seen, talk.listed(**parameters)]

    return exchange


@broken(
    "filtered-lists-kept",
    "a filtered list is kept until something is deleted",
    f"UPDATE-MOVES FILTER- {_CHANGED}",
    "/",
    ANY,
    shows=_relisted(status="registered"),
)
class _Filtered(_Cached):
    forgetting = ("delete",)
    when = staticmethod(lambda request: bool(request.parameter("status") or request.parameter("type")))


@broken(
    "searches-kept",
    "what a search found is kept until something is deleted",
    f"SEARCH-FOLLOWS-WRITES SEARCH- {_CHANGED}",
    "/",
    ANY,
    shows=_relisted(search="Desk"),
)
class _Searched(_Cached):
    forgetting = ("delete",)
    when = staticmethod(lambda request: bool(request.parameter("search")))


@broken(
    "later-pages-kept",
    "a second page is kept until something is updated",
    _CHANGED,
    "/",
    ANY,
    shows=_relisted(page=2, limit=1),
)
class _Later(_Cached):
    forgetting = ("update",)
    when = staticmethod(lambda request: page_of(request) > 1)


@broken(
    "totals-kept",
    "total is updated only by an update",
    f"LIST-TOTAL {_CHANGED}",
    "/",
    ANY,
    shows=_relisted(limit=3),
)
class _Totals:
    def __init__(self) -> None:
        self._kept: dict[str, int] = {}

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        if request.role == "update" and response.ok:
            self._kept.clear()
        if request.role != "list" or not response.ok:
            return response
        query = request.without("page", "limit").raw_query
        total = self._kept.setdefault(query, response.json["total"])
        return response.with_members(total=total, totalPages=-(-total // response.json["limit"]))


class _Once:
    """Shows the state before a write once after each write of a kind."""

    write: Role
    read: Role

    def __init__(self) -> None:
        self._before: dict[str, Fields | None] = {}

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        before = correct.record(request.key)
        response = correct(request)
        if request.role == self.write and response.ok:
            self._before[response.json["uuid"] if self.write == "create" else request.key or ""] = before
        if request.role == self.read and request.key in self._before:
            old = self._before.pop(request.key)
            return refusal(404) if old is None else response.with_status(200).with_json(old)
        return response


def _written(talk: Talk) -> object:
    phone = talk.made(name="Desk")
    first = talk.get(phone["uuid"]).status
    talk.update(phone["uuid"], name="Second")
    second = talk.get(phone["uuid"]).json.get("name")
    talk.delete(phone["uuid"])
    return first, second, talk.get(phone["uuid"]).status


@broken(
    "first-get-after-create-fails",
    "the first get after a register does not find the phone",
    "READ-AFTER-WRITE READ-ACCEPTED READ- CREATE-",
    "/",
    ANY,
    shows=_written,
)
class _CreatedOnce(_Once):
    write, read = "create", "read"


@broken(
    "first-get-after-update-is-old",
    "the first get after an update shows the phone as it was",
    "UPDATE-LASTS UPDATE- READ-",
    "/",
    ANY,
    shows=_written,
)
class _UpdatedOnce(_Once):
    write, read = "update", "read"


@broken(
    "first-get-after-delete-finds",
    "the first get after a delete still shows the phone",
    "DELETE-GONE DELETE-",
    "/",
    ANY,
    shows=_written,
)
class _DeletedOnce(_Once):
    write, read = "delete", "read"


@broken(
    "two-workers",
    "each of two workers keeps what it got, and forgets it on its own updates only",
    f"UPDATE-LASTS {_CHANGED} DELETE- MODEL-",
    "/",
    ANY,
    shows=lambda talk: [_written(talk) for _ in range(3)],
)
class _Workers:
    def __init__(self) -> None:
        self._turn = 0
        self._kept: tuple[dict[str, ServiceResponse], ...] = ({}, {})

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        self._turn += 1
        kept = self._kept[self._turn % 2]
        response, key = correct(request), request.key or ""
        if request.role in ("update", "delete"):
            kept.pop(key, None)
        return kept.setdefault(key, response) if request.role == "read" and response.ok else response


class _Replayed:
    """Repeats the response to an earlier request with the same body, and does nothing."""

    role: Role

    def __init__(self) -> None:
        self._responses: dict[tuple[str, bytes], ServiceResponse] = {}

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        if request.role != self.role:
            return correct(request)
        known = self._responses.get((request.path, request.body))
        response = known or correct(request)
        if response.ok:
            self._responses[request.path, request.body] = response
        return response


@broken(
    "same-update-replayed",
    "an update with the same body as one before does nothing, and is answered the same",
    "UPDATE-LASTS UPDATE- UPDATE-TIME UPDATE-MOVES FILTER- LIST-",
    "/",
    ANY,
    shows=lambda talk: [
        (key := talk.made()["uuid"]),
        [talk.update(key, name=name).json["name"] for name in "aba"],
        talk.get(key).json["name"],
    ][1:],
)
class _SameUpdate(_Replayed):
    role = "update"


@broken(
    "same-create-replayed",
    "a register with the same body as one before is answered the same",
    "CREATE-UNIQUE CREATE-AGAIN CREATE-",
    "/",
    ANY,
    shows=lambda talk: [talk.create(number="+12025550143").status for _ in range(2)],
)
class _SameCreate(_Replayed):
    role = "create"

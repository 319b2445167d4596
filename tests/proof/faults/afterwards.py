"""Faults that appear only after another operation: caches, indexes and counters that are not kept up to date."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse, refusal
from tests.proof.service import Phone, Relisted, contains, filters, relist

broken = Group("afterwards")
ANY = "registerPhone getPhone listPhones updatePhone deletePhone"


class _ListCache:
    """Keeps the responses to lists, and forgets them after some operations only."""

    def __init__(self, *forgetting: str) -> None:
        self._forgetting = forgetting
        self._kept: dict[str, ServiceResponse] = {}

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        if request.role == "list" and request.raw_query in self._kept:
            return self._kept[request.raw_query]
        response = correct(request)
        if request.role == "list" and response.ok:
            self._kept[request.raw_query] = response
        if request.role in self._forgetting and response.ok:
            self._kept.clear()
        return response


@broken(
    "stale-list-after-update",
    "a list is cached until something is registered or deleted",
    "UPDATE-LISTED UPDATE- UPDATE-MOVES LIST-",
    "/",
    ANY,
)
class _AfterUpdate(_ListCache):
    def __init__(self) -> None:
        super().__init__("create", "delete")


@broken(
    "stale-list-after-create",
    "a list is cached until something is updated or deleted",
    "CREATE-LISTED LIST- CREATE-",
    "/",
    ANY,
)
class _AfterCreate(_ListCache):
    def __init__(self) -> None:
        super().__init__("update", "delete")


class _GetCache:
    """Keeps the responses to gets, and forgets one after some operations only."""

    def __init__(self, *forgetting: str) -> None:
        self._forgetting = forgetting
        self._kept: dict[str, ServiceResponse] = {}

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        key = request.key or ""
        if request.role == "read" and key in self._kept:
            return self._kept[key]
        response = correct(request)
        if request.role == "read" and response.ok:
            self._kept[key] = response
        if request.role in self._forgetting:
            self._kept.pop(key, None)
        return response


@broken("stale-get-after-update", "a get is cached until the phone is deleted", "UPDATE-LASTS UPDATE- LIST-", "/", ANY)
class _GetAfterUpdate(_GetCache):
    def __init__(self) -> None:
        super().__init__("delete")


@broken("stale-get-after-delete", "a get is cached until the phone is updated", "DELETE-GONE DELETE-", "/", ANY)
class _GetAfterDelete(_GetCache):
    def __init__(self) -> None:
        super().__init__("update")


@broken(
    "unknown-is-remembered",
    "a phone that was not found once is not found after it is registered again",
    "CREATE-AGAIN READ-ACCEPTED",
    "/",
    ANY,
)
class _Remembered:
    """Remembers the numbers of deleted phones, and no longer finds them in searches."""

    def __init__(self) -> None:
        self._gone: set[str] = set()

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        phone = correct.record(request.key)
        if request.role == "read" and phone and phone["number"] in self._gone:
            return refusal(404)
        response = correct(request)
        if request.role == "delete" and response.ok and phone:
            self._gone.add(phone["number"])
        return response


class _Index:
    """Remembers each phone as it was registered; lists look there for some of its members."""

    def __init__(self, *members: str) -> None:
        self._members = members
        self._old: dict[str, Phone] = {}

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        if request.role == "create" and response.ok:
            self._old[response.json["uuid"]] = {name: response.json[name] for name in self._members}
        if request.role != "list" or not response.ok:
            return response
        return Relisted(
            filters=lambda phone, wanted: filters(self._as_indexed(phone), wanted),
            search=lambda phone, text: contains(self._as_indexed(phone), text),
        )(request, correct)

    def _as_indexed(self, phone: Phone) -> Phone:
        return {**phone, **self._old.get(phone["uuid"], {})}


@broken(
    "search-by-the-old-name",
    "a search finds a phone by the name from its registration, not by the current one",
    "SEARCH-FOLLOWS-WRITES UPDATE-",
    "/",
    ANY,
)
class _OldNames(_Index):
    def __init__(self) -> None:
        super().__init__("name")


@broken(
    "filter-by-the-old-status",
    "a filter uses the status from the registration",
    "UPDATE-MOVES UPDATE- FILTER-",
    "/",
    ANY,
)
class _OldStatus(_Index):
    def __init__(self) -> None:
        super().__init__("status")


class _Counter(ABC):
    """Keeps a counter instead of counting; forgets to update it after some operations."""

    def __init__(self) -> None:
        self._error = 0

    @abstractmethod
    def off(self, request: Request, response: ServiceResponse) -> int:
        """The error of the count after an operation."""

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        self._error += self.off(request, response)
        if request.role != "list" or not response.ok:
            return response
        return relist(request, correct, count=lambda matched, _page, _every: max(0, len(matched) + self._error))


@broken(
    "counter-keeps-deleted",
    "a delete does not lower the total",
    "DELETE-LISTED CREATE- LIST- DELETE-",
    "/",
    ANY,
)
class _KeepsDeleted(_Counter):
    def off(self, request: Request, response: ServiceResponse) -> int:
        return int(request.role == "delete" and response.ok)


@broken(
    "refusal-leaves-a-trace",
    "a registration that is refused for its body is stored anyway",
    "ERROR-NO-TRACE",
    "/",
    ANY,
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    number = request.members.get("number")
    if request.role == "create" and response.status == 400 and isinstance(number, str):
        least = {
            name: value
            for name, value in request.members.items()
            if name in ("number", "name") and isinstance(value, str)
        }
        correct(request.with_json(least))
    return response

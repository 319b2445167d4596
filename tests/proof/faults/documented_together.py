"""Faults of concurrent requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse, refusal
from tests.proof.talk import Talk

broken = Group("documented: together")
ANY = "registerPhone getPhone listPhones updatePhone deletePhone"


def _together(do: Callable[[int], object], times: int = 6) -> list[object]:
    results: list[object] = [None] * times

    def run(index: int) -> None:
        results[index] = do(index)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(times)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return results


def _is_there_after_a_delete(talk: Talk) -> bool:
    """Whether a phone is still there after a delete and an update at the same time.

    On a busy machine the delete may come before the update has begun, or after it has ended.
    """
    key = talk.made()["uuid"]
    _together(lambda index: talk.delete(key).status if index == 1 else talk.update(key, name="x").status, 2)
    return talk.get(key).status == 200


@broken(
    "updates-swapped-together",
    "of two updates at the same time, both go to one phone",
    "RACE-UPDATE RACE-UPDATES RACE- UPDATE-",
    "/",
    ANY,
    shows=lambda talk: [
        keys := [talk.made()["uuid"] for _ in range(6)],
        _together(lambda index: talk.update(keys[index], name=f"{index}").status),
        [talk.get(key).json["name"] for key in keys],
    ][2],
)
class _SharedKey:
    """Shares the key of the current update between threads."""

    def __init__(self) -> None:
        self._key = ""

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        if request.role != "update" or correct.record(request.key) is None:
            return correct(request)
        self._key = request.key or ""
        time.sleep(0.01)
        return correct(request.with_key(self._key))


@broken(
    "counted-together",
    "phones registered at the same time are counted as one",
    "RACE-CREATES LIST-TOTAL RACE- CREATE-LISTED LIST-",
    "/",
    ANY,
    shows=lambda talk: [talk.listed(), _together(lambda _index: talk.create().status), talk.listed()["total"]][2],
)
class _Counter:
    """Reads its counter, waits, and writes it back."""

    def __init__(self) -> None:
        self._under_way = 0
        self._lost = 0

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        if request.role == "create":
            self._under_way += 1
            time.sleep(0.01)
            response = correct(request)
            self._lost += self._under_way > 1 and response.ok
            self._under_way -= 1
            return response
        response = correct(request)
        lost = (
            self._lost if request.role == "list" and response.ok and not request.without("page", "limit").query else 0
        )
        return response.with_members(total=max(0, response.json["total"] - lost)) if lost else response


@broken(
    "update-during-delete-revives",
    "an update at the same time as the delete of the phone brings it back",
    "RACE-DELETE RACE- DELETE-GONE",
    "/",
    ANY,
    shows=lambda talk: any(_is_there_after_a_delete(talk) for _ in range(10)),
)
class _Revives:
    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        before = correct.record(request.key)
        if request.role != "update" or before is None:
            return correct(request)
        time.sleep(0.02)
        response = correct(request)
        if response.status == 404:
            correct.add({**before, **{name: text for name, text in request.members.items() if name in before}})
        return response


@broken(
    "simultaneous-lists-fail",
    "of two lists at the same time one fails, as with one connection for all",
    "SCHEMA-SERVER-ERROR RACE-",
    "/",
    ANY,
    shows=lambda talk: any(status == 500 for status in _together(lambda _index: talk.list().status)),
)
class _OneConnection:
    def __init__(self) -> None:
        self._busy = threading.Lock()

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        if request.role != "list":
            return correct(request)
        if not self._busy.acquire(blocking=False):
            return refusal(500, "the connection is busy")
        try:
            time.sleep(0.003)
            return correct(request)
        finally:
            self._busy.release()

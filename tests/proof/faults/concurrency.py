"""Faults that appear only with concurrent requests; a short wait makes them likely."""

from __future__ import annotations

import time
from threading import Lock
from typing import Any

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse, json_response, refusal

broken = Group("concurrency")
WAIT_S = 0.03
HERE = "/x-resources/phone /paths /components/responses /x-http"
ANY = "registerPhone updatePhone deletePhone getPhone listPhones"
NOT_UNIQUE: dict[str, list[str]] = {"/x-resources/phone/unique": []}


@broken(
    "race-for-a-number",
    "a registration checks whether the number is taken and then stores, without a lock",
    "RACE-UNIQUE RACE-CREATES RACE-",
    HERE,
    ANY,
    document=NOT_UNIQUE,
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    if request.role != "create":
        return correct(request)
    taken = any(one["number"] == request.members.get("number") for one in correct.records())
    time.sleep(0 if taken else WAIT_S)
    response = correct(request)
    if taken and response.ok:
        correct.drop(response.json["uuid"])
        return refusal(409)
    return response


@broken(
    "race-is-500",
    "of two concurrent registrations of one number, one fails with 500",
    "RACE-UNIQUE SCHEMA-SERVER-ERROR RACE-",
    "/",
    ANY,
)
class _LockedDatabase:
    """Responds with 500 to a register during another one."""

    def __init__(self) -> None:
        self._lock = Lock()

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        if request.role != "create":
            return correct(request)
        if not self._lock.acquire(blocking=False):
            return refusal(500, "database is locked")
        try:
            time.sleep(WAIT_S / 3)
            return correct(request)
        finally:
            self._lock.release()


@broken(
    "lost-update",
    "an update reads the phone, waits, and writes all of it back",
    "RACE-UPDATES RACE-UPDATE RACE-",
    HERE,
    ANY,
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    before = correct.record(request.key) if request.role == "update" else None
    if before is None or not isinstance(request.json, dict):
        return correct(request)
    time.sleep(WAIT_S)
    response = correct(request)
    if response.ok:
        correct.set(
            before["uuid"], **{name: before[name] for name in ("name", "status", "type") if name not in request.members}
        )
    return response.with_json(correct.record(request.key)) if response.ok and correct.record(request.key) else response


@broken("two-deletes-succeed", "two concurrent deletes of one phone both succeed", "RACE-DELETE RACE-", HERE, ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    if request.role != "delete" or correct.record(request.key) is None:
        return correct(request)
    time.sleep(WAIT_S)
    correct.drop(request.key or "")
    return json_response(200, {"success": True, "message": "Phone number deleted successfully"})


@broken(
    "second-delete-is-500",
    "of two concurrent deletes of one phone, the second fails with 500",
    "RACE-DELETE SCHEMA-SERVER-ERROR",
    "/",
    ANY,
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    if request.role != "delete" or correct.record(request.key) is None:
        return correct(request)
    time.sleep(WAIT_S)
    response = correct(request)
    return response if response.ok else refusal(500, "row has been removed")


@broken(
    "answers-mixed-up",
    "concurrent registrations share one object and return the last one",
    "RACE-CREATES RACE-UNIQUE",
    HERE,
    ANY,
)
class _Shared:
    """Keeps what is being registered in one place for all."""

    def __init__(self) -> None:
        self._last: Any = None

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        if request.role != "create" or not response.ok:
            return response
        self._last = response.json
        time.sleep(WAIT_S)
        return response.with_json(self._last)


@broken("creates-lost-together", "of two concurrent registrations, one is lost", "RACE-CREATES RACE-UNIQUE", HERE, ANY)
class _LostCreate:
    """Writes the whole list back as it was read, so a register in between is overwritten."""

    def __init__(self) -> None:
        self._under_way = 0
        self._lock = Lock()

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        if request.role != "create":
            return correct(request)
        with self._lock:
            self._under_way += 1
            late = self._under_way > 1
        response = correct(request)
        time.sleep(WAIT_S)
        with self._lock:
            self._under_way -= 1
        if late and response.ok:
            correct.drop(response.json["uuid"])
        return response


@broken(
    "same-key-together",
    "phones registered at the same time get the same uuid",
    "RACE-CREATES RACE-UNIQUE RACE-",
    HERE,
    ANY,
)
class _SameKey:
    """Gives a phone the name from the register that is running."""

    def __init__(self) -> None:
        self._under_way = 0
        self._key = ""
        self._lock = Lock()

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        if request.role != "create" or not response.ok:
            return response
        with self._lock:
            self._key = self._key if self._under_way else response.json["uuid"]
            self._under_way += 1
            key = self._key
        time.sleep(WAIT_S)
        with self._lock:
            self._under_way -= 1
        return response.with_members(uuid=key)

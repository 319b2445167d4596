"""Keys in a path that are confused with others, or that make the service fail."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.front import Handler
from tests.proof.messages import Request, ServiceResponse, refusal
from tests.proof.mistakes import Fields
from tests.proof.talk import Talk

broken = Group("assumed: keys")
OPERATIONS = "getPhone updatePhone deletePhone"


_UNKNOWN = "READ-UNKNOWN ERROR-UNKNOWN-RECORD DELETE-GONE"
_FAILS = "SCHEMA-SERVER-ERROR READ-UNKNOWN"


def _key(name: str, what: str, codes: str, alias: Callable[[Fields], str], handler: Handler) -> None:
    """A service that finds a phone by an unknown key, which `alias` makes from it."""

    def exchange(talk: Talk) -> object:
        key = alias(talk.made())
        return talk.get(key).status, talk.delete(key).status

    broken(name, what, codes, "/", OPERATIONS, shows=exchange)(handler)


def _as_uuid(request: Request, correct: Correct) -> ServiceResponse:
    try:
        key = str(uuid.UUID(request.key or ""))
    except ValueError:
        return correct(request)
    return (
        correct(request.with_key(key))
        if correct.record(request.key) is None and correct.record(key)
        else correct(request)
    )


def _by_number(request: Request, correct: Correct) -> ServiceResponse:
    found = [one["uuid"] for one in correct.records() if one["number"] == request.key]
    return correct(request.with_key(found[0])) if found and request.role == "read" else correct(request)


def _by_position(request: Request, correct: Correct) -> ServiceResponse:
    records = correct.records()
    position = (
        int(request.key)
        if request.key and request.key.isascii() and request.key.isdigit() and len(request.key) < 6
        else 0
    )
    return correct(request.with_key(records[-position]["uuid"])) if 0 < position <= len(records) else correct(request)


def _trimmed(request: Request, correct: Correct) -> ServiceResponse:
    key = request.key or ""
    return correct(request.with_key(key.strip())) if key.strip() and key != key.strip() else correct(request)


_key(
    "key-without-dashes",
    "a uuid without its dashes, or in braces, is taken for it",
    _UNKNOWN,
    lambda phone: phone["uuid"].replace("-", ""),
    _as_uuid,
)
_key(
    "key-is-a-number-too",
    "a get takes a phone's number for its uuid",
    _UNKNOWN,
    lambda phone: phone["number"],
    _by_number,
)
_key("key-is-a-place-too", "phones go by 1, 2, 3 and so on, too", _UNKNOWN, lambda _phone: "1", _by_position)
_key(
    "key-trimmed",
    "spaces and line ends after a uuid do not matter",
    _UNKNOWN,
    lambda phone: f"{phone['uuid']} ",
    _trimmed,
)
_key(
    "key-null-is-500",
    "the key null makes the service fail",
    _FAILS,
    lambda _phone: "null",
    lambda request, correct: refusal(500) if request.key in ("null", "undefined", "NaN") else correct(request),
)
_key(
    "key-with-nul-is-500",
    "NUL in a key makes the service fail, as PostgreSQL does",
    _FAILS,
    lambda _phone: "a\0b",
    lambda request, correct: refusal(500) if "\0" in (request.key or "") else correct(request),
)
_key(
    "delete-by-pattern",
    "a delete looks for a uuid with LIKE, so % deletes a phone",
    _UNKNOWN,
    lambda _phone: "%",
    lambda request, correct: (
        correct(request.with_key(correct.records()[0]["uuid"]))
        if request.role == "delete" and request.key == "%" and correct.records()
        else correct(request)
    ),
)

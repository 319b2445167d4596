"""Other keys, other times, another order where none is promised, and records of others."""

from __future__ import annotations

import base64
import binascii
import itertools
import json
import re
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from threading import Event
from typing import Any

from tests.proof.correct import Correct
from tests.proof.messages import COLLECTION, Request, ServiceResponse
from tests.proof.service import Phone, relist
from tests.proof.variations import Variety

right = Variety("records")
_SECOND = timedelta(seconds=1)
_UNKNOWN = "unknown"


# Keys.


def _keyed(
    request: Request, correct: Correct, shown: Callable[[str], str], meant: Callable[[str], str]
) -> ServiceResponse:
    """The response of a service with other keys than the mock's, in Location too."""
    if request.key is not None:
        request = request.with_key(meant(request.key))
    response = correct(request).with_records(lambda phone: {**phone, "uuid": shown(phone["uuid"])})
    location = response.header("Location")
    return response.with_header("Location", request.with_key(shown(location[-36:])).path) if location else response


@right("uuids-in-capitals", "uuids are written in capitals, and found in either case")
def _(request: Request, correct: Correct) -> ServiceResponse:
    return _keyed(request, correct, str.upper, str.lower)


_HEXADECIMAL, _LETTERS = "0123456789abcdef", "9z8y7x6w5v4u3t2s"
_SPOKEN = str.maketrans(_HEXADECIMAL, _LETTERS)
_MEANT = str.maketrans(_LETTERS, _HEXADECIMAL)


@right("keys-like-the-vendors", "keys look like the one in the vendor's documentation, and are no uuids")
def _(request: Request, correct: Correct) -> ServiceResponse:
    def meant(key: str) -> str:
        return key.translate(_MEANT) if set(key) <= {*_LETTERS, "-"} else _UNKNOWN

    return _keyed(request, correct, lambda key: key.translate(_SPOKEN), meant)


@right("keys-of-digits", "keys are long decimal numbers, as texts")
def _(request: Request, correct: Correct) -> ServiceResponse:
    def meant(key: str) -> str:
        fits = key.isdecimal() and not key.startswith("0") and len(key) < 40 and int(key) >> 128 == 0
        return str(uuid.UUID(int=int(key))) if fits else _UNKNOWN

    return _keyed(request, correct, lambda key: str(uuid.UUID(key).int), meant)


@right("keys-to-be-encoded", "keys hold slashes, pluses and equals signs, which a path must encode")
def _(request: Request, correct: Correct) -> ServiceResponse:
    def meant(key: str) -> str:
        try:
            octets = base64.b64decode(key, validate=True)
        except (ValueError, binascii.Error):
            return _UNKNOWN
        found = str(uuid.UUID(bytes=octets)) if len(octets) == 16 else _UNKNOWN
        return found if found != _UNKNOWN and base64.b64encode(octets).decode() == key else _UNKNOWN

    return _keyed(request, correct, lambda key: base64.b64encode(uuid.UUID(key).bytes).decode(), meant)


# Times.


def _timed(response: ServiceResponse, write: Callable[[datetime], str]) -> ServiceResponse:
    """The response with its times written in another form."""
    names = ("createdAt", "updatedAt")
    return response.with_records(lambda phone: {**phone, **{n: write(datetime.fromisoformat(phone[n])) for n in names}})


def _assumed(instant: datetime) -> str:
    """A time in the form that the document assumes."""
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03}Z"


@right("whole-seconds", "times are whole seconds: two changes within a second show the same one", assumes=False)
def _(request: Request, correct: Correct) -> ServiceResponse:
    return _timed(correct(request), lambda instant: f"{instant:%Y-%m-%dT%H:%M:%SZ}")


@right("whole-seconds-ahead", "times are whole seconds, and every change moves them by one at the least", assumes=False)
class _WholeSecondsAhead:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, tuple[str, datetime]] = {}

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        with self._lock:
            return correct(request).with_records(self._moved)

    def _moved(self, phone: Phone) -> Phone:
        changed = phone["updatedAt"]
        before, shown = self._known.get(phone["uuid"], ("", datetime.min.replace(tzinfo=UTC)))
        if before != changed:
            shown = max(datetime.fromisoformat(changed).replace(microsecond=0), shown + _SECOND if before else shown)
            self._known[phone["uuid"]] = (changed, shown)
        created = datetime.fromisoformat(phone["createdAt"])
        return {**phone, "createdAt": f"{created:%Y-%m-%dT%H:%M:%SZ}", "updatedAt": f"{shown:%Y-%m-%dT%H:%M:%SZ}"}


@right("hundredths", "times have as many decimals as they need, and two at the most", assumes=False)
def _(request: Request, correct: Correct) -> ServiceResponse:
    def write(instant: datetime) -> str:
        return f"{instant:%Y-%m-%dT%H:%M:%S}" + f".{instant.microsecond // 10_000:02}".rstrip("0").rstrip(".") + "Z"

    return _timed(correct(request), write)


@right("microseconds", "times have microseconds, and their offset is written +00:00", assumes=False)
def _(request: Request, correct: Correct) -> ServiceResponse:
    return _timed(correct(request), lambda instant: instant.isoformat(timespec="microseconds"))


@right("nanoseconds", "times have nanoseconds", assumes=False)
def _(request: Request, correct: Correct) -> ServiceResponse:
    return _timed(correct(request), lambda instant: f"{instant:%Y-%m-%dT%H:%M:%S.%f}250Z")


@right("local-times", "times are those of a place five and a half hours east", assumes=False)
def _(request: Request, correct: Correct) -> ServiceResponse:
    there = timezone(timedelta(hours=5, minutes=30))
    return _timed(correct(request), lambda instant: instant.astimezone(there).isoformat(timespec="milliseconds"))


@right("small-letters-in-times", "the T and the Z of times are small (RFC 3339, section 5.6)", assumes=False)
def _(request: Request, correct: Correct) -> ServiceResponse:
    return _timed(correct(request), lambda instant: instant.strftime("%Y-%m-%dt%H:%M:%S.%fz"))


@right("clock-ahead", "the database's clock is four seconds ahead of the Date of the answers")
def _(request: Request, correct: Correct) -> ServiceResponse:
    return _timed(correct(request), lambda instant: _assumed(instant + 4 * _SECOND))


@right("clock-behind", "the database's clock is four seconds behind the Date of the answers")
def _(request: Request, correct: Correct) -> ServiceResponse:
    return _timed(correct(request), lambda instant: _assumed(instant - 4 * _SECOND))


# Order.


def _newest_first(phones: list[Phone]) -> list[Phone]:
    """By the shown time of creation, then by key, which is as good as random."""
    by_key = sorted(phones, key=lambda phone: phone["uuid"])
    return sorted(by_key, key=lambda phone: phone["createdAt"], reverse=True)


@right("ties-by-key", "phones made in the same millisecond are in the order of their keys")
def _(request: Request, correct: Correct) -> ServiceResponse:
    return relist(request, correct, order=_newest_first)


@right(
    "ties-in-whole-seconds",
    "times are whole seconds, and phones made in the same one are in the order of their keys",
    assumes=False,
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    def by_second(phones: list[Phone]) -> list[Phone]:
        return _newest_first([{**phone, "createdAt": phone["createdAt"][:19]} for phone in phones])

    # The list is sorted by what it shows; cut only the times of updates there, and all times elsewhere.
    response = relist(request, correct, order=by_second)
    return _timed(response.with_records(_zoned), lambda instant: f"{instant:%Y-%m-%dT%H:%M:%SZ}")


def _zoned(phone: Phone) -> Phone:
    created = phone["createdAt"]
    return {**phone, "createdAt": created if created.endswith("Z") else f"{created}Z"}


# Search.


@right("lower-case-search", "letter case is taken away by lower-casing, where the mock folds it")
def _(request: Request, correct: Correct) -> ServiceResponse:
    def contains(phone: Phone, text: str) -> bool:
        return any(text.lower() in (phone[name] or "").lower() for name in ("number", "name", "provider"))

    return relist(request, correct, search=contains)


# Records of others.


def _foreign_records(count: int) -> list[dict[str, Any]]:
    statuses = itertools.cycle(("registered", "pending", "active", "inactive"))
    types = itertools.cycle(("private", "shared", "ordered"))
    return [
        {
            "uuid": str(uuid.UUID(int=index, version=4)),
            "name": None if index % 5 == 0 else f"Somebody else's {index}",
            "number": f"+6125550{index:04}",
            "type": next(types),
            "countryCode": "AU",
            "provider": "twilio" if index % 3 else None,
            "status": next(statuses),
            "smsEnabled": bool(index % 2),
            "createdAt": f"2026-03-01T12:{index // 60 % 60:02}:{index % 60:02}.000Z",
            "updatedAt": f"2026-04-01T12:{index // 60 % 60:02}:{index % 60:02}.000Z",
        }
        for index in range(count)
    ]


def _with_many(correct: Correct) -> None:
    for phone in _foreign_records(212):
        correct.add(phone)


def _alone(correct: Correct) -> None:
    for phone in correct.records():
        correct.drop(phone["uuid"])


def _with_unusual_texts(correct: Correct) -> None:
    names = ("\U0001f4de" * 100, "\u202eabc\x00", "100% _\\ 'or' \"1\"", " ", "e\u0301", "\ud7ff\ue000\uffff")
    for phone, name in zip(_foreign_records(12), itertools.cycle(names), strict=False):
        correct.add({**phone, "name": name, "provider": name[:50]})


def _with_unknown_status(correct: Correct) -> None:
    for phone in correct.records()[:3]:
        correct.set(phone["uuid"], status="suspended")


def _write(correct: Correct, over: Event) -> None:
    """Register a phone, change one, remove one, and repeat."""
    created: list[str] = []
    for index in itertools.count():
        if over.wait(0.01):
            return
        body = {"number": f"+6127010{index % 10_000:04}", "name": f"Meanwhile {index}"}
        response = _send(correct, "POST", COLLECTION, body)
        created += [response.json["uuid"]] if response.ok else []
        if created:
            _send(
                correct,
                "PATCH",
                f"{COLLECTION}/{created[index % len(created)]}",
                {"status": ("active", "inactive")[index % 2]},
            )
        if len(created) > 7:
            _send(correct, "DELETE", f"{COLLECTION}/{created.pop(index % 7)}", None)


def _send(correct: Correct, method: str, path: str, body: Any) -> ServiceResponse:
    return correct(Request(method, path, "", (("Content-Type", "application/json"),), json.dumps(body).encode()))


def _as_it_is(request: Request, correct: Correct) -> ServiceResponse:
    return correct(request)


right("many-others", "there are over two hundred records of somebody else's", before=_with_many)(_as_it_is)
right("nobody-elses", "the list has only the check's own records", before=_alone)(_as_it_is)
right("odd-others", "somebody else's records hold odd texts", before=_with_unusual_texts)(_as_it_is)
right("unknown-status", "somebody else's records have a status that is not documented", before=_with_unknown_status)(
    _as_it_is
)
right("writes-meanwhile", "somebody else adds, changes and removes records meanwhile", meanwhile=_write)(_as_it_is)
right("many-others-and-writes", "the same, among two hundred others", before=_with_many, meanwhile=_write)(_as_it_is)


@right("numbers-taken", "every tenth number is somebody else's already")
class _NumbersTaken:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._others = iter(_foreign_records(9_000))
        self._taken: set[str] = set()

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        number = str(request.members.get("number"))
        if request.role == "create" and re.fullmatch("[+][1-9][0-9]{9,14}", number) and int(number) % 10 == 7:
            with self._lock:
                if number not in self._taken:
                    self._taken.add(number)
                    correct.add({**next(self._others), "number": number})
        return correct(request)

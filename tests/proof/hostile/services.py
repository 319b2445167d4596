"""Services that are unlike ours, or that attack: the check must not harm them, run away, or call them correct.

Each is a handler around the correct service, as in `tests.proof.front`; to add one, write a function or a class with
`@hostile`. `Hosted` runs one and records what the check did to records of others.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

from tests.proof.correct import Correct
from tests.proof.front import Front, Handler
from tests.proof.messages import Request, ServiceResponse

HOSTILE: dict[str, tuple[str, Callable[[], Handler]]] = {}
"""By name, what a service does, and its handler."""
WRITES = ("POST", "PUT", "PATCH", "DELETE")
PAYLOADS = (
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned;",
    "x' || touch pwned '",
    'x" || touch pwned "',
    "&touch pwned&",
)
ESCAPES = "\x1b]0;title\x07\x1b[2J\x1b[31m\x9b31m\u202e"
COMMANDS = "::error::x\n::stop-commands::y\n##[add-mask]z"
Made = TypeVar("Made", bound=Callable[..., Any])


@dataclass
class Hosted:
    """A hostile service in use. `foreign_writes` are the writes of the check to records that it did not create."""

    front: Front
    before: list[dict[str, Any]]
    foreign_writes: list[str] = field(default_factory=list)
    requests: int = 0
    removals: int = 0

    @property
    def own_left(self) -> int:
        """How many records of the check are still there."""
        keys = {phone["uuid"] for phone in self.before}
        return sum(phone["uuid"] not in keys for phone in self.front.correct.records())

    @property
    def foreign_changed(self) -> int:
        """How many foreign records were changed or removed."""
        now = {phone["uuid"]: phone for phone in self.front.correct.records()}
        return sum(now.get(phone["uuid"]) != phone for phone in self.before)


@contextmanager
def hosted(name: str) -> Iterator[Hosted]:
    """The service `name`, running."""
    handler = HOSTILE[name][1]()
    correct = Correct()
    foreign = {phone["uuid"] for phone in correct.records()}

    def watched(request: Request, correct: Correct) -> ServiceResponse:
        service.requests += 1
        service.removals += request.method == "DELETE"
        if request.method in WRITES and request.key in foreign:
            service.foreign_writes.append(f"{request.method} {request.path}")
        return handler(request, correct)

    front = Front(watched, correct)
    service = Hosted(front, correct.records())
    with front:
        yield service


def hostile(made: Made) -> Made:
    """A decorator for a handler, or for a class of handlers with a state; the docstring says what it does."""
    name = made.__name__.replace("_", "-").lower()
    HOSTILE[name] = (str(made.__doc__), made if isinstance(made, type) else lambda: made)
    return made


@hostile
def wrapped(request: Request, correct: Correct) -> ServiceResponse:
    """Wraps every response in {success, data}."""
    response = correct(request)
    return response.with_json({"success": response.ok, "data": response.json}) if response.ok else response


@hostile
def wrapped_without_location(request: Request, correct: Correct) -> ServiceResponse:
    """Wraps every response, and sends no Location."""
    return wrapped(request, correct).with_header("Location", None)


def _with_id(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_id(one) for one in value]
    if isinstance(value, dict):
        return {"id" if name == "uuid" else name: _with_id(one) for name, one in value.items()}
    return value


@hostile
def key_called_id(request: Request, correct: Correct) -> ServiceResponse:
    """Calls the key id."""
    response = correct(request)
    return response.with_json(_with_id(response.json)) if response.json is not None else response


@hostile
def id_without_location(request: Request, correct: Correct) -> ServiceResponse:
    """Calls the key id, and sends no Location."""
    return key_called_id(request, correct).with_header("Location", None)


@hostile
def empty_create(request: Request, correct: Correct) -> ServiceResponse:
    """Responds to a create with 204."""
    response = correct(request)
    return ServiceResponse(204) if request.role == "create" and response.ok else response


@hostile
def undeletable(request: Request, correct: Correct) -> ServiceResponse:
    """Refuses every delete with 403."""
    return ServiceResponse(403) if request.method == "DELETE" else correct(request)


@hostile
def drops_one_query(request: Request, correct: Correct) -> ServiceResponse:
    """Drops the connection at every search for an empty text."""
    return correct(request).over(drop="response") if request.parameter("search") == "" else correct(request)


@hostile
class Dies:
    """Stops responding after 30 requests."""

    def __init__(self) -> None:
        self._requests = 0

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        """The response."""
        self._requests += 1
        return correct(request).over(drop="response") if self._requests > 30 else correct(request)


def _endless_search(part: str) -> Handler:
    def handler(request: Request, correct: Correct) -> ServiceResponse:
        return correct(request).over(endless=part) if request.parameter("search") == "" else correct(request)

    return handler


for _part in ("head", "body", "flood"):
    HOSTILE[f"endless-{_part}"] = (f"answers one query with an endless {_part}", partial(_endless_search, _part))


class _Upsert:
    """Answers creates with a foreign record: its key, and with `merge` the values that were sent."""

    def __init__(self, once: bool, merge: bool) -> None:
        self._once, self._merge, self._done = once, merge, False

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        """The response."""
        response = correct(request)
        if request.role != "create" or not response.ok or (self._once and self._done):
            return response
        self._done = True
        foreign = next(phone for phone in reversed(correct.records()) if phone["uuid"] != response.json["uuid"])
        shown = {**response.json, "uuid": foreign["uuid"]} if self._merge else foreign
        return response.with_json(shown).with_header("Location", f"/api/phones/{foreign['uuid']}")


for _merge in (False, True):
    for _once in (False, True):
        HOSTILE[f"{'existing-key' if _merge else 'existing-record'}-{'once' if _once else 'always'}"] = (
            f"answers {'one create' if _once else 'creates'} with {'the key of' if _merge else ''} a foreign record",
            partial(_Upsert, _once, _merge),
        )


@hostile
def overwriting_upsert(request: Request, correct: Correct) -> ServiceResponse:
    """Keeps one record: a create overwrites a foreign one, and shows it so."""
    response = correct(request)
    if request.role != "create" or not response.ok:
        return response
    foreign = correct.records()[-1]
    correct.drop(response.json["uuid"])
    merged = {**response.json, "uuid": foreign["uuid"], "createdAt": "2020-01-01T00:00:00.000Z"}
    correct.rewrite(merged)
    return response.with_json(merged).with_header("Location", f"/api/phones/{foreign['uuid']}")


@hostile
class LosesCreates:
    """Loses the response to every fifth create, and then claims a foreign record for it."""

    def __init__(self) -> None:
        self._creates = 0

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        """The response."""
        if request.role == "create":
            self._creates += 1
            if self._creates % 5 == 0:
                return correct(request).over(drop="response")
            if self._creates % 5 == 1 and self._creates > 1:
                return ServiceResponse(
                    409, (("Content-Type", "application/json"),), json.dumps(correct.records()[-1]).encode()
                )
        return correct(request)


@hostile
def lying_delete(request: Request, correct: Correct) -> ServiceResponse:
    """Reports a delete as done and keeps the record."""
    if request.method == "DELETE" and correct.record(request.key):
        return ServiceResponse(200, (("Content-Type", "application/json"),), b'{"success": true, "message": "done"}')
    return correct(request)


@hostile
class Payloads:
    """Fails every delete, and has keys that are shell commands."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        """The response."""
        if request.method == "DELETE":
            return ServiceResponse(500)
        known = {shown: key for key, shown in self._keys.items()}
        response = correct(request.with_key(known.get(request.key, request.key)) if request.key else request)
        if request.role == "create" and response.ok:
            key = response.json["uuid"]
            self._keys[key] = f"{PAYLOADS[len(self._keys) % len(PAYLOADS)]}{len(self._keys)}"
            response = response.with_header("Location", f"/api/phones/{quote(self._keys[key], safe='')}")
        text = response.body.decode()
        for key, shown in self._keys.items():
            text = text.replace(key, json.dumps(shown)[1:-1])
        return replace(response, body=text.encode())


@hostile
def escapes(request: Request, correct: Correct) -> ServiceResponse:
    """Puts terminal escapes and workflow commands into every text, and refuses deletes."""
    json_type = (("Content-Type", "application/json"),)
    if request.role == "delete":
        return ServiceResponse(500, json_type, json.dumps({"message": ESCAPES + COMMANDS}).encode())
    response = correct(request)
    value = response.json
    if not response.ok or not isinstance(value, dict):
        return response
    noisy = {ESCAPES + COMMANDS: COMMANDS, **value}
    for phone in noisy.get("phones", [noisy]):
        phone["provider"] = ESCAPES + COMMANDS
    return response.with_json(noisy)


@hostile
def nothing(request: Request, correct: Correct) -> ServiceResponse:
    """Answers every request with 200 and null."""
    del request, correct
    return ServiceResponse(200, (("Content-Type", "application/json"),), b"null")

"""Decides which records the run may change: only those that it created, regardless of responses.

A record is ours if its key was not seen before the create, a get of the key shows what was sent (the tag, or a unique
value), and its creation time, if it shows one, is not before the run. A wrong clock of the service is detected: until
a creation time is plausible, each create is preceded by a search for its unique values.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

import requests

from contract_tests.claims.evaluation import instant
from contract_tests.target import tags
from contract_tests.target.bounded_http import is_success
from contract_tests.target.ledger import Body, Ledger, RecordKey
from contract_tests.target.record_search import (
    Fetch,
    Item,
    RecordSearch,
    has_text,
    objects,
    parsed,
    scalars,
    text_of,
)
from openapi import Contract, Resource, Role, ServerMade
from openapi.envelope import Envelope
from openapi.path_templates import pattern

_GONE = (404, 410)
_SURROGATE = re.compile("[\ud800-\udfff]")
_SKEW_S = 3.0
"""How far clocks may differ: the Date header has whole seconds."""
_NAMES = frozenset({"id", "_id", "uuid", "key"})
"""Fields in which services show keys, in addition to the documented one."""
_EXISTED = "the service responded to a create with a record that existed before"
_NOT_FOUND = "the service responded to a create without the key of the record, and the record was not found"
_UNTAGGED = "it does not show the tag of the run, so it may not be ours"
_NOT_SHOWN = "the service does not show the record that it created, so it can't be changed safely"


class NotJudgedError(Exception):
    """A property could not be judged. `str()` of it is the reason."""


class Before(NamedTuple):
    """The knowledge before a create.

    `responses` is the number of responses so far; `total` the number of records, if none had its unique values.
    """

    responses: int
    total: int | None


class _Shown(NamedTuple):
    """The response to a create: its body, the record in it, and its Location."""

    value: Any
    record: Any
    location: str


class Ownership:
    """Knows the records of one run. `strict` requires the tag on a record, even if it was not sent."""

    def __init__(self, contract: Contract, ledger: Ledger, fetch: Fetch, *, strict: bool = False) -> None:
        self._resources = contract.resources
        self._ledger = ledger
        self.records = RecordSearch(contract, fetch)
        self._strict = strict
        self._paths = {one.name: pattern(one.item) for one in contract.resources.values() if not one.is_singleton}
        self._seen: dict[str, int] = {}
        self._responses = 0
        self._verified: set[RecordKey] = set()
        self._clock: Literal["unknown", "plausible", "off"] = "unknown"
        self._began = time.time()
        self._dated = False
        self._lock = threading.Lock()
        self.alone = True
        """Whether nothing else of the run creates or removes records meanwhile, so that a total is reliable."""

    @property
    def is_clock_off(self) -> bool:
        """Whether the clock of the service is wrong: then new records are recognized by the total of a list."""
        return self._clock == "off"

    def before_create(self, resource: str, body: Body) -> Before:
        """The knowledge before a create. Raises NotJudgedError if the run creates nothing more."""
        if self._ledger.stopped:
            raise NotJudgedError(self._ledger.stopped)
        total = None
        values = _unique_values(self._resources[resource], body)
        if (
            self.alone
            and self._clock != "plausible"
            and all(self._new_key(resource, [value]) is None for value in values)
        ):
            total = self.records.total(resource)
        return Before(self._responses, total)

    def created(self, resource: str, number: int, response: requests.Response, before: Before) -> None:
        """Enter the record of a successful create into the ledger, or stop creating if it may not be ours."""
        value = parsed(response)
        create = self._resources[resource].operations.get(Role.CREATE, "")
        record = self._resources[resource].response(create).unwrap(value)
        self._created(resource, number, _Shown(value, record, response.headers.get("Location", "")), before)

    def created_together(
        self, resource: str, numbers: list[int], response: requests.Response, before: list[Before], shown: Envelope
    ) -> None:
        """Enter the records of a successful create of several; a service may return them in another order."""
        found = shown.unwrap(parsed(response))
        left = list(found) if isinstance(found, list) else []
        bodies = [self._ledger.pending[number][1] for number in numbers]
        for index, (number, known) in enumerate(zip(numbers, before, strict=True)):
            marks = self.marks(resource, bodies[index])
            mine = next((one for one in left if has_text(one, marks)), None) if marks else None
            usual = left[0] if len(left) == len(numbers) - index else None
            record = usual if usual is not None and (mine is None or has_text(usual, marks)) else mine
            if record is not None:
                left.remove(record)
            key = text_of(self._resources[resource].key_of(record)) if isinstance(record, dict) else None
            if key is None or key in self._ledger.created.get(resource, ()):
                # Its response does not prove that it has not created another one.
                key = self._new_key(resource, marks)
                record = None if key is None else self._resources[resource].key_values(key)
            if record is not None:
                self._created(resource, number, _Shown(record, record, ""), known)
            elif isinstance(found, list) and len(found) == len(numbers):
                self._ledger.answered(number, None)
        for record in left if numbers else ():
            # The service has created more than it was sent.
            number = self._ledger.creating(resource, bodies[-1])
            self._created(resource, number, _Shown(record, record, ""), before[-1])

    def _created(self, resource: str, number: int, shown: _Shown, before: Before) -> None:
        _, body = self._ledger.pending[number]
        marks = self.marks(resource, body)
        key = self._key_in(resource, shown, marks) or self._new_key(resource, marks)
        if key is None:
            self._ledger.unknown(number)
            self._ledger.stop(_NOT_FOUND)
        elif key in self._ledger.created.get(resource, ()):
            self._ledger.answered(number, None)
        elif self._is_new(resource, key, shown, before) and self._shows(resource, key, shown, marks):
            self._ledger.answered(number, key)
        else:
            self._ledger.unknown(number)
            self._ledger.is_foreign(resource, key)
            self._ledger.stop(_EXISTED)

    def saw(self, url: str, method: str, response: requests.Response) -> None:
        """Note the keys in a response, and a record of ours that it shows."""
        value = parsed(response)
        names = _NAMES | {one.key for one in self._resources.values()}
        keys = [text for name, text in scalars(value) if name in names]
        joint = [one for one in self._resources.values() if one.has_joint_key]
        found = (one.key_of(record) for record in (objects(value) if joint else ()) for one in joint)
        keys += [key for key in found if isinstance(key, str)]
        with self._lock:
            self._note_date(response)
            self._responses += 1
            for key in keys:
                self._seen.setdefault(key, self._responses)
        if method == "GET" and is_success(response):
            self._note_record(url, value)

    def _note_record(self, url: str, value: Any) -> None:
        path = urlsplit(url).path
        for name, paths in self._paths.items():
            match = re.search(f"{paths.pattern}$", path)
            key = self._resources[name].key_in_segments(match.groups()) if match else ""
            if key in self._ledger.created.get(name, ()):
                marks = self._marks_of(name, key)
                if has_text(value, marks) and (marks or not self._strict):
                    self._verified.add((name, key))

    def ensure(self, resource: str, key: str) -> None:
        """Make sure that a get of the key shows a record of ours, before it is changed. Raises NotJudgedError."""
        if (resource, key) in self._verified or key not in self._ledger.created.get(resource, ()):
            return
        marks = self._marks_of(resource, key)
        response, shows = self._got(resource, key, marks)
        if self._strict and (not marks or shows is False):
            if response is not None and response.status_code in _GONE:
                self._ledger.removed(resource, key)
            raise NotJudgedError(_UNTAGGED)
        if shows is False:
            self._ledger.disown(resource, key)
            self._ledger.stop(_EXISTED)
            raise NotJudgedError(_EXISTED)
        if shows is None:
            self._find_in_list(resource, key, marks, response)
        self._verified.add((resource, key))

    def _got(
        self, resource: str, key: str, marks: list[str], tries: int = 2
    ) -> tuple[requests.Response | None, bool | None]:
        """The response to a get of the key, and whether it shows one of `marks`; None if the get fails.

        A get that shows none is sent again, since some services mix up a few of their responses.
        """
        response = self.records.get(resource, key)
        shows = has_text(parsed(response), marks) if response is not None and is_success(response) else None
        return self._got(resource, key, marks, tries - 1) if shows is False and tries > 1 else (response, shows)

    def _find_in_list(self, resource: str, key: str, marks: list[str], response: requests.Response | None) -> None:
        key_of = self._resources[resource].key_of
        for item in self.records.search(resource, marks[0]) if marks else ():
            if text_of(key_of(item)) == key and has_text(item, marks):
                return
        if response is not None and response.status_code in _GONE:
            self._ledger.removed(resource, key)
        raise NotJudgedError(_NOT_SHOWN)

    def marks(self, resource: str, body: Body) -> list[str]:
        """The texts that a record created with `body` must show: the tag if it was sent, otherwise any unique value."""
        tagged = self.tags_in(resource, body)
        if tagged or self._strict:
            return tagged
        return _unique_values(self._resources[resource], body)

    def _marks_of(self, resource: str, key: str) -> list[str]:
        return self.marks(resource, self._ledger.bodies.get((resource, key), {}))

    def _is_new(self, resource: str, key: str, shown: _Shown, before: Before) -> bool:
        """Whether a record did not exist before its create, by its key and its creation time."""
        seen = self._seen.get(key, before.responses + 1) <= before.responses
        if seen and key not in self._ledger.gone.get(resource, ()):
            return False
        created_s = self._creation_time(resource, shown.value)
        if created_s is None:
            return True
        if created_s >= self._began - _SKEW_S:
            self._clock = "plausible"
            return True
        if self._clock == "plausible" or before.total is None:
            return False
        total = self.records.total(resource)
        if total is None or total <= before.total:
            return False
        self._clock = "off"
        return True

    def _shows(self, resource: str, key: str, shown: _Shown, marks: list[str]) -> bool:
        """Whether the response shows what was sent, or else a get of the key, as for the first record of a run.

        A later `ensure` gets the key in any case.
        """
        if self._verified and (not marks or has_text(shown.value, marks)):
            return True
        return self._got(resource, key, marks)[1] is not False

    def _creation_time(self, resource: str, value: Any) -> float | None:
        rules = self._resources[resource].fields.values()
        names = {rule.field for rule in rules if isinstance(rule, ServerMade) and rule.kind == "time-of-creation"}
        texts = [text for name, text in scalars(value) if name in names]
        return instant(texts[0]) if texts else None

    def _note_date(self, response: requests.Response) -> None:
        """Set the start of the run by the clock of the service, if its first response has a Date."""
        if self._dated:
            return
        self._dated = True
        try:
            self._began = parsedate_to_datetime(response.headers.get("Date", "")).timestamp()
        except (ValueError, TypeError):
            return

    def _key_in(self, resource: str, shown: _Shown, marks: list[str]) -> str | None:
        """The key in the response to a create: in the body by the document, in Location, or deeper in the body."""
        value, record, one = shown.value, shown.record, self._resources[resource]
        if isinstance(record, dict) and text_of(one.key_of(record)):
            return text_of(one.key_of(record))
        path = urlsplit(shown.location).path
        match = re.search(f"{self._paths[resource].pattern}$", path)
        if match:
            return one.key_in_segments(match.groups())
        keys = ((text_of(one.key_of(inner)), inner) for inner in objects(value))
        return next((key for key, inner in keys if key and has_text(inner, marks)), None)

    def still_there(self, resource: str, key: str) -> bool:
        """Whether a get of the key shows our record with it."""
        response = self.records.get(resource, key)
        marks = self._marks_of(resource, key)
        return bool(marks) and response is not None and is_success(response) and has_text(parsed(response), marks)

    def tags_in(self, resource: str, body: Body) -> list[str]:
        """The tags of the run that a record shows which was created with `body`, as they were sent."""
        shown = {name: value for name, value in body.items() if name not in self._resources[resource].write_only}
        if not self._ledger.tag:
            return []
        spelt = re.compile(f"{self._ledger.tag}[{tags.LETTERS}]{{{tags.VARIES}}}")
        found = [match[0] for _, text in scalars(shown) if (match := spelt.search(text))]
        if not found and self._strict:
            # Some bodies have another spelling of the tag, or only the part that all tags of the run have.
            spelt = re.compile(f"{spelt.pattern}|{self._ledger.tag}", re.IGNORECASE | re.ASCII)
            found = [match[0] for _, text in scalars(shown) if (match := spelt.search(text))]
        return list(dict.fromkeys(found))

    def text_to_find(self, resource: str, body: Body) -> str | None:
        """A text by which a record can be found that was created with `body`: a tag, or else a unique value."""
        texts = self.tags_in(resource, body) or _unique_values(self._resources[resource], body)
        return next(iter(texts), None)

    def unknown_among(self, resource: str, items: Iterable[Item]) -> list[Item]:
        """The records that the ledger does not have."""
        known = (None, *self._ledger.created.get(resource, ()), *self._ledger.foreign.get(resource, ()))
        return [item for item in items if text_of(self._resources[resource].key_of(item)) not in known]

    def may_be_of(self, resource: str, body: Body, item: Item) -> bool:
        """Whether a record shows every value of a create body exactly, and the tag, or else is new.

        With `strict`, one without the tag may be old. It is not removed, but the user gets its key.
        """
        one = self._resources[resource]
        if any(item.get(name) != value for name, value in body.items() if name not in one.write_only):
            return False
        return self._strict or bool(self.tags_in(resource, body)) or self._is_recent(resource, item)

    def _is_recent(self, resource: str, item: Item) -> bool:
        created_s = self._creation_time(resource, item)
        return created_s is not None and created_s >= self._began - _SKEW_S

    def _new_key(self, resource: str, marks: list[str]) -> str | None:
        """The key of a record with `marks` that the run does not know."""
        found = self.records.first(resource, marks, lambda item: bool(self.unknown_among(resource, [item])))
        return text_of(self._resources[resource].key_of(found)) if found else None


def _unique_values(resource: Resource, body: Body) -> list[str]:
    names = dict.fromkeys(name for one in resource.unique for name in one.fields)
    texts = [body[name] for name in names if isinstance(body.get(name), str) and body[name]]
    # No query can have half of a surrogate pair.
    return [text for text in texts if text.isascii() or not _SURROGATE.search(text)]

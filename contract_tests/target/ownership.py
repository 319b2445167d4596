"""Decides which records the run may change: only those that it created, whatever the service answers.

A record is ours if its key was not seen before the create, a get of the key shows what was sent (the tag, or a unique
value), and its creation time, if it shows one, is not before the run. A service whose clock is off is recognized: while
no creation time was plausible yet, each create is preceded by a search for its unique values.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal, NamedTuple
from urllib.parse import quote, unquote, urlencode, urlsplit

import requests

from contract_tests.target import tags
from contract_tests.target.bounded_http import is_success
from contract_tests.target.ledger import Body, Ledger, RecordKey
from openapi import Contract, Resource, Role, ServerMade
from openapi.path_templates import pattern
from openapi.pointers import resolve

Fetch = Callable[[str], "requests.Response | None"]
"""Sends a GET to a path below the base URL; None without a response."""

_MOST_PAGES = 50
_SKEW_S = 3.0
"""How far clocks may differ: the Date header has whole seconds."""
_NAMES = frozenset({"id", "_id", "uuid", "key"})
"""Fields in which services show keys, besides that of the document."""
_EXISTED = "the service answered a create with a record that was there before"
_NOT_FOUND = "the service answered a create without the key of the record, and the record was not found"
_NOT_SHOWN = "the service does not show the record that it created, so it cannot be changed safely"


class NotJudgedError(Exception):
    """A property could not be judged. `str()` of it is the reason."""


class Before(NamedTuple):
    """What was known before a create.

    `moment` is how many responses had been seen; `total` how many records there were, if none had its unique values.
    """

    moment: int
    total: int | None


class Match(NamedTuple):
    """A record that a create may have left: its key, and the body of the create."""

    key: str
    body: Body


class Ownership:
    """Knows the records of one run. `strict` requires the tag on a record, whatever was sent to create it."""

    def __init__(self, contract: Contract, ledger: Ledger, fetch: Fetch, *, strict: bool = False) -> None:
        self._resources = contract.resources
        self._ledger = ledger
        self._fetch = fetch
        self._strict = strict
        self._paths = {resource.name: pattern(resource.item) for resource in contract.resources.values()}
        self._widest = {resource.name: _widest_page(contract, resource) for resource in contract.resources.values()}
        self._seen: dict[str, int] = {}
        self._moment = 0
        self._verified: set[RecordKey] = set()
        self._clock: Literal["unknown", "plausible", "off"] = "unknown"
        self._began = time.time()
        self._dated = False
        self._lock = threading.Lock()
        self.alone = True
        """Whether nothing else of the run creates or removes records meanwhile, so that a total says something."""

    @property
    def is_clock_off(self) -> bool:
        """Whether the clock of the service is off: then new records are recognized by the total of a list."""
        return self._clock == "off"

    def before_create(self, resource: str, body: Body) -> Before:
        """What is known before a create. Raises NotJudgedError if the run creates nothing more."""
        if self._ledger.stopped:
            raise NotJudgedError(self._ledger.stopped)
        total = None
        values = _unique_values(self._resources[resource], body)
        if (
            self.alone
            and self._clock != "plausible"
            and all(self._search(resource, [value]) is None for value in values)
        ):
            total = self._total(resource)
        return Before(self._moment, total)

    def created(self, resource: str, number: int, response: requests.Response, before: Before) -> None:
        """Enter the record of a successful create into the ledger, or stop creating if it is not surely ours."""
        _, body = self._ledger.pending[number]
        marks = self.marks(resource, body)
        key = self._key_in(resource, response, marks) or self._search(resource, marks)
        if key is None:
            self._ledger.unknown(number)
            self._ledger.stop(_NOT_FOUND)
        elif key in self._ledger.created.get(resource, ()):
            self._ledger.answered(number, None)
        elif self._is_new(resource, key, response, before) and self._shows(resource, key, response, marks):
            self._ledger.answered(number, key)
        else:
            self._ledger.unknown(number)
            self._ledger.is_foreign(resource, key)
            self._ledger.stop(_EXISTED)

    def saw(self, url: str, method: str, response: requests.Response) -> None:
        """Note the keys in a response, and a record of ours that it shows."""
        value = _parsed(response)
        names = _NAMES | {one.key for one in self._resources.values()}
        keys = [text for name, text in _scalars(value) if name in names]
        with self._lock:
            self._note_date(response)
            self._moment += 1
            for key in keys:
                self._seen.setdefault(key, self._moment)
        if method == "GET" and is_success(response):
            self._note_record(url, value)

    def _note_record(self, url: str, value: Any) -> None:
        path = urlsplit(url).path
        for name, paths in self._paths.items():
            match = re.search(f"{paths.pattern}$", path)
            key = unquote(match.groups()[-1]) if match else ""
            if key in self._ledger.created.get(name, ()) and _has(value, self._marks_of(name, key)):
                self._verified.add((name, key))

    def ensure(self, resource: str, key: str) -> None:
        """Make sure that a get of the key shows a record of ours, before it is changed. Raises NotJudgedError."""
        if (resource, key) in self._verified or key not in self._ledger.created.get(resource, ()):
            return
        marks = self._marks_of(resource, key)
        if self._strict and not marks:
            raise NotJudgedError("it was created without the tag of the run, so it may not be ours")
        response = self._get(resource, key)
        if response is not None and is_success(response) and not _has(_parsed(response), marks):
            self._ledger.disown(resource, key)
            self._ledger.stop(_EXISTED)
            raise NotJudgedError(_EXISTED)
        if response is None or not is_success(response):
            self._find_in_list(resource, key, marks, response)
        self._verified.add((resource, key))

    def _find_in_list(self, resource: str, key: str, marks: list[str], response: requests.Response | None) -> None:
        name = self._resources[resource].key
        for item in self.search(resource, marks[0]) or () if marks else ():
            if _text(item.get(name)) == key and _has(item, marks):
                return
        if response is not None and response.status_code in (404, 410):
            self._ledger.removed(resource, key)
        raise NotJudgedError(_NOT_SHOWN)

    def marks(self, resource: str, body: Body) -> list[str]:
        """What a record created with `body` has to show: the tag if it was sent, otherwise any unique value."""
        tagged = self.tags_in([body])
        if tagged or self._strict:
            return tagged
        return _unique_values(self._resources[resource], body)

    def _marks_of(self, resource: str, key: str) -> list[str]:
        return self.marks(resource, self._ledger.bodies.get((resource, key), {}))

    def _is_new(self, resource: str, key: str, response: requests.Response, before: Before) -> bool:
        """Whether a record did not exist before its create, by its key and its creation time."""
        seen = self._seen.get(key, before.moment + 1) <= before.moment
        if seen and key not in self._ledger.gone.get(resource, ()):
            return False
        created_s = self._creation_time(resource, _parsed(response))
        if created_s is None:
            return True
        if created_s >= self._began - _SKEW_S:
            self._clock = "plausible"
            return True
        if self._clock == "plausible" or before.total is None:
            return False
        total = self._total(resource)
        if total is None or total <= before.total:
            return False
        self._clock = "off"
        return True

    def _total(self, resource: str) -> int | None:
        """How many records there are, by the total of the list; None if it has none."""
        listing = self._resources[resource].listing
        if listing is None or listing.answer.total is None:
            return None
        response = self._fetch(self._resources[resource].collection)
        try:
            total = resolve(_parsed(response), listing.answer.total) if response is not None else None
        except (LookupError, ValueError, TypeError):
            return None
        return total if isinstance(total, int) else None

    def _shows(self, resource: str, key: str, response: requests.Response, marks: list[str]) -> bool:
        """Whether the response shows what was sent, or else a get of the key, as for the first record of a run.

        A later `ensure` gets the key in any case.
        """
        if self._verified and (not marks or _has(_parsed(response), marks)):
            return True
        got = self._get(resource, key)
        return got is None or not is_success(got) or _has(_parsed(got), marks)

    def _creation_time(self, resource: str, value: Any) -> float | None:
        rules = self._resources[resource].fields.values()
        names = {rule.field for rule in rules if isinstance(rule, ServerMade) and rule.kind == "time-of-creation"}
        texts = [text for name, text in _scalars(value) if name in names]
        try:
            moment = datetime.fromisoformat(texts[0].upper()) if texts else None
        except ValueError:
            return None
        return moment.timestamp() if moment is not None and moment.tzinfo else None

    def _note_date(self, response: requests.Response) -> None:
        """Set the begin of the run by the clock of the service, if its first response has a Date."""
        if self._dated:
            return
        self._dated = True
        try:
            self._began = parsedate_to_datetime(response.headers.get("Date", "")).timestamp()
        except (ValueError, TypeError):
            return

    def _key_in(self, resource: str, response: requests.Response, marks: list[str]) -> str | None:
        """The key in the response to a create: in the body by the document, in Location, or deeper in the body."""
        value, name = _parsed(response), self._resources[resource].key
        if isinstance(value, dict) and _text(value.get(name)):
            return _text(value[name])
        path = urlsplit(response.headers.get("Location", "")).path
        match = re.search(f"{self._paths[resource].pattern}$", path)
        if match:
            return unquote(match.groups()[-1])
        inner = (one for one in _objects(value) if _text(one.get(name)) and _has(one, marks))
        return next((_text(one[name]) for one in inner), None)

    def _search(self, resource: str, marks: list[str]) -> str | None:
        """The key of the record with `marks`, found by search or by walking the list."""
        listing = self._resources[resource].listing
        if listing is None or not marks:
            return None
        if listing.search is not None:
            return self._listed(resource, {listing.search.parameter: marks[0]}, marks)[0]
        if listing.paging is None:
            return self._listed(resource, {}, marks)[0]
        for number in range(_MOST_PAGES):
            start = number + 1 if listing.paging.style == "page" else number
            key, more = self._listed(resource, {listing.paging.start: start}, marks)
            if key is not None or not more:
                return key
        return None

    def search(self, resource: str, text: str) -> list[dict[str, Any]] | None:
        """The records that a search for `text` finds; None if there is no search, or no list in its response."""
        listing = self._resources[resource].listing
        if listing is None or listing.search is None:
            return None
        return self.items(resource, {listing.search.parameter: text, **self._widest[resource]})

    def still_there(self, resource: str, key: str) -> bool:
        """Whether a get of the key shows the record of ours that had it."""
        response = self._get(resource, key)
        marks = self._marks_of(resource, key)
        return bool(marks) and response is not None and is_success(response) and _has(_parsed(response), marks)

    def tags_in(self, bodies: Iterable[Body]) -> list[str]:
        """The tags of the run in create bodies."""
        spelt = f"{self._ledger.tag}[{tags.LETTERS}]{{{tags.VARIES}}}"
        texts = (text for body in bodies for _, text in _scalars(dict(body)))
        found = (match[0] for text in texts if (match := re.search(spelt, text)))
        return list(dict.fromkeys(found)) if self._ledger.tag else []

    def unexplained(self, resource: str, mark: str) -> list[dict[str, Any]] | None:
        """The records with `mark` that a search finds and the ledger does not know; None without a list."""
        items = self.search(resource, mark)
        name = self._resources[resource].key
        known = (*self._ledger.created.get(resource, ()), *self._ledger.foreign.get(resource, ()))
        return items and [one for one in items if _text(one.get(name)) not in (None, *known) and _has(one, [mark])]

    def matches(self, resource: str, items: Iterable[Mapping[str, Any]], bodies: Iterable[Body]) -> list[Match]:
        """Those of `items` that show every value of one of `bodies`, to the letter, and may be ours."""
        one = self._resources[resource]
        pairs = itertools.product(items, bodies)
        return [
            Match(str(item[one.key]), body)
            for item, body in pairs
            if _shows_all(item, body, one) and (self.tags_in([body]) or self._is_recent(resource, item))
        ]

    def _is_recent(self, resource: str, item: Mapping[str, Any]) -> bool:
        created_s = self._creation_time(resource, item)
        return not self._strict and created_s is not None and created_s >= self._began - _SKEW_S

    def _listed(self, resource: str, query: Mapping[str, Any], marks: list[str]) -> tuple[str | None, bool]:
        """The key of the record with `marks` in a list, and whether the list has any records."""
        items = self.items(resource, query) or []
        name = self._resources[resource].key
        known = (*self._ledger.created.get(resource, ()), *self._ledger.foreign.get(resource, ()))
        keys = (_text(one.get(name)) for one in items if _has(one, marks))
        return next((key for key in keys if key and key not in known), None), bool(items)

    def items(self, resource: str, query: Mapping[str, Any]) -> list[dict[str, Any]] | None:
        """The records in a list, by the document or deeper in the response; None if there is no successful response."""
        one = self._resources[resource]
        response = self._fetch(f"{one.collection}?{urlencode(query, quote_via=quote)}")
        if response is None or not is_success(response):
            return None
        value = _parsed(response)
        try:
            found = resolve(value, one.listing.answer.items) if one.listing else None
        except (LookupError, ValueError, TypeError):
            found = None
        if not isinstance(found, list):
            return [inner for inner in _objects(value) if one.key in inner]
        return [item for item in found if isinstance(item, dict)]

    def _get(self, resource: str, key: str) -> requests.Response | None:
        one = self._resources[resource]
        if Role.READ not in one.operations:
            return None
        return self._fetch(one.item.replace(f"{{{one.key_parameter}}}", quote(key, safe="")))


def _widest_page(contract: Contract, resource: Resource) -> dict[str, Any]:
    """The query parameter for the largest page of the list; none if it is unknown."""
    paging = resource.listing.paging if resource.listing else None
    parameters = contract.operations[resource.operations[Role.LIST]].parameters if paging else ()
    limit = next((one for one in parameters if paging and one.name == paging.limit), None)
    most = limit.schema.node.get("maximum") if limit else None
    return {limit.name: most} if limit and most else {}


def _unique_values(resource: Resource, body: Body) -> list[str]:
    names = dict.fromkeys(name for one in resource.unique for name in one.fields)
    return [body[name] for name in names if isinstance(body.get(name), str) and body[name]]


def _shows_all(item: Mapping[str, Any], body: Body, resource: Resource) -> bool:
    """Whether a record shows every value of a create body, to the letter; write-only fields are not shown."""
    return all(item.get(name) == value for name, value in body.items() if name not in resource.write_only)


def _parsed(response: requests.Response) -> Any:
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        return None


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """The objects in a JSON value, outer ones first, without recursion."""
    values = [value]
    for place in itertools.count():
        if place >= len(values):
            return
        one = values[place]
        if isinstance(one, dict):
            yield one
            values += one.values()
        elif isinstance(one, list):
            values += one


def _scalars(value: Any) -> Iterator[tuple[str, str]]:
    """The strings and whole numbers in the objects of a JSON value, with their names."""
    for one in _objects(value):
        for name, inner in one.items():
            text = _text(inner)
            if text is not None:
                yield name, text


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "" else None


def _has(value: Any, marks: list[str]) -> bool:
    """Whether one of `marks` is in a string of a JSON value, ignoring case, spaces and punctuation."""
    wanted = [_letters(mark) for mark in marks]
    return not marks or any(mark in _letters(text) for _, text in _scalars(value) for mark in wanted)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()

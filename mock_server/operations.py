"""What the operations do: plain values in, plain values out. Nothing here has heard of HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import NamedTuple, TypeAlias

from mock_server.clock import Clock, Timeline
from mock_server.fields import FieldRules
from mock_server.identifiers import Identifiers
from mock_server.store import Query, Record, Store, Stored, StoreRules
from openapi.contract import JsonValue, Resource


class OtherKeyError(ValueError):
    """An update's body names another key than the record has."""


class Listed(NamedTuple):
    """One page of a list. `page` counts from 1, `offset` from 0; `limit` is all that matched where nothing limits."""

    items: tuple[Stored, ...]
    total: int
    page: int
    offset: int
    limit: int
    pages: int


@dataclass(frozen=True, slots=True)
class ResourceRules:
    """A resource, and the rules that its collections share."""

    resource: Resource
    fields: FieldRules
    store: StoreRules
    query: Callable[[Mapping[str, JsonValue]], Query]


class Collection:
    """The records of a resource, and what may be done to them.

    A collection has its own clock and its own random choices: another one of the same rules is another world.
    """

    def __init__(self, rules: ResourceRules, clock: Clock, random: Random) -> None:
        self._rules = rules
        self._key = rules.resource.key
        self._store = Store(rules.store)
        self._timeline = Timeline(clock)
        self._identifiers = Identifiers(random)

    def __len__(self) -> int:
        return len(self._store)

    def load(self, records: Iterable[Record]) -> None:
        """Add records from elsewhere, the oldest first. Raises TakenError at the first that can't be."""
        for record in records:
            self._load_one(record)

    def _load_one(self, record: Record) -> None:
        self._store.create(lambda: self._rules.fields.loaded(record, self._timeline, self._identifiers))

    def create(self, sent: Record) -> Stored:
        """Add a record for what was sent. Raises TakenError."""
        return self._store.create(lambda: self._rules.fields.new(sent, self._timeline, self._identifiers))

    def read(self, key: JsonValue) -> Stored:
        """The record with `key`. Raises UnknownKeyError."""
        return self._store.read(key)

    def update(self, key: JsonValue, sent: Record) -> Stored:
        """Change the fields that were sent, and no others. Raises UnknownKeyError, TakenError and OtherKeyError."""
        self._check_key(key, sent)
        return self._store.change(key, lambda old: self._rules.fields.changed(old, sent, self._timeline))

    def replace(self, key: JsonValue, sent: Record) -> Stored:
        """Put what was sent in the record's place. Raises UnknownKeyError, TakenError and OtherKeyError."""
        self._check_key(key, sent)
        return self._store.change(key, lambda old: self._rules.fields.replaced(old, sent, self._timeline))

    def delete(self, key: JsonValue) -> Stored:
        """Take the record with `key` out. Raises UnknownKeyError."""
        return self._store.delete(key)

    def list(self, parameters: Mapping[str, JsonValue]) -> Listed:
        """The page that `parameters` (by name) ask for."""
        query = self._rules.query(parameters)
        total, items = self._store.select(query)
        limit = total if query.limit is None else query.limit
        pages = -(-total // limit) if limit else 0
        page = query.start // limit + 1 if limit else 1
        return Listed(items, total, page, query.start, limit, pages)

    def _check_key(self, key: JsonValue, sent: Record) -> None:
        if sent.get(self._key, key) != key:
            raise OtherKeyError(self._key)


State: TypeAlias = Mapping[str, Collection]
"""Every collection of a world, by the name of its resource."""

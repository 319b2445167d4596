"""What the operations do: plain values in, plain values out. Nothing here has heard of HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from random import Random
from threading import Lock
from typing import NamedTuple, TypeAlias

from mock_server.clock import Clock, Timeline
from mock_server.records.field_rules import FieldRules
from mock_server.records.identifiers import Identifiers
from mock_server.records.transitions import Lifecycle
from mock_server.store.store import (
    ALL,
    Query,
    Record,
    Selection,
    Store,
    Stored,
    StoreRules,
    StoreSnapshot,
    TakenError,
    UnknownKeyError,
)
from openapi.contract import JsonValue, Resource, ServerMade, Transition


class OtherKeyError(ValueError):
    """An update's body names another key than the record has."""


class ListPage(NamedTuple):
    """One page of a list, its items as JSON.

    `page` counts from 1, `offset` from 0; `limit` is all that matched where nothing limits.
    """

    items: list[bytes]
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


class CollectionSnapshot(NamedTuple):
    """What a collection held at one moment, and what it must not give again."""

    store: StoreSnapshot
    newest: datetime
    highest: Mapping[str, int]


def _refuse(error: TakenError) -> None:
    raise error


class Collection:
    """The records of a resource, and what may be done to them.

    A collection has its own clock and its own random choices: another one of the same rules is another world.
    """

    def __init__(self, rules: ResourceRules, clock: Clock, random: Random) -> None:
        self._rules = rules
        self._key = rules.resource.key
        self._makes_keys = isinstance(rules.resource.fields.get(self._key), ServerMade)
        self._clock = clock
        self._store = Store(rules.store)
        self._timeline = Timeline(clock)
        self._identifiers = Identifiers(random)
        self._lifecycle: Lifecycle | None = None

    def __len__(self) -> int:
        return len(self._store)

    @property
    def lock(self) -> Lock:
        """What every write holds."""
        return self._store.lock

    def image(self) -> CollectionSnapshot:
        """What it holds; ask while the lock holds."""
        return CollectionSnapshot(self._store.image(), self._timeline.newest, self._identifiers.highest)

    def show(self, image: CollectionSnapshot) -> None:
        """Hold what `image` does, in a collection that nobody else knows yet."""
        self._store.show(image.store)
        self._timeline.start_from(image.newest)
        self._identifiers.start_from(image.highest)

    def newest_first(self) -> list[bytes]:
        """Every record as JSON, the last that was created first."""
        with self.lock:
            image = self._store.image()
        return image.in_creation()[::-1]

    @property
    def mark(self) -> object:
        """The same object until something is written."""
        return self._store.mark

    def records(self) -> Iterator[Record]:
        """Every record, in the order of the list."""
        return map(json.loads, self._store.select(ALL).items)

    def live(self, on: bool) -> None:
        """Let records change by themselves as the document's transitions say, counted from now; or no longer."""
        transitions = self._rules.resource.transitions
        if not (on and transitions):
            self._lifecycle = None
            return
        self._lifecycle = Lifecycle(transitions)
        for record in self.records():
            self._lifecycle.note(record[self._key], record, self._clock.now())

    def load(self, records: Iterable[Record], taken: Callable[[TakenError], None] = _refuse) -> None:
        """Add records from elsewhere, the oldest first. `taken` is told of those that can't be; else that is raised."""
        loaded = self._rules.fields.loaded
        self._store.load((partial(loaded, record, self._timeline, self._identifiers) for record in records), taken)

    def create(self, sent: Record) -> Stored:
        """Add a record for what was sent. Raises TakenError."""
        while True:
            try:
                return self._note(
                    self._store.create(lambda: self._rules.fields.new(sent, self._timeline, self._identifiers))
                )
            except TakenError as error:
                # Records that came from a world of the same seed have the identifiers that this one would give.
                if error.fields != (self._key,) or not self._makes_keys:
                    raise

    def read(self, key: JsonValue) -> Stored:
        """The record with `key`. Raises UnknownKeyError."""
        if self._lifecycle is not None:
            self._lifecycle.note_read(key)
            self._move(self._lifecycle)
        return self._store.read(key)

    def update(self, key: JsonValue, sent: Record) -> Stored:
        """Change the fields that were sent, and no others. Raises UnknownKeyError, TakenError and OtherKeyError."""
        self._check_key(key, sent)
        return self._note(self._store.change(key, lambda old: self._rules.fields.changed(old, sent, self._timeline)))

    def replace(self, key: JsonValue, sent: Record) -> Stored:
        """Put what was sent in the record's place. Raises UnknownKeyError, TakenError and OtherKeyError."""
        self._check_key(key, sent)
        return self._note(self._store.change(key, lambda old: self._rules.fields.replaced(old, sent, self._timeline)))

    def delete(self, key: JsonValue) -> Stored:
        """Take the record with `key` out. Raises UnknownKeyError."""
        if self._lifecycle is not None:
            self._lifecycle.forget(key)
        return self._store.delete(key)

    def list(self, parameters: Mapping[str, JsonValue]) -> ListPage:
        """The page that `parameters` (by name) ask for."""
        if self._lifecycle is not None:
            self._move(self._lifecycle)
        query = self._rules.query(parameters)
        total, items = self._store.select(query)
        limit = total if query.limit is None else query.limit
        pages = -(-total // limit) if limit else 0
        page = query.start // limit + 1 if limit else 1
        return ListPage(items, total, page, query.start, limit, pages)

    # What people do to records, whatever the operations allow. `check` returns the record, or raises.

    def peek(self, key: JsonValue) -> Stored:
        """The record with `key`, without counting as a read of it. Raises UnknownKeyError."""
        return self._store.read(key)

    def select(self, query: Query) -> Selection:
        """The records that `query` asks for."""
        if self._lifecycle is not None:
            self._move(self._lifecycle)
        return self._store.select(query)

    def add(self, given: Record, check: Callable[[Record], Record]) -> Stored:
        """Add a record with the fields `given`, those the server makes included; others start as usual.

        Raises TakenError.
        """

        def make() -> Record:
            record = self._rules.fields.new(given, self._timeline, self._identifiers)
            return self._rules.fields.loaded(check({**record, **given}), self._timeline, self._identifiers)

        return self._note(self._store.create(make))

    def put(self, key: JsonValue, given: Record, check: Callable[[Record], Record]) -> Stored:
        """Put the fields `given` in the record's place; what the server makes and is not given stays.

        The time of change moves unless it is given. Raises UnknownKeyError, TakenError and OtherKeyError.
        """
        self._check_key(key, given)
        fields = self._rules.fields
        return self._note(
            self._store.change(key, lambda old: check({**fields.remade(old, given, self._timeline), **given}))
        )

    def patch(self, key: JsonValue, given: Record, check: Callable[[Record], Record]) -> Stored:
        """Change the fields `given`, which may be any. Raises UnknownKeyError, TakenError and OtherKeyError."""
        self._check_key(key, given)
        fields = self._rules.fields
        return self._note(
            self._store.change(key, lambda old: check({**fields.changed(old, given, self._timeline), **given}))
        )

    def _note(self, stored: Stored) -> Stored:
        if self._lifecycle is not None:
            self._lifecycle.note(stored.key, stored.record, self._clock.now())
        return stored

    def _move(self, lifecycle: Lifecycle) -> None:
        """Change the records whose time has come. One may be gone, or changed, since it was asked for."""
        for key, transition in lifecycle.due(self._clock.now()):
            with suppress(UnknownKeyError):
                self._note(self._store.change(key, partial(self._moved, transition)))

    def _moved(self, transition: Transition, old: Record) -> Record:
        if old.get(transition.field) != transition.before:
            return old
        return self._rules.fields.changed(old, {transition.field: transition.after}, self._timeline)

    def _check_key(self, key: JsonValue, sent: Record) -> None:
        if sent.get(self._key, key) != key:
            raise OtherKeyError(self._key)


State: TypeAlias = Mapping[str, Collection]
"""Every collection of a world, by the name of its resource."""

Snapshot: TypeAlias = Mapping[str, CollectionSnapshot]
"""What a whole state held at one moment, by the name of the resource."""


def image_of(state: State) -> Snapshot:
    """What `state` holds now, every collection at the same moment."""
    with ExitStack() as locks:
        for collection in state.values():
            locks.enter_context(collection.lock)
        return {name: collection.image() for name, collection in state.items()}

"""The records of a resource, and what operations do to them, without HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from random import Random
from threading import Lock
from types import MappingProxyType
from typing import NamedTuple

from mock_server.clock import Clock, Timeline, rfc3339
from mock_server.records.cursors import encoded
from mock_server.records.errors import (
    FullError,
    ImpossibleKeyError,
    InvalidRecordError,
    ItemError,
    OtherKeyError,
    WrongStateError,
)
from mock_server.records.field_rules import FieldRules, Identifiers
from mock_server.records.nested_fields import NestedFields
from mock_server.records.spent_values import SpentValues
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
from openapi.json_value import JsonValue
from openapi.model.fields import ServerMade, Transition
from openapi.model.links import NOW, RecordAction
from openapi.model.resource import Resource

MOST_CREATED = 2_000_000
"""The most records that creates can add to a collection; more can be loaded."""
MOST_WRITTEN_BYTES = 1 << 30
"""The most bytes of JSON that requests can add to a collection, one record at a time."""

MOST_GONE = 100_000
"""How many deleted records a collection with soft delete remembers; it forgets the oldest first."""


class ListPage(NamedTuple):
    """One page of a list, its items as JSON.

    `page` counts from 1, `offset` from 0; without a limit, `limit` is the number of all matches. `next` is the cursor
    of the next page, if the list has cursors and there is one.
    """

    items: list[bytes]
    total: int
    page: int
    offset: int
    limit: int
    pages: int
    next: str | None = None


@dataclass(frozen=True, slots=True)
class ResourceRules:
    """A resource, and the rules that its collections share.

    `is_checked` is true if a valid request could make an invalid record, `nested` makes fields that have no rule.
    `least_pages` is the number of pages of a list without records.
    """

    resource: Resource
    fields: FieldRules
    store: StoreRules
    is_checked: bool = False
    nested: NestedFields | None = None
    least_pages: int = 0
    write_time: Callable[[datetime], str] = rfc3339


class CollectionSnapshot(NamedTuple):
    """The content of a collection at one time, and the values that it must not reuse."""

    store: StoreSnapshot
    newest: datetime
    highest: Mapping[str, int]
    spent: Mapping[Hashable, Record] = MappingProxyType({})
    gone: tuple[JsonValue, ...] = ()


def _refuse(error: TakenError) -> None:
    raise error


class Collection:
    """The records of one resource in one session.

    Each collection has its own clock and random choices.
    """

    def __init__(self, rules: ResourceRules, clock: Clock, random: Random) -> None:
        self._rules = rules
        self._key_of, self._key_fields = rules.resource.key_of, rules.resource.key_fields
        made = [rule for rule in map(rules.resource.fields.get, self._key_fields) if isinstance(rule, ServerMade)]
        self._makes_keys = bool(made)
        self._takes_keys = bool(made) and all(rule.unless_sent for rule in made)
        self._has_sent_keys = not rules.resource.is_singleton and (
            len(made) < len(self._key_fields) or any(rule.unless_sent for rule in made)
        )
        self._clock = clock
        self._store = Store(rules.store)
        self._timeline = Timeline(clock, rules.write_time)
        self._identifiers = Identifiers(random)
        self._lifecycle: Lifecycle | None = None
        self._gone: dict[JsonValue, None] = {}
        self._spent: SpentValues | None = SpentValues(rules.resource) if rules.resource.keeps_deleted_values else None

    def __len__(self) -> int:
        return len(self._store)

    @property
    def written_bytes(self) -> int:
        """How many bytes of JSON requests have added, one record at a time, minus those that they removed."""
        return self._store.written_bytes

    @property
    def lock(self) -> Lock:
        """The lock that every write holds."""
        return self._store.lock

    @property
    def writing(self) -> AbstractContextManager[object]:
        """The lock that a write to several collections holds, before any `lock`."""
        return nullcontext()

    def snapshot(self) -> CollectionSnapshot:
        """A snapshot; call it while holding the lock."""
        spent = self._spent.by_value if self._spent else {}
        highest, gone = self._identifiers.highest, tuple(self._gone)
        return CollectionSnapshot(self._store.snapshot(), self._timeline.newest, highest, dict(spent), gone)

    def show(self, snapshot: CollectionSnapshot) -> None:
        """Restore `snapshot`; call it before the collection is shared."""
        self._store.show(snapshot.store)
        self._timeline.start_from(snapshot.newest)
        self._identifiers.start_from(snapshot.highest)
        self._gone = dict.fromkeys(snapshot.gone)
        if self._spent is not None:
            self._spent.by_value = dict(snapshot.spent)

    def newest_first(self) -> list[bytes]:
        """Every record as JSON, newest first."""
        with self.lock:
            snapshot = self._store.snapshot()
        return snapshot.in_creation()[::-1]

    @property
    def mark(self) -> object:
        """An object that stays the same until something is written."""
        return self._store.mark

    def records(self) -> Iterator[Record]:
        """Every record, in list order."""
        return map(json.loads, self._store.select(ALL).items)

    def apply_transitions(self, on: bool) -> None:
        """Start applying the document's transitions, or stop."""
        transitions = self._rules.resource.transitions
        if not (on and transitions):
            self._lifecycle = None
            return
        self._lifecycle = Lifecycle(transitions)
        for record in self.records():
            self._lifecycle.note(self._key_of(record), record, self._clock.now())

    def load(self, records: Iterable[Record], taken: Callable[[TakenError], None] = _refuse) -> None:
        """Add existing records, oldest first. Calls `taken` for each that violates uniqueness; the default raises."""
        loaded = self._rules.fields.loaded
        self._store.load((partial(loaded, record, self._timeline, self._identifiers) for record in records), taken)

    def create(self, sent: Record) -> Stored:
        """Create a record. Raises TakenError, InvalidRecordError, ImpossibleKeyError and FullError."""
        if len(self) >= MOST_CREATED:
            raise FullError
        while True:
            try:
                return self._note(self._store.create(partial(self._valid_new, sent)))
            except TakenError as error:
                # Records loaded from a session with the same seed have the identifiers that this one makes.
                is_sent = self._takes_keys and all(name in sent for name in self._key_fields)
                if error.fields != self._key_fields or not self._makes_keys or is_sent:
                    raise

    def create_all(self, sent: Sequence[Record]) -> Sequence[Stored]:
        """Create several records, or none. Raises FullError, and ItemError for the first one that can't be created."""
        if len(self) + len(sent) > MOST_CREATED:
            raise FullError
        while True:
            index = 0

            def makes() -> Iterator[Callable[[], Record]]:
                nonlocal index
                for index in range(len(sent)):
                    yield partial(self._valid_new, sent[index])

            try:
                return [self._note(stored) for stored in self._store.create_all(makes())]
            except TakenError as error:
                # As in `create`.
                is_sent = self._takes_keys and all(name in sent[index] for name in self._key_fields)
                if error.fields != self._key_fields or not self._makes_keys or is_sent:
                    raise ItemError(index, error) from None
            except ValueError as error:
                raise ItemError(index, error) from None

    def _valid_new(self, sent: Record) -> Record:
        return self._valid(self._new(sent))

    def read(self, key: JsonValue) -> Stored:
        """The record with `key`. Raises UnknownKeyError."""
        if self._lifecycle is not None:
            self._lifecycle.note_read(key)
            self._move(self._lifecycle)
        return self._store.read(key)

    def only(self) -> JsonValue:
        """The key of a singleton's record; creates the record with its initial values."""
        key = self._rules.resource.name
        try:
            return self._store.read(key).key
        except UnknownKeyError:
            # Another request may do the same.
            with suppress(TakenError):
                self.create({})
            return key

    def update(self, key: JsonValue, sent: Record) -> Stored:
        """Change the fields in `sent`. Raises UnknownKeyError, TakenError, OtherKeyError and InvalidRecordError."""
        self._check_key(key, sent)
        fields = self._rules.fields
        return self._note(
            self._store.change(key, lambda old: self._valid(fields.changed(old, sent, self._timeline), old))
        )

    def merge(self, key: JsonValue, patch: Record) -> Stored:
        """Merge a JSON Merge Patch (RFC 7396) into the record. Raises as `update` does."""
        self._check_key(key, patch)
        fields = self._rules.fields
        return self._note(
            self._store.change(key, lambda old: self._valid(fields.merged(old, patch, self._timeline), old))
        )

    def act(self, key: JsonValue, action: RecordAction, sent: Record) -> Stored:
        """Run an action on a record, with the fields `sent`. Raises WrongStateError, and as `update` does."""
        return self._note(self._store.change(key, lambda old: self.acted(action, old, sent)))

    def acted(self, action: RecordAction, old: Record, sent: Record) -> Record:
        """The record `old` after an action with the fields `sent`. Raises as `act` does."""
        if action.where is not None and not action.where.holds(old):
            raise WrongStateError(action.where, old)
        known = self._rules.resource.record.node["properties"]
        kept = {name: value for name, value in sent.items() if name in known and name not in self._key_fields}
        changes = {**kept, **self._now_in(action.sets)}
        return self._valid(self._rules.fields.changed(old, changes, self._timeline), old) if changes else old

    def replace(self, key: JsonValue, sent: Record) -> Stored:
        """Replace the record. Raises UnknownKeyError, TakenError, OtherKeyError and InvalidRecordError."""
        self._check_key(key, sent)
        fields = self._rules.fields
        return self._note(
            self._store.change(key, lambda old: self._valid(fields.replaced(old, sent, self._timeline), old))
        )

    def replace_or_create(self, key: JsonValue, sent: Record) -> tuple[Stored, bool]:
        """Replace the record, or create it with this key; returns whether it is new. Raises what both raise."""
        with self.writing:
            while True:
                try:
                    return self.replace(key, sent), False
                except UnknownKeyError:
                    if len(self) >= MOST_CREATED:
                        raise FullError from None
                try:
                    return self._note(self._store.create(lambda: self._valid(self._new_with(key, sent)))), True
                except TakenError as error:
                    # Another request may have created it meanwhile.
                    if error.fields != self._key_fields:
                        raise

    def _new(self, sent: Record) -> Record:
        record = self._rules.fields.new(sent, self._timeline, self._identifiers)
        impossible = self._impossible_key(record) if self._has_sent_keys else None
        if impossible is not None:
            raise ImpossibleKeyError(*impossible)
        return record

    def _impossible_key(self, record: Record) -> tuple[str, str] | None:
        """The field that prevents a new record, and why; None if there is none."""
        resource = self._rules.resource
        if resource.has_joint_key and self._key_of(record) is None:
            missing = next(name for name in self._key_fields if record.get(name) is None)
            return missing, f"is required: it is part of the key of the {resource.name}"
        return resource.impossible_key(record)

    def _new_with(self, key: JsonValue, sent: Record) -> Record:
        values = self._rules.resource.key_values(key)
        impossible = self._rules.resource.impossible_key(values)
        if impossible is not None:
            raise ImpossibleKeyError(*impossible, is_sent_in_path=True)
        record = self._rules.fields.new({**sent, **values}, self._timeline, self._identifiers)
        for name, value in values.items():
            self._identifiers.note_sent(name, value)
        return {**record, **values}

    def _valid(self, record: Record, _old: Record | None = None) -> Record:
        if self._store.written_bytes >= MOST_WRITTEN_BYTES:
            raise FullError
        if self._spent is not None:
            self._spent.check(record)
        nested = self._rules.nested
        if nested is not None:
            record = nested.filled(record, self._identifiers, self._rules.write_time(self._clock.now()))
        if self._rules.is_checked:
            schema = self._rules.resource.record
            if not schema.is_valid(record):
                raise InvalidRecordError(schema.violations(record))
        return record

    def delete(self, key: JsonValue) -> Stored:
        """Delete the record with `key`. Raises UnknownKeyError."""
        if self._lifecycle is not None:
            self._lifecycle.forget(key)
        stored = self._store.delete(key)
        if self._spent is not None:
            self._spent.note(stored.record)
        if self._rules.resource.soft_delete is not None:
            with self.lock:
                self._gone[stored.key] = None
                if len(self._gone) > MOST_GONE:
                    del self._gone[next(iter(self._gone))]
        return stored

    def was_deleted(self, key: JsonValue) -> bool:
        """Whether a record with `key` was deleted. Only a collection with soft delete remembers."""
        return key in self._gone

    def marked(self, stored: Stored, sets: Mapping[str, JsonValue]) -> Stored:
        """A deleted record with the fields that its delete sets."""
        record = self._rules.fields.changed(stored.record, self._now_in(sets), self._timeline)
        return stored._replace(encoded=self._rules.store.encode(record).encode())

    def _now_in(self, sets: Mapping[str, JsonValue]) -> Record:
        return {name: rfc3339(self._clock.now()) if value == NOW else value for name, value in sets.items()}

    def list(self, query: Query) -> ListPage:
        """The page of records that `query` selects."""
        if self._lifecycle is not None:
            self._move(self._lifecycle)
        after = None
        if query.cursor is None:
            (total, items), start = self._store.select(query), query.start
        else:
            total, items, start, end = self._store.walk(query, query.cursor)
            after = end and encoded(end, query.sort)
        limit = total if query.limit is None else query.limit
        pages = -(-total // limit) if limit else 0
        pages = max(pages, self._rules.least_pages)
        page = start // limit + 1 if limit else 1
        return ListPage(items, total, page, start, limit, pages, after)

    # For /__mock/records, which can set any field. `check` returns the record, or raises.

    def as_read(self, stored: Stored) -> Stored:
        """A stored record as `read` returns it."""
        return stored

    def completed(self, stored: Stored) -> Stored:
        """A stored record as in most responses, with the computed fields."""
        return stored

    def peek(self, key: JsonValue) -> Stored:
        """The record with `key`, without counting as a read of it. Raises UnknownKeyError."""
        return self._store.read(key)

    def select(self, query: Query) -> Selection:
        """The records that `query` selects."""
        if self._lifecycle is not None:
            self._move(self._lifecycle)
        return self._store.select(query)

    def add(self, given: Record, check: Callable[[Record], Record]) -> Stored:
        """Create a record with the fields `given`, which may be server-made ones; the others start as usual.

        Raises TakenError.
        """

        def make() -> Record:
            record = self._rules.fields.new(given, self._timeline, self._identifiers)
            return self._rules.fields.loaded(check({**record, **given}), self._timeline, self._identifiers)

        return self._note(self._store.create(make))

    def put(self, key: JsonValue, given: Record, check: Callable[[Record], Record]) -> Stored:
        """Replace the record by the fields `given`; other server-made fields keep their values.

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
        """Apply the transitions that are due. The record may have changed or been deleted meanwhile."""
        for key, transition in lifecycle.due(self._clock.now()):
            with suppress(UnknownKeyError):
                self._note(self._store.change(key, partial(self._moved, transition)))

    def _moved(self, transition: Transition, old: Record) -> Record:
        if old.get(transition.field) != transition.before:
            return old
        return self._rules.fields.changed(old, {transition.field: transition.after}, self._timeline)

    def _check_key(self, key: JsonValue, sent: Record) -> None:
        for name, value in self._rules.resource.key_values(key).items():
            if sent.get(name, value) != value:
                raise OtherKeyError(name)

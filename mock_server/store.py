"""The records of one collection, in memory, safe between threads."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import NamedTuple, TypeAlias

from openapi.contract import JsonValue, Order

Record: TypeAlias = Mapping[str, JsonValue]
"""A record as its schema describes it. Nobody edits one: a change makes a new record."""

_SortKey: TypeAlias = tuple[int, float | str]


class Stored(NamedTuple):
    """A record with what would otherwise be made of it on every read: its JSON text and its texts to search in."""

    record: Record
    encoded: bytes
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoreRules:
    """What a store knows of its records: the key's field, what is unique together, what is searched, their order."""

    key: str
    unique: tuple[tuple[str, ...], ...]
    searched: tuple[str, ...]
    order: Order


class Query(NamedTuple):
    """Which records to select: those whose fields equal `filters`, in which a searched field contains `search`.

    An empty `search` is none. `start` counts from 0; a `limit` of None is none.
    """

    filters: tuple[tuple[str, JsonValue], ...]
    search: str
    start: int
    limit: int | None


class Selection(NamedTuple):
    """How many records matched, and those of them that lie between start and limit, in order."""

    total: int
    items: tuple[Stored, ...]


class StoreImage(NamedTuple):
    """What a store held at one moment. Nobody edits it: stores that are made from it have copies."""

    by_key: Mapping[JsonValue, Stored]
    holders: Mapping[tuple[str, ...], Mapping[tuple[str, ...], JsonValue]]
    ordered: tuple[Stored, ...] | None


class UnknownKeyError(LookupError):
    """No record has the key."""

    def __init__(self, key: JsonValue) -> None:
        super().__init__(key)
        self.key = key


class TakenError(ValueError):
    """Another record, `holder`, already has the values of `fields`, which are unique."""

    def __init__(self, fields: tuple[str, ...], holder: Record) -> None:
        super().__init__(fields)
        self.fields = fields
        self.holder = holder


class Store:
    """Records by key, in the order of their creation.

    A write checks what is unique and replaces the record under one lock. A read takes no lock: it works on a tuple that
    no write changes.
    """

    def __init__(self, rules: StoreRules) -> None:
        self._rules = rules
        self._lock = Lock()
        self._by_key: dict[JsonValue, Stored] = {}
        self._holders: dict[tuple[str, ...], dict[tuple[str, ...], JsonValue]] = {fields: {} for fields in rules.unique}
        self._ordered: tuple[Stored, ...] | None = ()

    def __len__(self) -> int:
        return len(self._by_key)

    @property
    def lock(self) -> Lock:
        """What every write holds. Who holds it keeps the store as it is."""
        return self._lock

    def image(self) -> StoreImage:
        """What the store holds now; ask while the lock holds. Records are frozen: the copies are shallow."""
        holders = {fields: dict(values) for fields, values in self._holders.items()}
        return StoreImage(dict(self._by_key), holders, self._ordered)

    def show(self, image: StoreImage) -> None:
        """Hold what `image` does, in a store that nobody else knows yet."""
        self._by_key = dict(image.by_key)
        self._holders = {fields: dict(values) for fields, values in image.holders.items()}
        self._ordered = image.ordered

    def in_order(self) -> tuple[Stored, ...]:
        """Every record, in order: the same tuple until something is written."""
        ordered = self._ordered
        if ordered is None:
            with self._lock:
                ordered = self._ordered = self._sorted()
        return ordered

    def create(self, make: Callable[[], Record]) -> Stored:
        """Add the record that `make` returns; it is called under the lock. Raises TakenError and then adds nothing."""
        with self._lock:
            stored = self._store(make())
            key = stored.record[self._rules.key]
            if key in self._by_key:
                raise TakenError((self._rules.key,), self._by_key[key].record)
            self._hold(stored.record, key, replacing=None)
            self._by_key[key] = stored
            self._ordered = None
        return stored

    def read(self, key: JsonValue) -> Stored:
        """The record with `key`. Raises UnknownKeyError."""
        try:
            return self._by_key[key]
        except KeyError:
            raise UnknownKeyError(key) from None

    def change(self, key: JsonValue, change: Callable[[Record], Record]) -> Stored:
        """Put what `change` makes of the record with `key` in its place; it is called under the lock.

        The new record must have the same key. Raises UnknownKeyError, and TakenError and then changes nothing.
        """
        with self._lock:
            old = self.read(key).record
            stored = self._store(change(old))
            self._hold(stored.record, key, replacing=old)
            self._by_key[key] = stored
            self._ordered = None
        return stored

    def delete(self, key: JsonValue) -> Stored:
        """Take the record with `key` out. Raises UnknownKeyError."""
        with self._lock:
            stored = self.read(key)
            self._release(stored.record)
            del self._by_key[key]
            self._ordered = None
        return stored

    def select(self, query: Query) -> Selection:
        """The records that `query` asks for."""
        found = self.in_order()
        for field, wanted in query.filters:
            found = tuple(stored for stored in found if _equal(stored.record.get(field), wanted))
        if query.search:
            text = query.search.casefold()
            found = tuple(stored for stored in found if any(text in part for part in stored.texts))
        end = None if query.limit is None else query.start + query.limit
        return Selection(len(found), found[query.start : end])

    def _sorted(self) -> tuple[Stored, ...]:
        order = self._rules.order
        by = order.by
        everything = tuple(self._by_key.values())
        if by is not None:
            everything = tuple(sorted(everything, key=lambda stored: _sort_key(stored.record.get(by))))
        return everything[::-1] if order.descending else everything

    def _store(self, record: Record) -> Stored:
        encoded = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
        values = (record.get(field) for field in self._rules.searched)
        return Stored(record, encoded, tuple(_text(value).casefold() for value in values if value is not None))

    def _hold(self, record: Record, key: JsonValue, replacing: Record | None) -> None:
        """Enter the unique values of `record`. Raises TakenError before it has entered any."""
        entries = [(fields, _values(record, fields)) for fields in self._rules.unique]
        for fields, values in entries:
            holder = self._holders[fields].get(values, key) if values else key
            if holder != key:
                raise TakenError(fields, self._by_key[holder].record)
        if replacing is not None:
            self._release(replacing)
        for fields, values in entries:
            if values:
                self._holders[fields][values] = key

    def _release(self, record: Record) -> None:
        for fields in self._rules.unique:
            self._holders[fields].pop(_values(record, fields), None)


def _values(record: Record, fields: tuple[str, ...]) -> tuple[str, ...]:
    """The texts of the values of `fields`; empty where one is missing or null, which is like nothing else."""
    values = [record.get(field) for field in fields]
    return () if None in values else tuple(json.dumps(value, sort_keys=True) for value in values)


def _equal(value: JsonValue, wanted: JsonValue) -> bool:
    """Whether `value` is `wanted`, or one of them; in JSON, unlike in Python, true is not 1."""
    if isinstance(wanted, list):
        return any(_equal(value, one) for one in wanted)
    return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _sort_key(value: JsonValue) -> _SortKey:
    """Orders what is missing or null before numbers, and numbers before texts."""
    if value is None:
        return (0, 0.0)
    if isinstance(value, int | float):
        return (1, value)
    return (2, _text(value))

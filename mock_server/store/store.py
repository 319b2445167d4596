"""The records of one collection, in memory, safe between threads, ten of them or a million.

A store has a base, which never changes, and an overlay, with what was written since the base was made. Sessions begin
with one base and share it: each costs what it writes. A write costs what the overlay takes, however large the base is,
and a query looks into the base by its indexes, and through the whole overlay. So the overlay must not grow for ever:
when it is large the two are merged into a new base, at once where that takes some milliseconds, else by another thread,
while the store is read and written as before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import lru_cache
from threading import Lock, Thread
from typing import NamedTuple, TypeAlias

from mock_server.store.delta import Delta
from mock_server.store.read_view import ReadView
from mock_server.store.row import Record, Row, Stored, StoreRules, row_of
from mock_server.store.segment import Segment
from openapi.contract import JsonValue

__all__ = [
    "ALL",
    "Query",
    "Record",
    "Selection",
    "Store",
    "StoreRules",
    "StoreSnapshot",
    "Stored",
    "TakenError",
    "UnknownKeyError",
]

_MakeRecord: TypeAlias = Callable[[], Record]


class Query(NamedTuple):
    """Which records to select: those whose fields equal `filters`, in which a searched field contains `search`.

    An empty `search` is none. `start` counts from 0; a `limit` of None is none.
    """

    filters: tuple[tuple[str, JsonValue], ...]
    search: str
    start: int
    limit: int | None


ALL = Query((), "", 0, None)


class Selection(NamedTuple):
    """How many records matched, and those of them that lie between start and limit, in order, as JSON."""

    total: int
    items: list[bytes]


class StoreSnapshot(NamedTuple):
    """What a store held at one moment, and the number of its next record. Nobody edits it: stores share it."""

    overlay: Delta
    moment: ReadView
    next_number: int

    def in_creation(self) -> list[bytes]:
        """Every record as JSON, the oldest first."""
        return self.moment.in_creation()


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


def in_thread(work: Callable[[], None]) -> None:
    """Do `work` beside what else is done, and not if the process ends before."""
    Thread(target=work, name="merging records", daemon=True).start()


class Store:
    """Records by key, in the order that the rules say.

    A write checks what is unique and replaces the record under one lock. A read takes no lock, save the first one after
    a write, which notes what the overlay has: reads work on what no write changes. `aside` is given what takes long.
    """

    def __init__(self, rules: StoreRules, aside: Callable[[Callable[[], None]], None] = in_thread) -> None:
        self._rules = rules
        self._aside = aside
        self._fields = {field: index for index, field in enumerate(rules.filtered)}
        self._lock = Lock()
        self._merging: ReadView | None = None
        self.show(_empty(rules))

    def __len__(self) -> int:
        return len(self._now().everything)

    @property
    def lock(self) -> Lock:
        """What every write holds. Who holds it keeps the store as it is."""
        return self._lock

    @property
    def mark(self) -> object:
        """The same object until something is written."""
        return self._mark

    def image(self) -> StoreSnapshot:
        """What the store holds now; ask while the lock holds."""
        overlay = self._overlay if self._is_shared else self._overlay.copy()
        return StoreSnapshot(overlay, self._moment or ReadView(overlay), self._next_number)

    def show(self, image: StoreSnapshot) -> None:
        """Hold what `image` does, in a store that nobody else knows yet."""
        self._overlay = image.overlay
        self._is_shared = True
        self._moment: ReadView | None = image.moment
        self._next_number = image.next_number
        self._mark = object()

    def create(self, make: _MakeRecord) -> Stored:
        """Add the record that `make` returns; it is called under the lock. Raises TakenError and then adds nothing."""
        with self._lock:
            row = row_of(self._rules, make(), self._next_number)
            if self._overlay.find(row.key) is not None:
                raise TakenError((self._rules.key,), self.read(row.key).record)
            self._write(row)
            self._next_number += 1
        return row.stored

    def load(self, makes: Iterable[_MakeRecord], taken: Callable[[TakenError], None]) -> None:
        """Add the record that each of `makes` returns, much faster than one by one if there are none yet.

        `taken` is told which can't be added. Where it raises, so does this, and an empty store stays empty.
        """
        with self._lock:
            if not self._overlay.rows and not len(self._overlay.base):
                overlay = Delta(Segment.of(self._rules, self._new_rows(makes, taken)))
                self.show(StoreSnapshot(overlay, ReadView(overlay), self._next_number))
                return
        for make in makes:
            try:
                self.create(make)
            except TakenError as error:
                taken(error)

    def read(self, key: JsonValue) -> Stored:
        """The record with `key`. Raises UnknownKeyError."""
        stored = self._overlay.read(key)
        if stored is None:
            raise UnknownKeyError(key)
        return stored

    def change(self, key: JsonValue, change: Callable[[Record], Record]) -> Stored:
        """Put what `change` makes of the record with `key` in its place; it is called under the lock.

        The new record must have the same key. Raises UnknownKeyError, and TakenError and then changes nothing.
        """
        with self._lock:
            found = self._overlay.find(key)
            if found is None:
                raise UnknownKeyError(key)
            number = self._overlay.base.columns.numbers[found] if isinstance(found, int) else found.number
            row = row_of(self._rules, change(self.read(key).record), number)
            self._write(row)
        return row.stored

    def delete(self, key: JsonValue) -> Stored:
        """Take the record with `key` out. Raises UnknownKeyError."""
        with self._lock:
            stored = self.read(key)
            self._own_overlay().remove(key)
            self._written()
        return stored

    def select(self, query: Query) -> Selection:
        """The records that `query` asks for."""
        filters = [(self._fields[field], wanted) for field, wanted in query.filters]
        found = self._now().matching(filters, query.search.casefold())
        total = len(found)
        start = min(query.start, total)
        end = total if query.limit is None else min(start + query.limit, total)
        if self._rules.order.descending:
            return Selection(total, found.encoded(total - end, total - start)[::-1])
        return Selection(total, found.encoded(start, end))

    def _now(self) -> ReadView:
        moment = self._moment
        if moment is None:
            with self._lock:
                moment = self._moment = ReadView(self._overlay)
        return moment

    def _own_overlay(self) -> Delta:
        """The overlay, for writing: until then an image's is shared, and most sessions are only read."""
        if self._is_shared:
            self._overlay = self._overlay.copy()
            self._is_shared = False
        return self._overlay

    def _write(self, row: Row) -> None:
        for rule, value in enumerate(row.unique):
            holder = None if value is None else self._overlay.holder(rule, value)
            if holder is not None and holder != row.key:
                raise TakenError(self._rules.unique[rule], self.read(holder).record)
        self._own_overlay().put(row)
        self._written()

    def _written(self) -> None:
        self._moment = None
        self._mark = object()
        limits, written = self._rules.limits, len(self._overlay)
        if written <= limits.written or self._merging is not None:
            return
        rows = len(self._overlay.base)
        if written <= rows // limits.share:
            return
        moment = ReadView(self._overlay)
        if rows + written < limits.indexed_from:
            self._overlay = Delta(moment.merged())
            return
        self._merging = moment
        self._aside(self._merge)

    def _merge(self) -> None:
        """Go on from a base of the moment that is being merged, with what has been written since."""
        moment = self._merging
        if moment is None:
            return
        base, parts = moment.merged(), moment.parts()
        with self._lock:
            self._overlay = moment.written_since(self._overlay, base)
            self._is_shared = False
            self._moment = self._merging = None
        del moment
        # Let go of all at once, a million records would keep every other thread waiting for a quarter of a second.
        while parts:
            parts.pop()

    def _new_rows(self, makes: Iterable[_MakeRecord], taken: Callable[[TakenError], None]) -> Iterator[Row]:
        """The rows of new records, but for those that have what an earlier one has already."""
        unique = ((self._rules.key,), *self._rules.unique)
        holders: list[dict[Hashable, bytes]] = [{} for _ in unique]
        for make in makes:
            row = row_of(self._rules, make(), self._next_number)
            entries = row.key, *row.unique
            for rule, value in enumerate(entries):
                if value in holders[rule]:
                    taken(TakenError(unique[rule], json.loads(holders[rule][value])))
                    break
            else:
                for rule, value in enumerate(entries):
                    if value is not None:
                        holders[rule][value] = row.encoded
                self._next_number += 1
                yield row


@lru_cache(maxsize=64)
def _empty(rules: StoreRules) -> StoreSnapshot:
    overlay = Delta(Segment.of(rules, ()))
    return StoreSnapshot(overlay, ReadView(overlay), 0)

"""The records of one collection, in memory, thread-safe, for ten records or a million.

A store has an immutable segment, and a delta with what was written since the segment was built. Sessions share the
segment they start with, so each costs only what it writes. A write costs what its delta entry takes, independent of the
segment; a query uses the segment's indexes and scans the delta. A large delta is merged with the segment into a new
one: at once if that takes milliseconds, otherwise in a thread, while reads and writes go on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import lru_cache
from threading import Lock, Thread
from typing import NamedTuple, TypeAlias

from mock_server.store.comparisons import Bound
from mock_server.store.delta import Delta
from mock_server.store.line import Mark
from mock_server.store.read_view import ReadView
from mock_server.store.row import Record, Stored, StoreRow, StoreRules, row_of, searching, without_nulls
from mock_server.store.segment import Segment
from openapi.comparisons import ComparedField
from openapi.json_value import JsonValue
from openapi.keys import fields_of

__all__ = [
    "ALL",
    "Bound",
    "Cursor",
    "Mark",
    "Query",
    "Record",
    "Selection",
    "Store",
    "StoreRules",
    "StoreSnapshot",
    "Stored",
    "TakenError",
    "UnknownKeyError",
    "searching",
    "without_nulls",
]

_MakeRecord: TypeAlias = Callable[[], Record]


class Cursor(NamedTuple):
    """A query from a position in the list on; None is its beginning."""

    after: Mark | None


class Query(NamedTuple):
    """Which records to select: those whose fields equal `filters` and in which a searched field contains `search`.

    They also fulfil all `bounds`, each on a compared field. An empty `search` and a `limit` of None do not restrict.
    `start` counts from 0. `sort` has the fields to sort by, each with whether it is descending. A `cursor` replaces
    `start`.
    """

    filters: tuple[tuple[str, JsonValue], ...]
    search: str
    start: int
    limit: int | None
    bounds: tuple[tuple[ComparedField, Bound], ...] = ()
    sort: tuple[tuple[ComparedField, bool], ...] = ()
    cursor: Cursor | None = None


ALL = Query((), "", 0, None)


class Selection(NamedTuple):
    """The number of matches, and those between start and limit, in order, as JSON."""

    total: int
    items: list[bytes]


class Walked(NamedTuple):
    """A selection by cursor. `start` is how many matches are before it; `end` its end, if more are behind it."""

    total: int
    items: list[bytes]
    start: int
    end: Mark | None


class StoreSnapshot(NamedTuple):
    """The content of a store at one time, and the number of its next record. Immutable and shared by stores."""

    delta: Delta
    view: ReadView
    next_number: int

    def in_creation(self) -> list[bytes]:
        """Every record as JSON, oldest first."""
        return self.view.in_creation()


class UnknownKeyError(LookupError):
    """There is no record with the key."""

    def __init__(self, key: JsonValue) -> None:
        super().__init__(key)
        self.key = key


class TakenError(ValueError):
    """Another record, `holder`, already has the values of the unique `fields`.

    With `is_new` it is to be created by the same write, and is not stored.
    """

    def __init__(self, fields: tuple[str, ...], holder: Record, *, is_new: bool = False) -> None:
        super().__init__(fields)
        self.fields = fields
        self.holder = holder
        self.is_new = is_new


def in_thread(work: Callable[[], None]) -> None:
    """Run `work` in a thread that does not keep the process alive."""
    Thread(target=work, name="merging records", daemon=True).start()


class Store:
    """Records by key, in the order that the rules demand.

    A write checks uniqueness and replaces the record under one lock. Reads take no lock, except the first one after a
    write, which makes a new view. `in_background` runs what takes long.
    """

    def __init__(self, rules: StoreRules, in_background: Callable[[Callable[[], None]], None] = in_thread) -> None:
        self._rules = rules
        self._in_background = in_background
        self._fields = {field: index for index, field in enumerate(rules.filtered)}
        self._compared = {field: index for index, field in enumerate(rules.compared, len(rules.filtered))}
        self._lock = Lock()
        self._merging: ReadView | None = None
        self._view: ReadView | None = None
        self._next_number = 0
        self.written_bytes = 0
        """How many bytes of JSON single writes have added since `show`, minus those that they removed."""
        self.show(_empty(rules))

    def __len__(self) -> int:
        # Without a view, because each create needs it.
        delta = self._delta
        return delta.segment.size - len(delta.gone) + len(delta.rows)

    @property
    def lock(self) -> Lock:
        """The lock that every write holds."""
        return self._lock

    @property
    def mark(self) -> object:
        """An object that stays the same until something is written."""
        return self._mark

    def snapshot(self) -> StoreSnapshot:
        """A snapshot; call it while holding the lock."""
        delta = self._delta if self._is_shared else self._delta.copy()
        # Snapshots of the same records share the view, by which their bytes are counted once.
        view = self._view
        if view is None:
            view = self._view = ReadView(delta)
        return StoreSnapshot(delta, view, self._next_number)

    def show(self, snapshot: StoreSnapshot) -> None:
        """Restore `snapshot`; call it before the store is shared."""
        self._delta = snapshot.delta
        self._is_shared = True
        self._view = snapshot.view
        self._next_number = snapshot.next_number
        self._mark = object()
        self.written_bytes = 0

    def create(self, make: _MakeRecord) -> Stored:
        """Add the record that `make` returns; calls it under the lock. Raises TakenError and then adds nothing."""
        with self._lock:
            row = row_of(self._rules, make(), self._next_number)
            if self._delta.find(row.key) is not None:
                raise TakenError(fields_of(self._rules.key), self.read(row.key).record)
            self._write(row)
            self._next_number += 1
            self.written_bytes += len(row.encoded)
        return row.stored

    def create_all(self, makes: Iterable[_MakeRecord]) -> list[Stored]:
        """Add the records that `makes` return, all or none: no list shows only some of them. Raises TakenError."""
        with self._lock:
            rows: list[StoreRow] = []
            holders: dict[tuple[int, Hashable], StoreRow] = {}
            for make in makes:
                row = row_of(self._rules, make(), self._next_number + len(rows))
                if self._delta.find(row.key) is not None:
                    raise TakenError(fields_of(self._rules.key), self.read(row.key).record)
                self._check_unique(row)
                for rule, value in enumerate((*row.unique, row.key)):
                    if value is not None and (rule, value) in holders:
                        fields = (*self._rules.unique, fields_of(self._rules.key))[rule]
                        raise TakenError(fields, holders[rule, value].stored.record, is_new=True)
                    holders[rule, value] = row
                rows.append(row)
            for row in rows:
                self._own_delta().put(row)
                self._next_number += 1
                self.written_bytes += len(row.encoded)
            self._written()
        return [row.stored for row in rows]

    def load(self, makes: Iterable[_MakeRecord], taken: Callable[[TakenError], None]) -> None:
        """Add the record that each of `makes` returns; much faster than one by one into an empty store.

        Calls `taken` for each that violates uniqueness. If that raises, an empty store stays empty.
        """
        with self._lock:
            if not self._delta.rows and not len(self._delta.segment):
                delta = Delta(Segment.of(self._rules, self._new_rows(makes, taken)))
                self.show(StoreSnapshot(delta, ReadView(delta), self._next_number))
                return
        for make in makes:
            try:
                self.create(make)
            except TakenError as error:
                taken(error)

    def read(self, key: JsonValue) -> Stored:
        """The record with `key`. Raises UnknownKeyError."""
        stored = self._delta.read(key)
        if stored is None:
            raise UnknownKeyError(key)
        return stored

    def change(self, key: JsonValue, change: Callable[[Record], Record]) -> Stored:
        """Replace the record with `key` by the result of `change`; calls it under the lock.

        The key must stay the same. Raises UnknownKeyError, or TakenError without changing anything.
        """
        with self._lock:
            found = self._delta.find(key)
            if found is None:
                raise UnknownKeyError(key)
            number = self._delta.segment.columns.numbers[found] if isinstance(found, int) else found.number
            before = self.read(key)
            row = row_of(self._rules, change(before.record), number)
            self._write(row)
            self.written_bytes += len(row.encoded) - len(before.encoded)
        return row.stored

    def delete(self, key: JsonValue) -> Stored:
        """Delete the record with `key`. Raises UnknownKeyError."""
        with self._lock:
            stored = self.read(key)
            self._own_delta().remove(key)
            self._written()
            self.written_bytes -= len(stored.encoded)
        return stored

    def select(self, query: Query) -> Selection:
        """The records that match `query`."""
        view = self._now()
        found = view.matching(self._filters(query), self._rules.wanted(query.search))
        total = len(found)
        start = min(query.start, total)
        end = total if query.limit is None else min(start + query.limit, total)
        if query.sort:
            terms = tuple((self._compared[field], descending) for field, descending in query.sort)
            return Selection(total, view.sorted(found, terms).encoded(start, end))
        if self._rules.order.descending:
            return Selection(total, found.encoded(total - end, total - start)[::-1])
        return Selection(total, found.encoded(start, end))

    def _filters(self, query: Query) -> list[tuple[int, JsonValue]]:
        filters: list[tuple[int, JsonValue]] = [(self._fields[field], wanted) for field, wanted in query.filters]
        if query.bounds:
            filters += [(self._compared[field], bound) for field, bound in query.bounds]
        return filters

    def walk(self, query: Query, cursor: Cursor) -> Walked:
        """The records that match `query`, from a position in the list on."""
        view, terms = self._now(), tuple((self._compared[field], descending) for field, descending in query.sort)
        found = view.matching(self._filters(query), self._rules.wanted(query.search))
        line = view.in_list_order(found, terms)
        total = len(found)
        start = 0 if cursor.after is None else line.after(cursor.after)
        end = total if query.limit is None else min(start + query.limit, total)
        more = start < end < total
        return Walked(total, line.encoded(start, end), start, line.mark(end - 1) if more else None)

    def _now(self) -> ReadView:
        view = self._view
        if view is None:
            with self._lock:
                view = self._view = ReadView(self._delta)
        return view

    def _own_delta(self) -> Delta:
        """The delta, for writing. A snapshot's is shared until then, as most sessions only read."""
        if self._is_shared:
            self._delta = self._delta.copy()
            self._is_shared = False
        return self._delta

    def _write(self, row: StoreRow) -> None:
        self._check_unique(row)
        self._own_delta().put(row)
        self._written()

    def _check_unique(self, row: StoreRow) -> None:
        for rule, value in enumerate(row.unique):
            holder = None if value is None else self._delta.holder(rule, value)
            if holder is not None and holder != row.key:
                raise TakenError(self._rules.unique[rule], self.read(holder).record)

    def _written(self) -> None:
        self._view = None
        self._mark = object()
        limits, delta = self._rules.limits, self._delta
        # Every query must scan or skip this many rows.
        written = max(len(delta.rows), len(delta.gone))
        if written <= limits.written or self._merging is not None:
            return
        rows = len(delta.segment)
        if written <= rows // limits.share:
            return
        view = ReadView(delta)
        if rows + written < limits.indexed_from:
            self._delta = Delta(view.merged())
            return
        self._merging = view
        self._in_background(self._merge)

    def _merge(self) -> None:
        """Replace the segment by one merged from the view, and the delta by the writes since then."""
        view = self._merging
        if view is None:
            return
        segment, parts = view.merged(), view.parts()
        with self._lock:
            self._delta = view.written_since(self._delta, segment)
            self._is_shared = False
            self._view = self._merging = None
        del view
        # Freeing a million records at once would block every other thread for a quarter of a second.
        while parts:
            parts.pop()

    def _new_rows(self, makes: Iterable[_MakeRecord], taken: Callable[[TakenError], None]) -> Iterator[StoreRow]:
        """The rows of new records, without those that violate uniqueness."""
        unique = (fields_of(self._rules.key), *self._rules.unique)
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
    delta = Delta(Segment.of(rules, ()))
    return StoreSnapshot(delta, ReadView(delta), 0)

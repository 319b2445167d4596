"""The records written to a store since its segment was built."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Sequence
from typing import Any

from pyroaring import BitMap

from mock_server.store.row import Stored, StoreRow
from mock_server.store.segment import Segment
from openapi.json_value import JsonValue


class Delta:
    """New and changed rows, in order, and the positions in the `segment` that are `gone` (deleted or changed).

    `rows` has them by key. For each of `ordered`, `offsets` has the number of rows of the segment before it; `values`
    and `texts` have a column per field, which a query scans three times as fast as rows. Writers hold the store's
    lock; `find` and `read` need none. `gone` is replaced, never modified.
    """

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.rows: dict[JsonValue, StoreRow] = {}
        self.ordered: list[StoreRow] = []
        self.offsets: list[int] = []
        self.values: list[list[JsonValue]] = [[] for _ in segment.columns.values]
        self.texts: list[list[str]] = [[] for _ in segment.columns.texts]
        self.gone = BitMap()
        self._columns: tuple[list[Any], ...] = self.ordered, self.offsets, *self.values, *self.texts
        self._holders: list[dict[Hashable, JsonValue]] = [{} for _ in segment.holders]

    def copy(self) -> Delta:
        """A separate copy."""
        copied = Delta(self.segment)
        copied.rows, copied.gone = dict(self.rows), self.gone
        for column, cells in zip(copied._columns, self._columns, strict=True):
            column.extend(cells)
        copied._holders = [dict(values) for values in self._holders]
        return copied

    def since(self, rows: Sequence[StoreRow], gone: BitMap, segment: Segment) -> Delta:
        """The writes since this had `rows` and `gone`, on top of the `segment` that they were merged into."""
        before = {row.key: row for row in rows}
        later = Delta(segment)
        for key in [*before, *[self.segment.columns.keys[position] for position in self.gone - gone]]:
            if key not in self.rows:
                later.remove(key)
        for row in self.ordered:
            if before.get(row.key) is not row:
                later.put(row)
        return later

    def find(self, key: JsonValue) -> StoreRow | int | None:
        """The row with `key`, or its position in the segment."""
        row = self.rows.get(key)
        if row is not None:
            return row
        position = self.segment.positions.get(key)
        if position is None or position not in self.gone:
            return position
        return self.rows.get(key)  # Another thread may have changed it since the first look.

    def read(self, key: JsonValue) -> Stored | None:
        """The record with `key`."""
        found = self.find(key)
        return self.segment.stored(found) if isinstance(found, int) else found and found.stored

    def holder(self, rule: int, value: Hashable) -> JsonValue:
        """The key of the record with a unique value; None if there is none."""
        key = self._holders[rule].get(value)
        if key is not None:
            return key
        position = self.segment.holders[rule].get(value)
        return None if position is None or position in self.gone else self.segment.columns.keys[position]

    def put(self, row: StoreRow) -> None:
        """Add `row`, or replace the one with its key."""
        old = self.rows.get(row.key)
        self.rows[row.key] = row  # Before the old one goes, so that a reader always finds one of them.
        self._forget(row.key, old)
        index, segment = self._index(row), self.segment
        # Most written rows are new.
        offset = segment.size if row.number > segment.last_number else segment.offset_of(row)
        cells = row, offset, *row.values, *row.texts
        for column, cell in zip(self._columns, cells, strict=True):
            column.insert(index, cell)
        for values, value in zip(self._holders, row.unique, strict=True):
            if value is not None:
                values[value] = row.key

    def remove(self, key: JsonValue) -> None:
        """Remove the row with `key`."""
        self._forget(key, self.rows.pop(key, None))

    def _forget(self, key: JsonValue, old: StoreRow | None) -> None:
        position = self.segment.positions.get(key)
        if position is not None and position not in self.gone:
            self.gone = self.gone | BitMap([position])
        if old is None:
            return
        index = self._index(old)
        for column in self._columns:
            del column[index]
        for values, value in zip(self._holders, old.unique, strict=True):
            values.pop(value, None)

    def _index(self, row: StoreRow) -> int:
        """The index of the row in `ordered`, present or future."""
        last = self.ordered[-1] if self.ordered else None
        if last is None or (last.sort_key, last.number) < (row.sort_key, row.number):
            return len(self.ordered)
        return bisect_left(self.ordered, row.rank, key=lambda other: other.rank)

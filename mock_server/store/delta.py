"""What has been written to a store since its base was made."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Sequence
from typing import Any

from pyroaring import BitMap

from mock_server.store.row import Row, Stored
from mock_server.store.segment import Segment
from openapi.contract import JsonValue


class Delta:
    """Rows that are new or changed, in order, and the positions in the `base` that are `gone`: deleted, or changed.

    `rows` has them by key. For each of the `ordered`, `places` says how many rows of the base come before it, and
    `values` and `texts` have a column for each field: a query looks through those three times as fast as through rows.
    Who writes holds the store's lock; `find` and `read` need none. `gone` is replaced, and never changed.
    """

    def __init__(self, base: Segment) -> None:
        self.base = base
        self.rows: dict[JsonValue, Row] = {}
        self.ordered: list[Row] = []
        self.places: list[int] = []
        self.values: list[list[JsonValue]] = [[] for _ in base.columns.values]
        self.texts: list[list[str]] = [[] for _ in base.columns.texts]
        self.gone = BitMap()
        self._holders: list[dict[Hashable, JsonValue]] = [{} for _ in base.holders]

    def __len__(self) -> int:
        """How much queries look through, or leave out."""
        return max(len(self.rows), len(self.gone))

    def copy(self) -> Delta:
        """One that holds the same, and of which nobody else knows."""
        copied = Delta(self.base)
        copied.rows, copied.gone = dict(self.rows), self.gone
        copied.ordered, copied.places = list(self.ordered), list(self.places)
        copied.values, copied.texts = [list(column) for column in self.values], [list(column) for column in self.texts]
        copied._holders = [dict(values) for values in self._holders]
        return copied

    def since(self, rows: Sequence[Row], gone: BitMap, base: Segment) -> Delta:
        """What was written since this had `rows` and `gone`, for the `base` that they have been merged into."""
        before = {row.key: row for row in rows}
        later = Delta(base)
        for key in [*before, *[self.base.columns.keys[position] for position in self.gone - gone]]:
            if key not in self.rows:
                later.remove(key)
        for row in self.ordered:
            if before.get(row.key) is not row:
                later.put(row)
        return later

    def find(self, key: JsonValue) -> Row | int | None:
        """The row with `key`, or its position in the base."""
        row = self.rows.get(key)
        if row is not None:
            return row
        position = self.base.positions.get(key)
        if position is None or position not in self.gone:
            return position
        return self.rows.get(key)  # Another thread may have changed it since the first look.

    def read(self, key: JsonValue) -> Stored | None:
        """The record with `key`."""
        found = self.find(key)
        return self.base.stored(found) if isinstance(found, int) else found and found.stored

    def holder(self, rule: int, value: Hashable) -> JsonValue:
        """The key of the record that has a unique value; None where there is none."""
        key = self._holders[rule].get(value)
        if key is not None:
            return key
        position = self.base.holders[rule].get(value)
        return None if position is None or position in self.gone else self.base.columns.keys[position]

    def put(self, row: Row) -> None:
        """Let `row` be there, in the place of the one with its key if there is one."""
        old = self.rows.get(row.key)
        self.rows[row.key] = row  # Before the old one goes: who reads meanwhile finds one of them.
        self._forget(row.key, old)
        index = self._index(row)
        cells = row, self.base.place(row), *row.values, *row.texts
        for column, cell in zip(self._columns(), cells, strict=True):
            column.insert(index, cell)
        for values, value in zip(self._holders, row.unique, strict=True):
            if value is not None:
                values[value] = row.key

    def remove(self, key: JsonValue) -> None:
        """Let there be no row with `key`."""
        self._forget(key, self.rows.pop(key, None))

    def _forget(self, key: JsonValue, old: Row | None) -> None:
        position = self.base.positions.get(key)
        if position is not None and position not in self.gone:
            self.gone = self.gone | BitMap([position])
        if old is None:
            return
        index = self._index(old)
        for column in self._columns():
            del column[index]
        for values, value in zip(self._holders, old.unique, strict=True):
            values.pop(value, None)

    def _columns(self) -> Sequence[list[Any]]:
        """Whatever has a cell for each of the ordered."""
        return self.ordered, self.places, *self.values, *self.texts

    def _index(self, row: Row) -> int:
        """Where among the ordered the row is, or will be."""
        if not self.ordered or self.ordered[-1].rank < row.rank:
            return len(self.ordered)
        return bisect_left(self.ordered, row.rank, key=lambda other: other.rank)

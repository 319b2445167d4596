"""Matching rows in the order of the list, with the position of each that a cursor can name."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any, NamedTuple, Protocol

from mock_server.store.row import SortKey, StoreRow
from mock_server.store.segment import Segment
from mock_server.store.sorting import Terms, is_before


class Mark(NamedTuple):
    """The position of a row: its cells in the sorted columns, and its rank in the list. Other rows do not affect it."""

    cells: tuple[Any, ...]
    rank: tuple[SortKey, int]


class Rows(Protocol):
    """Rows by index."""

    def __len__(self) -> int:
        """How many there are."""

    def at(self, index: int) -> StoreRow | int:
        """The row at an index, or its position in the segment."""

    def encoded(self, start: int, end: int) -> list[bytes]:
        """The records from `start` to `end` as JSON."""


class Line:
    """Rows in the order of the list; with `backwards`, `rows` from the last to the first."""

    def __init__(self, segment: Segment, rows: Rows, terms: Terms, *, backwards: bool) -> None:
        self._segment = segment
        self._rows = rows
        self._terms = terms
        self._backwards = backwards

    def encoded(self, start: int, end: int) -> list[bytes]:
        """The records from `start` to `end` as JSON."""
        if not self._backwards:
            return self._rows.encoded(start, end)
        total = len(self._rows)
        return self._rows.encoded(total - end, total - start)[::-1]

    def mark(self, index: int) -> Mark:
        """The position of the row at an index."""
        row = self._rows.at(len(self._rows) - 1 - index if self._backwards else index)
        columns = [column for column, _ in self._terms]
        if isinstance(row, StoreRow):
            return Mark(tuple([row.values[column] for column in columns]), row.rank)
        values = self._segment.columns.values
        return Mark(tuple([values[column][row] for column in columns]), self._segment.rank(row))

    def after(self, mark: Mark) -> int:
        """The index of the first row after a position."""
        return bisect_left(range(len(self._rows)), True, key=lambda index: self._is_behind(mark, self.mark(index)))

    def _is_behind(self, mark: Mark, other: Mark) -> bool:
        cells = [dict(zip([column for column, _ in self._terms], one.cells, strict=True)) for one in (mark, other)]
        found = is_before(cells[0], cells[1], self._terms)
        if found is not None:
            return found
        return other.rank < mark.rank if self._segment.newest_first else mark.rank < other.rank

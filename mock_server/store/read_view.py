"""An immutable view of a store, for queries."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import TypeAlias

from pyroaring import BitMap

from mock_server.store.column_filter import Filters, scanning
from mock_server.store.delta import Delta
from mock_server.store.line import Line
from mock_server.store.row import StoreRow
from mock_server.store.segment import Segment
from mock_server.store.sorting import Terms, in_order, is_before

_SHARE = 8
"""If fewer than one in this many rows match, the matches alone are sorted."""

_Positions: TypeAlias = range | BitMap | Sequence[int]
"""Positions in a segment, ascending or sorted. For all of them, a range is faster than a bitmap."""


class ReadView:
    """The rows of a segment that are not gone, with those of its delta between them. Immutable."""

    def __init__(self, delta: Delta) -> None:
        self._segment = segment = delta.segment
        self._gone = delta.gone
        self._rows = tuple(delta.ordered)
        self._offsets = tuple(delta.offsets)
        self._column_filter = scanning(
            [tuple(column) for column in delta.values], [tuple(column) for column in delta.texts], segment.plain
        )
        positions: _Positions = segment.everything - self._gone if self._gone else range(len(segment))
        self.everything = MatchingRows(segment, positions, self._rows, self._offsets)

    def in_creation(self) -> list[bytes]:
        """Every record as JSON, the oldest first."""
        numbers, encoded = self._segment.columns.numbers, self._segment.columns.encoded
        found = [(numbers[position], encoded[position]) for position in self.everything.positions]
        found += [(row.number, row.encoded) for row in self._rows]
        return [record for _, record in sorted(found)]

    def matching(self, filters: Filters, search: str) -> MatchingRows:
        """The rows that have the values (by column) in `filters`, and contain `search` (casefolded) in a text."""
        if not filters and not search:
            return self.everything
        found = self._segment.column_filter.matching(filters, search)
        written = self._column_filter.matching(filters, search)
        rows, offsets = [self._rows[index] for index in written], [self._offsets[index] for index in written]
        return MatchingRows(self._segment, found - self._gone if self._gone else found, rows, offsets)

    def sorted(self, found: MatchingRows, terms: Terms) -> MatchingRows:
        """The same rows, sorted; equal ones are in the order of the list."""
        segment = self._segment
        positions: Sequence[int]
        if isinstance(found.positions, range):
            positions = segment.sorted.all(terms)
        elif len(found.positions) * _SHARE < len(segment):
            usual = [*found.positions][::-1] if segment.newest_first else [*found.positions]
            positions = segment.sorted.of(usual, terms)
        else:
            positions = [position for position in segment.sorted.all(terms) if position in found.positions]
        return SortedRows(segment, positions, found.rows, terms)

    def in_list_order(self, found: MatchingRows, terms: Terms) -> Line:
        """The rows in the order of the list, or sorted."""
        rows = self.sorted(found, terms) if terms else found
        return Line(self._segment, rows, terms, backwards=not terms and self._segment.newest_first)

    def merged(self) -> Segment:
        """A segment with all these rows."""
        return self._segment.merged(self._gone, self._rows, self._offsets)

    def parts(self) -> list[object]:
        """The large parts of the segment."""
        return self._segment.parts()

    def written_since(self, delta: Delta, segment: Segment) -> Delta:
        """The writes to `delta` since it made this view, on top of the `segment` merged from this view."""
        return delta.since(self._rows, self._gone, segment)


class MatchingRows:
    """Rows in order: those at `positions` of a segment, and others between them, each at its offset."""

    def __init__(
        self, segment: Segment, positions: _Positions, rows: Sequence[StoreRow], offsets: Sequence[int] = ()
    ) -> None:
        self.positions: _Positions = positions
        self._encoded = segment.columns.encoded
        self.rows = rows
        self._offsets = offsets

    def __len__(self) -> int:
        return len(self.positions) + len(self.rows)

    def encoded(self, start: int, end: int) -> list[bytes]:
        """The records from `start` to `end` as JSON. Does not iterate over those before them."""
        if not self.rows:
            return [self._encoded[position] for position in self.positions[start:end]]
        first = bisect_left(range(len(self.rows)), start, key=self._index)
        after = bisect_left(range(len(self.rows)), end, first, key=self._index)
        theirs = [self._encoded[position] for position in self.positions[start - first : end - after]]
        if first == after:
            return theirs
        found: list[bytes] = []
        done = 0
        for number in range(first, after):
            before = self._index(number) - number - (start - first)
            found += theirs[done:before]
            found.append(self.rows[number].encoded)
            done = before
        return found + theirs[done:]

    def at(self, index: int) -> StoreRow | int:
        """The row at an index, or its position in the segment."""
        number = bisect_left(range(len(self.rows)), index, key=self._index)
        if number < len(self.rows) and self._index(number) == index:
            return self.rows[number]
        return self.positions[index - number]

    def _index(self, number: int) -> int:
        """The index among all rows of the `number`th of the others."""
        offset = self._offsets[number]
        if isinstance(self.positions, BitMap):
            return number + (self.positions.rank(offset - 1) if offset else 0)
        return offset + number


class SortedRows(MatchingRows):
    """Rows in a sorted order: those at `positions` of a segment, which are in order, and others between them."""

    def __init__(self, segment: Segment, positions: Sequence[int], rows: Sequence[StoreRow], terms: Terms) -> None:
        usual = range(len(rows))[::-1] if segment.newest_first else range(len(rows))
        columns = [([row.values[column] for row in rows], descending) for column, descending in terms]
        super().__init__(segment, positions, [rows[index] for index in in_order([*usual], columns)])
        self._segment = segment
        self._terms = terms

    def _index(self, number: int) -> int:
        row, low, high = self.rows[number], 0, len(self.positions)
        while low < high:
            middle = (low + high) // 2
            if self._is_before(row, self.positions[middle]):
                high = middle
            else:
                low = middle + 1
        return number + low

    def _is_before(self, row: StoreRow, position: int) -> bool:
        cells = {column: self._segment.columns.values[column][position] for column, _ in self._terms}
        found = is_before(row.values, cells, self._terms)
        return self._segment.comes_first(row, position) if found is None else found

"""An immutable view of a store, for queries."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import TypeAlias

from pyroaring import BitMap

from mock_server.store.column_filter import Filters, scanning
from mock_server.store.delta import Delta
from mock_server.store.row import Row
from mock_server.store.segment import Segment

_Positions: TypeAlias = range | BitMap
"""Ascending positions in a segment. For all of them, a range is faster than a bitmap."""


class ReadView:
    """The rows of a segment that are not gone, with those of its delta between them. Immutable."""

    def __init__(self, delta: Delta) -> None:
        self._segment = segment = delta.segment
        self._gone = delta.gone
        self._rows = tuple(delta.ordered)
        self._places = tuple(delta.places)
        self._column_filter = scanning(
            [tuple(column) for column in delta.values], [tuple(column) for column in delta.texts], segment.plain
        )
        positions: _Positions = segment.everything - self._gone if self._gone else range(len(segment))
        self.everything = MatchingRows(segment, positions, self._rows, self._places)

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
        rows, places = [self._rows[index] for index in written], [self._places[index] for index in written]
        return MatchingRows(self._segment, found - self._gone if self._gone else found, rows, places)

    def merged(self) -> Segment:
        """A segment with all these rows."""
        return self._segment.merged(self._gone, self._rows, self._places)

    def parts(self) -> list[object]:
        """The large parts of the segment."""
        return self._segment.parts()

    def written_since(self, delta: Delta, segment: Segment) -> Delta:
        """What `delta`, which this view is of, has received since, on top of the `segment` merged from this view."""
        return delta.since(self._rows, self._gone, segment)


class MatchingRows:
    """Rows in order: those at `positions` of a segment, and others with their places between them."""

    def __init__(self, segment: Segment, positions: _Positions, rows: Sequence[Row], places: Sequence[int]) -> None:
        self.positions = positions
        self._encoded = segment.columns.encoded
        self._rows = rows
        self._places = places

    def __len__(self) -> int:
        return len(self.positions) + len(self._rows)

    def encoded(self, start: int, end: int) -> list[bytes]:
        """The records from `start` to `end` as JSON. Does not iterate over those before them."""
        first = bisect_left(range(len(self._rows)), start, key=self._index)
        after = bisect_left(range(len(self._rows)), end, first, key=self._index)
        theirs = [self._encoded[position] for position in self.positions[start - first : end - after]]
        if first == after:
            return theirs
        found: list[bytes] = []
        done = 0
        for number in range(first, after):
            before = self._index(number) - number - (start - first)
            found += theirs[done:before]
            found.append(self._rows[number].encoded)
            done = before
        return found + theirs[done:]

    def _index(self, number: int) -> int:
        """The index among all rows of the `number`th of the others."""
        place = self._places[number]
        if isinstance(self.positions, range):
            return place + number
        return number + (self.positions.rank(place - 1) if place else 0)

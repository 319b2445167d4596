"""A store at one moment: what a query is answered from."""

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
"""Positions in a base, ascending. Where they are all, a range is faster than a bitmap."""


class ReadView:
    """The rows of a base that are not gone, and those of its overlay among them. Nobody changes it."""

    def __init__(self, overlay: Delta) -> None:
        self._base = base = overlay.base
        self._gone = overlay.gone
        self._rows = tuple(overlay.ordered)
        self._places = tuple(overlay.places)
        self._sieve = scanning(
            [tuple(column) for column in overlay.values], [tuple(column) for column in overlay.texts]
        )
        positions: _Positions = base.everything - self._gone if self._gone else range(len(base))
        self.everything = MatchingRows(base, positions, self._rows, self._places)

    def in_creation(self) -> list[bytes]:
        """Every record as JSON, the oldest first."""
        numbers, encoded = self._base.columns.numbers, self._base.columns.encoded
        found = [(numbers[position], encoded[position]) for position in self.everything.positions]
        found += [(row.number, row.encoded) for row in self._rows]
        return [record for _, record in sorted(found)]

    def matching(self, filters: Filters, search: str) -> MatchingRows:
        """The rows that have the values (by index) of `filters`, and `search`, which is casefolded, in their texts."""
        if not filters and not search:
            return self.everything
        found = self._base.sieve.matching(filters, search)
        written = self._sieve.matching(filters, search)
        rows, places = [self._rows[index] for index in written], [self._places[index] for index in written]
        return MatchingRows(self._base, found - self._gone if self._gone else found, rows, places)

    def merged(self) -> Segment:
        """A base of all this."""
        return self._base.merged(self._gone, self._rows, self._places)

    def parts(self) -> list[object]:
        """What takes room in the base."""
        return self._base.parts()

    def written_since(self, overlay: Delta, base: Segment) -> Delta:
        """What `overlay`, from which this was made, has taken since, for the `base` that this was merged into."""
        return overlay.since(self._rows, self._gone, base)


class MatchingRows:
    """Rows in order: those at some `positions` of a base, and others with their places among them."""

    def __init__(self, base: Segment, positions: _Positions, rows: Sequence[Row], places: Sequence[int]) -> None:
        self.positions = positions
        self._encoded = base.columns.encoded
        self._rows = rows
        self._places = places

    def __len__(self) -> int:
        return len(self.positions) + len(self._rows)

    def encoded(self, start: int, end: int) -> list[bytes]:
        """The records from `start` up to `end` as JSON. What comes before them is counted, and not gone through."""
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
        """Which of all these the `number`th of the rows is."""
        place = self._places[number]
        if isinstance(self.positions, range):
            return place + number
        return number + (self.positions.rank(place - 1) if place else 0)

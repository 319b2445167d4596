"""Rows sorted by the cells of compared columns instead of the list order."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from mock_server.store.comparisons import Cell

Terms: TypeAlias = tuple[tuple[int, bool], ...]
"""The sort order of rows: columns, each with whether it is descending. The first one counts most."""

_MOST_KEPT = 8


class SortedPositions:
    """The positions of a segment in sorted orders. Each is computed on first use, and kept."""

    def __init__(self, columns: Sequence[Sequence[Cell]], size: int, *, newest_first: bool) -> None:
        self._columns = columns
        self._usual = range(size)[::-1] if newest_first else range(size)
        self._kept: dict[Terms, array[int]] = {}

    def all(self, terms: Terms) -> Sequence[int]:
        """All positions in order; equal ones are in the order of the list."""
        found = self._kept.get(terms)
        if found is None:
            found = array("I", self.of(self._usual, terms))
            while len(self._kept) >= _MOST_KEPT:
                self._kept.pop(next(iter(self._kept)), None)
            self._kept[terms] = found
        return found

    def of(self, positions: Iterable[int], terms: Terms) -> list[int]:
        """Some positions, which are in the order of the list, in order."""
        return in_order(list(positions), [(self._columns[column], descending) for column, descending in terms])


def in_order(positions: list[int], columns: Sequence[tuple[Mapping[int, Cell] | Sequence[Cell], bool]]) -> list[int]:
    """Positions sorted by the cells of the columns; the first column counts most. Stable."""
    for cells, descending in reversed(columns):
        missing, numbers, texts = list[int](), list[int](), list[int]()
        for position in positions:
            cell = cells[position]
            (texts if isinstance(cell, str) else missing if isinstance(cell, tuple) else numbers).append(position)
        # One kind at a time: the cells themselves are the keys, which is twice as fast as to make one for each.
        numbers.sort(key=cells.__getitem__, reverse=descending)
        texts.sort(key=cells.__getitem__, reverse=descending)
        positions = [*texts, *numbers, *missing] if descending else [*missing, *numbers, *texts]
    return positions


def is_before(first: Mapping[int, Any] | Sequence[Any], second: Mapping[int, Any], terms: Terms) -> bool | None:
    """Whether the first cells (by column) come before the second ones; None if they are equal."""
    for column, descending in terms:
        one, other = _rank(first[column]), _rank(second[column])
        if one != other:
            return (one < other) is not descending
    return None


def _rank(cell: Cell) -> tuple[int, Any]:
    """Missing values come before numbers, and numbers before texts."""
    if isinstance(cell, tuple):
        return 0, 0
    return (2, cell) if isinstance(cell, str) else (1, cell)

"""Rows stored by column: a cell takes 8 bytes, and scanning a column does not touch the rows."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeAlias

from mock_server.store.row import SortKey, StoreRow, StoreRules
from openapi.json_value import JsonValue

_Cells: TypeAlias = tuple[Any, ...]
"""One cell per row. A tuple of strings, unlike a list, is not traversed by the garbage collector."""

_FIXED = 3
_AT_ONCE = 1_024
_SHARED = 4_096
"""Up to this many distinct strings per column are stored once, for any number of rows."""


class Columns:
    """The `cells` of rows: each attribute has one per row, and from `unique` on one sequence per field."""

    def __init__(self, rules: StoreRules, numbers: array[int], cells: Sequence[_Cells]) -> None:
        unique = _FIXED + len(rules.unique)
        values = unique + len(rules.filtered) + len(rules.compared)
        self._rules = rules
        self.cells = cells
        self.numbers = numbers
        self.sort_keys: Sequence[SortKey] = cells[0]
        self.keys: Sequence[JsonValue] = cells[1]
        self.encoded: Sequence[bytes] = cells[2]
        self.unique: Sequence[Sequence[Hashable]] = cells[_FIXED:unique]
        self.values: Sequence[Sequence[JsonValue]] = cells[unique:values]
        self.texts: Sequence[Sequence[str]] = cells[values:]

    @classmethod
    def of(cls, rules: StoreRules, rows: Iterable[StoreRow]) -> Columns:
        """The columns of `rows`, which are consumed one by one."""
        unique = _FIXED + len(rules.unique)
        others = len(rules.filtered) + len(rules.compared) + len(rules.searched)
        cells: list[list[Any]] = [[] for _ in range(unique + others)]
        seen: list[dict[str, str]] = [{} for _ in cells]
        numbers, coming = array("q"), iter(rows)
        while some := list(islice(coming, _AT_ONCE)):
            numbers.extend([row.number for row in some])
            for index, added in enumerate(zip(*map(_cells, some), strict=True)):
                cells[index].extend(added if index < unique else _shared(added, seen[index]))
        return cls(rules, numbers, [tuple(column) for column in cells])

    def followed_by(self, others: Columns) -> Columns:
        """These rows, followed by those of `others`."""
        cells = zip(self.cells, others.cells, strict=True)
        return Columns(self._rules, self.numbers + others.numbers, [mine + added for mine, added in cells])

    def picked(self, order: Sequence[int], others: Columns) -> Columns:
        """The rows at the positions in `order`; ~0, ~1, ... are the first, the second, ... of `others`."""
        numbers = array("q", _picked(self.numbers, others.numbers, order))
        cells = zip(self.cells, others.cells, strict=True)
        return Columns(self._rules, numbers, [tuple(_picked(mine, added, order)) for mine, added in cells])


def _cells(row: StoreRow) -> _Cells:
    return row.sort_key, row.key, row.encoded, *row.unique, *row.values, *row.texts


def _shared(cells: _Cells, seen: dict[str, str]) -> list[Any]:
    """The cells, with equal strings shared."""
    if len(seen) < _SHARED:
        seen.update({cell: cell for cell in cells if isinstance(cell, str) and cell not in seen})
    return [seen.get(cell, cell) if isinstance(cell, str) else cell for cell in cells]


def _picked(mine: Sequence[Any], added: Sequence[Any], order: Sequence[int]) -> Iterator[Any]:
    """The cells at the positions in `order`. A generator, so that other threads can run in between."""
    return (mine[index] if index >= 0 else added[~index] for index in order)

"""Finds the rows whose value compares with another, by scanning a column or by a sorted index."""

from __future__ import annotations

import operator
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from pyroaring import BitMap

from openapi.comparisons import ComparedField, Comparison, Scalar

Cell: TypeAlias = Scalar | tuple[Scalar, ...]
"""The compared values of a record: a single one by itself."""

_NOWHERE = BitMap()
_COMPARE: Mapping[Comparison, Callable[[Any, Any], bool]] = {
    "equal": operator.eq,
    "at-least": operator.ge,
    "at-most": operator.le,
    "above": operator.gt,
    "below": operator.lt,
}


class Bound(NamedTuple):
    """A condition on a cell: one of its values compares with one of `wanted`. Only values of the same kind compare."""

    comparison: Comparison
    wanted: tuple[Scalar, ...]


def cell_of(field: ComparedField, record: Mapping[str, Any]) -> Cell:
    """The cell of a record for a compared field."""
    values = field.values_in(record)
    return values[0] if len(values) == 1 else tuple(values)


class ScannedCells:
    """Cells to scan: fastest for few."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self._cells = cells

    def longer(self, cells: Sequence[Cell]) -> ScannedCells:
        """The same for `cells`, which begin with these."""
        return ScannedCells(cells)

    def matching(self, bound: Bound) -> BitMap:
        """The positions of the cells that fulfil the condition."""
        compare, wanted = _COMPARE[bound.comparison], [(_kind(one), one) for one in bound.wanted]

        def fulfils(value: Scalar) -> bool:
            kind = _kind(value)
            return any(kind == other and compare(value, one) for other, one in wanted)

        return BitMap([position for position, cell in enumerate(self._cells) if any(map(fulfils, _values(cell)))])


class SortedCells:
    """The values of cells in ascending order, separate for each kind, with the position of each."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        found: defaultdict[str, tuple[list[Any], array[int]]] = defaultdict(lambda: ([], array("I")))
        for position, cell in enumerate(cells):
            for value in _values(cell):
                values, positions = found[_kind(value)]
                values.append(value)
                positions.append(position)
        self._kinds: dict[str, tuple[list[Any], array[int]]] = {}
        for kind, (values, positions) in found.items():
            order = sorted(range(len(values)), key=values.__getitem__)
            self._kinds[kind] = [values[one] for one in order], array("I", [positions[one] for one in order])

    def longer(self, cells: Sequence[Cell]) -> SortedCells:
        """The same for `cells`, which begin with these."""
        return SortedCells(cells)

    def matching(self, bound: Bound) -> BitMap:
        """The positions of the cells that fulfil the condition. Do not modify it."""
        return BitMap.union(_NOWHERE, *[self._of_one(bound.comparison, wanted) for wanted in bound.wanted])

    def _of_one(self, comparison: Comparison, wanted: Scalar) -> BitMap:
        values, positions = self._kinds.get(_kind(wanted), ([], array("I")))
        first, after = bisect_left(values, wanted), bisect_right(values, wanted)
        cuts = {
            "equal": slice(first, after),
            "at-least": slice(first, None),
            "at-most": slice(None, after),
            "above": slice(after, None),
            "below": slice(None, first),
        }
        return BitMap(positions[cuts[comparison]])


def _values(cell: Cell) -> tuple[Scalar, ...]:
    return cell if isinstance(cell, tuple) else (cell,)


def _kind(value: Scalar) -> str:
    return "text" if isinstance(value, str) else "boolean" if isinstance(value, bool) else "number"

"""Finds the rows that match a query, by scanning the columns or by an index for each."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Hashable, Sequence
from itertools import islice
from typing import Any, TypeAlias

from pyroaring import BitMap

from mock_server.store.comparisons import ScannedCells, SortedCells
from mock_server.store.text_index import ScannedTexts, TextIndex
from openapi.json_value import JsonValue, is_equal

Filters = Sequence[tuple[int, JsonValue]]
"""Pairs of a column of values and the wanted value; for a compared column, the bound."""

_Values: TypeAlias = "ValueIndex | ScannedValues | ScannedCells | SortedCells"

_Positions: TypeAlias = "BitMap | array[int]"

_FEW = 32
"""Up to this many positions take less memory in an array than in a bitmap."""

_NOWHERE = BitMap()


class ScannedValues:
    """Values to scan: fastest for few."""

    def __init__(self, values: Sequence[JsonValue]) -> None:
        self._values = values

    def longer(self, values: Sequence[JsonValue]) -> ScannedValues:
        """The same for `values`, which begin with these."""
        return ScannedValues(values)

    def matching(self, wanted: JsonValue) -> BitMap:
        """The positions of the values that equal `wanted` or one of its items."""
        if isinstance(wanted, str):
            return BitMap([position for position, value in enumerate(self._values) if value == wanted])
        return BitMap([position for position, value in enumerate(self._values) if is_equal(value, wanted)])


class ValueIndex:
    """Values with a bitmap of the positions of each. Objects are not hashable and are scanned.

    Values before `start` are left out.
    """

    def __init__(self, values: Sequence[JsonValue], start: int = 0) -> None:
        found: defaultdict[Hashable, array[int]] = defaultdict(lambda: array("I"))
        self._end = len(values)
        self._objects: list[tuple[int, JsonValue]] = []
        for position, value in enumerate(islice(values, start, None), start):
            if isinstance(value, dict):
                self._objects.append((position, value))
            elif not isinstance(value, list):  # An array equals nothing: as the wanted value it lists alternatives.
                found[_comparable(value)].append(position)
        self._positions: dict[Hashable, _Positions] = {value: _kept(positions) for value, positions in found.items()}

    def longer(self, values: Sequence[JsonValue]) -> ValueIndex:
        """An index of `values`, which begin with those of this one."""
        index = ValueIndex(values, self._end)
        index._objects = self._objects + index._objects
        both = {value: _joined(self._positions.get(value), added) for value, added in index._positions.items()}
        index._positions = self._positions | both
        return index

    def matching(self, wanted: JsonValue) -> BitMap:
        """The positions of the values that equal `wanted` or one of its items. Do not modify it."""
        if isinstance(wanted, list):
            return BitMap.union(_NOWHERE, *map(self.matching, wanted))
        if isinstance(wanted, dict):
            return BitMap([position for position, value in self._objects if is_equal(value, wanted)])
        positions = self._positions.get(_comparable(wanted), _NOWHERE)
        return positions if isinstance(positions, BitMap) else BitMap(positions)


class ColumnFilter:
    """The columns that filters and searches use."""

    def __init__(self, values: Sequence[_Values], texts: Sequence[TextIndex | ScannedTexts]) -> None:
        self._values = values
        self._texts = texts

    def longer(self, values: Sequence[Sequence[JsonValue]], texts: Sequence[Sequence[str]]) -> ColumnFilter:
        """The same for columns that begin with these."""
        return ColumnFilter(
            [before.longer(column) for before, column in zip(self._values, values, strict=True)],
            [before.longer(column) for before, column in zip(self._texts, texts, strict=True)],
        )

    def matching(self, filters: Filters, search: str) -> BitMap:
        """The positions of the rows that match all `filters` and contain `search` (casefolded) in a text.

        Do not modify it. There must be a filter or a search.
        """
        found = [self._values[index].matching(wanted) for index, wanted in filters]
        if search:
            found.append(BitMap.union(BitMap(), *[texts.matching(search) for texts in self._texts]))
        return BitMap.intersection(*found)


def scanning(values: Sequence[Sequence[Any]], texts: Sequence[Sequence[str]], plain: int) -> ColumnFilter:
    """A filter that scans the columns: fastest for few rows. The columns of values after the first `plain` compare."""
    columns: list[_Values] = [ScannedValues(column) for column in values[:plain]]
    columns += [ScannedCells(column) for column in values[plain:]]
    return ColumnFilter(columns, [ScannedTexts(column) for column in texts])


def indexing(values: Sequence[Sequence[Any]], texts: Sequence[Sequence[str]], plain: int) -> ColumnFilter:
    """A filter with an index for each column."""
    columns: list[_Values] = [ValueIndex(column) for column in values[:plain]]
    columns += [SortedCells(column) for column in values[plain:]]
    return ColumnFilter(columns, [TextIndex(column) for column in texts])


def _kept(positions: array[int]) -> _Positions:
    return BitMap(positions) if len(positions) > _FEW else positions


def _joined(before: _Positions | None, added: _Positions) -> _Positions:
    if before is None:
        return added
    if isinstance(before, BitMap) or isinstance(added, BitMap):
        return BitMap(before) | BitMap(added)
    return _kept(before + added)


def _comparable(value: JsonValue) -> Hashable:
    return value, isinstance(value, bool)

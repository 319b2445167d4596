"""Finds the rows that match a query."""

from __future__ import annotations

from collections.abc import Sequence

from pyroaring import BitMap

from mock_server.store.text_index import ScannedTexts, TextIndex
from mock_server.store.value_index import ScannedValues, ValueIndex
from openapi.contract import JsonValue

Filters = Sequence[tuple[int, JsonValue]]
"""Pairs of a column of values and the wanted value."""


class ColumnFilter:
    """The columns that filters and searches use."""

    def __init__(self, values: Sequence[ValueIndex | ScannedValues], texts: Sequence[TextIndex | ScannedTexts]) -> None:
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


def scanning(values: Sequence[Sequence[JsonValue]], texts: Sequence[Sequence[str]]) -> ColumnFilter:
    """A filter that scans the columns: fastest for few rows."""
    return ColumnFilter([ScannedValues(column) for column in values], [ScannedTexts(column) for column in texts])


def indexing(values: Sequence[Sequence[JsonValue]], texts: Sequence[Sequence[str]]) -> ColumnFilter:
    """A filter with an index for each column."""
    return ColumnFilter([ValueIndex(column) for column in values], [TextIndex(column) for column in texts])

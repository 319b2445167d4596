"""Which rows a query keeps."""

from __future__ import annotations

from collections.abc import Sequence

from pyroaring import BitMap

from mock_server.store.text_index import ScannedTexts, TextIndex
from mock_server.store.value_index import ScannedValues, ValueIndex
from openapi.contract import JsonValue

Filters = Sequence[tuple[int, JsonValue]]
"""What is wanted of which column of values."""


class ColumnFilter:
    """The columns of rows that filters and searches look at."""

    def __init__(self, values: Sequence[ValueIndex | ScannedValues], texts: Sequence[TextIndex | ScannedTexts]) -> None:
        self._values = values
        self._texts = texts

    def longer(self, values: Sequence[Sequence[JsonValue]], texts: Sequence[Sequence[str]]) -> ColumnFilter:
        """One like this for columns that begin with those of this one."""
        return ColumnFilter(
            [before.longer(column) for before, column in zip(self._values, values, strict=True)],
            [before.longer(column) for before, column in zip(self._texts, texts, strict=True)],
        )

    def matching(self, filters: Filters, search: str) -> BitMap:
        """The positions of the rows that keep all `filters` and have `search`, which is casefolded, in a text.

        Not for changing. There is a filter, or a search.
        """
        found = [self._values[index].matching(wanted) for index, wanted in filters]
        if search:
            found.append(BitMap.union(BitMap(), *[texts.matching(search) for texts in self._texts]))
        return BitMap.intersection(*found)


def scanning(values: Sequence[Sequence[JsonValue]], texts: Sequence[Sequence[str]]) -> ColumnFilter:
    """A sieve that looks through the columns: fastest where there are few rows."""
    return ColumnFilter([ScannedValues(column) for column in values], [ScannedTexts(column) for column in texts])


def indexing(values: Sequence[Sequence[JsonValue]], texts: Sequence[Sequence[str]]) -> ColumnFilter:
    """A sieve that has an index for each column."""
    return ColumnFilter([ValueIndex(column) for column in values], [TextIndex(column) for column in texts])

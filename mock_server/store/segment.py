"""The bulk of a store's records: ordered, indexed, immutable, and shared by all sessions."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterable, Sequence
from itertools import islice
from math import inf

from pyroaring import BitMap

from mock_server.store.column_filter import ColumnFilter, indexing, scanning
from mock_server.store.columns import Columns
from mock_server.store.row import SortKey, Stored, StoreRow, StoreRules
from mock_server.store.sorting import SortedPositions


class Segment:
    """Rows in ascending list order; a row is the cells at one position of the columns.

    `size` is their number; a new row with a number above `last_number` comes after all of them. `positions` maps keys,
    and `holders` maps the values of each unique rule, to positions. From the rules' limit on, `column_filter` has an
    index for each filtered or searched field. If the columns begin with those of the segment `before`, its indexes are
    copied, which is faster than to build them.
    """

    def __init__(self, rules: StoreRules, columns: Columns, before: Segment | None = None) -> None:
        self._rules = rules
        self.plain = len(rules.filtered)
        self.sorted = SortedPositions(columns.values, len(columns.keys), newest_first=rules.order.descending)
        self.columns = columns
        self.size = len(columns.keys)
        # In any other order than that of creation, a new row may come anywhere.
        is_by_creation = rules.order.by is None
        self.last_number = (columns.numbers[-1] if self.size else -1) if is_by_creation else inf
        self.everything = BitMap(range(len(columns.keys)))
        start = 0 if before is None else len(before)
        self.positions: dict[Hashable, int] = _positions(
            columns.keys, start, {} if before is None else before.positions
        )
        self.holders: list[dict[Hashable, int]] = [
            _positions(values, start, {} if before is None else before.holders[rule])
            for rule, values in enumerate(columns.unique)
        ]
        self.is_indexed = len(columns.keys) >= rules.limits.indexed_from
        if before is not None and before.is_indexed == self.is_indexed:
            self.column_filter: ColumnFilter = before.column_filter.longer(columns.values, columns.texts)
        else:
            self.column_filter = (indexing if self.is_indexed else scanning)(columns.values, columns.texts, self.plain)

    @classmethod
    def of(cls, rules: StoreRules, rows: Iterable[StoreRow]) -> Segment:
        """A segment of `rows` in order of creation."""
        if rules.order.by is not None:
            rows = sorted(rows, key=lambda row: row.rank)
        return cls(rules, Columns.of(rules, rows))

    def __len__(self) -> int:
        return self.size

    def stored(self, position: int) -> Stored:
        """The record at a position."""
        return Stored(self.columns.keys[position], self.columns.encoded[position])

    def offset_of(self, row: StoreRow) -> int:
        """How many rows here come before `row`, which is new or changed."""
        if self._rules.order.by is None:
            return bisect_left(self.columns.numbers, row.number)
        return bisect_left(range(len(self)), row.rank, key=self.rank)

    def comes_first(self, row: StoreRow, position: int) -> bool:
        """Whether `row` comes before the row at a position in the order of the list."""
        return (row.rank < self.rank(position)) is not self._rules.order.descending

    @property
    def newest_first(self) -> bool:
        """Whether the list has the rows in descending order."""
        return self._rules.order.descending

    def merged(self, gone: BitMap, rows: Sequence[StoreRow], offsets: Sequence[int]) -> Segment:
        """A segment without the positions in `gone`, and with each of `rows` inserted at its offset."""
        if not gone and offsets and offsets[0] == len(self) <= self._rules.limits.copied_to:
            return Segment(self._rules, self.columns.followed_by(Columns.of(self._rules, rows)), self)
        left_out, order, start = set(gone), list[int](), 0
        for index, offset in enumerate([*offsets, len(self)]):
            order += [position for position in range(start, offset) if position not in left_out]
            order.append(~index)
            start = offset
        order.pop()
        return Segment(self._rules, self.columns.picked(order, Columns.of(self._rules, rows)))

    def parts(self) -> list[object]:
        """The large parts."""
        return [*self.columns.cells, self.positions, *self.holders, self.column_filter]

    def rank(self, position: int) -> tuple[SortKey, int]:
        """The sort key of the row at a position."""
        return self.columns.sort_keys[position], self.columns.numbers[position]


def _positions(values: Sequence[Hashable], start: int, before: dict[Hashable, int]) -> dict[Hashable, int]:
    """The position of each value from `start` on, added to what is `known` before."""
    added = enumerate(islice(values, start, None), start)
    return before | {value: position for position, value in added if value is not None}

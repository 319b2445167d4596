"""Most of a store's records: in order, with their indexes, and never changed, so that all sessions share them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterable, Sequence

from pyroaring import BitMap

from mock_server.columns import Columns
from mock_server.rows import Row, SortKey, Stored, StoreRules
from mock_server.sieve import indexing, scanning


class Base:
    """Rows in the order of the list, ascending: a row is where its cells stand in the columns.

    `positions` says where a key is, `holders` for each rule of what is unique where a value is. From so many rows on as
    the rules' limits say the `sieve` has an index for each field that is filtered or searched.
    """

    def __init__(self, rules: StoreRules, columns: Columns) -> None:
        self._rules = rules
        self.columns = columns
        self.everything = BitMap(range(len(columns.keys)))
        self.positions = {key: position for position, key in enumerate(columns.keys)}
        self.holders = [_places(values) for values in columns.unique]
        is_large = len(columns.keys) >= rules.limits.indexed_from
        self.sieve = indexing(columns.values, columns.texts) if is_large else scanning(columns.values, columns.texts)

    @classmethod
    def of(cls, rules: StoreRules, rows: Iterable[Row]) -> Base:
        """A base of `rows`, which come in order of creation."""
        if rules.order.by is not None:
            rows = sorted(rows, key=lambda row: row.rank)
        return cls(rules, Columns.of(rules, rows))

    def __len__(self) -> int:
        return len(self.columns.keys)

    def stored(self, position: int) -> Stored:
        """The record at a position."""
        return Stored(self.columns.keys[position], self.columns.encoded[position])

    def place(self, row: Row) -> int:
        """How many rows here come before `row`, which is not here, or no longer as it was."""
        if self._rules.order.by is None:
            return bisect_left(self.columns.numbers, row.number)
        return bisect_left(range(len(self)), row.rank, key=self._rank)

    def merged(self, gone: BitMap, rows: Sequence[Row], places: Sequence[int]) -> Base:
        """A base without the positions in `gone`, and with `rows`; before each come the rows here up to its place."""
        left_out, order, start = set(gone), list[int](), 0
        for index, place in enumerate([*places, len(self)]):
            order += [position for position in range(start, place) if position not in left_out]
            order.append(~index)
            start = place
        order.pop()
        return Base(self._rules, self.columns.picked(order, Columns.of(self._rules, rows)))

    def parts(self) -> list[object]:
        """What takes room here."""
        return [*self.columns.cells, self.positions, *self.holders, self.sieve]

    def _rank(self, position: int) -> tuple[SortKey, int]:
        return self.columns.sort_keys[position], self.columns.numbers[position]


def _places(values: Sequence[Hashable]) -> dict[Hashable, int]:
    return {value: position for position, value in enumerate(values) if value is not None}

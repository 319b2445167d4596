"""The two ways to find rows by comparison find the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.store.comparisons import Bound, Cell, ScannedCells, SortedCells, cell_of
from openapi.comparisons import COMPARISONS, ComparedField

SCALARS = st.one_of(st.booleans(), st.integers(-3, 3), st.sampled_from([0.5, -0.5, 1.0]), st.sampled_from("aàb"))
CELLS = st.lists(st.one_of(SCALARS, st.lists(SCALARS, max_size=3).map(tuple)), max_size=12)
BOUNDS = st.builds(Bound, st.sampled_from(COMPARISONS), st.lists(SCALARS, max_size=2).map(tuple))


@given(cells=CELLS, more=CELLS, bound=BOUNDS)
def test_index_and_scan_find_the_same(cells: list[Cell], more: list[Cell], bound: Bound) -> None:
    """A sorted index and a scan find the same cells, before and after more are added."""
    scanned, indexed = ScannedCells(cells), SortedCells(cells)
    assert indexed.matching(bound) == scanned.matching(bound)
    both = [*cells, *more]
    assert indexed.longer(both).matching(bound) == scanned.longer(both).matching(bound)


@pytest.mark.parametrize(
    ("bound", "found"),
    [
        (Bound("at-least", (2,)), [1, 2]),
        (Bound("above", (2,)), [2]),
        (Bound("at-most", (2,)), [0, 1]),
        (Bound("below", (2,)), [0]),
        (Bound("equal", (1, 3)), [0, 2]),
        (Bound("equal", ("b",)), [3]),
        (Bound("equal", (True,)), [4]),
        (Bound("below", ("c",)), [3]),
        (Bound("equal", ()), []),
    ],
)
def test_only_values_of_one_type_compare(bound: Bound, found: list[int]) -> None:
    """A number compares with numbers, a string with strings, and true is not 1; any item of an array counts."""
    cells: list[Cell] = [1, 2, (3, 4.5), ("a", "b"), True, ()]
    assert list(ScannedCells(cells).matching(bound)) == found
    assert list(SortedCells(cells).matching(bound)) == found


@pytest.mark.parametrize(
    ("path", "is_time", "cell"),
    [
        (("price",), False, 5),
        (("tags",), False, ("red", "big")),
        (("lines", "name"), False, ("one", "two")),
        (("origin", "city"), False, ()),
        (("origin",), False, ()),
        (("missing", "city"), False, ()),
        (("added",), True, 1_767_225_600_000_000),
        (("day",), True, 1_767_225_600_000_000),
        (("price",), True, ()),
    ],
)
def test_paths_lead_through_objects_and_arrays(path: tuple[str, ...], is_time: bool, cell: Cell) -> None:
    """A path leads through objects and into each item of an array; times are instants, with any offset."""
    record = {
        "price": 5,
        "tags": ["red", None, "big"],
        "lines": [{"name": "one"}, {}, {"name": "two"}, 7],
        "origin": {"city": None},
        "added": "2026-01-01T01:00:00.000+01:00",
        "day": "2026-01-01",
    }
    assert cell_of(ComparedField(path, is_time), record) == cell

"""Tables and their figures."""

from __future__ import annotations

import pytest

from benchmarks.table import figure, ratio, table, times


def test_tables_are_written_as_markdown() -> None:
    """A table has a head, a separator and rows; a bar in a cell is escaped."""
    assert list(table(["", "list/s"], [["ours", "1,200"], ["a|b", "-"]])) == [
        "| | list/s |",
        "| --- | --- |",
        "| ours | 1,200 |",
        "| a\\|b | - |",
    ]


def test_a_row_with_too_few_cells_is_an_error() -> None:
    """A row with too few cells is an error."""
    with pytest.raises(ValueError, match="1 cells under a head of 2"):
        list(table(["", "list/s"], [["ours"]]))


def test_the_ratio_is_the_median_over_rounds() -> None:
    """The ratio is the median over the common rounds, so one slow round does not change it."""
    assert ratio({0: 200.0, 1: 20.0, 2: 100.0}, {0: 100.0, 1: 10.0, 3: 1.0}) == 2.0


@pytest.mark.parametrize("theirs", [{}, {5: 1.0}, {0: 0.0}])
def test_without_a_common_round_the_ratio_is_empty(theirs: dict[int, float]) -> None:
    """Without a common round there is no ratio, and the cell is empty."""
    assert ratio({0: 1.0}, theirs) is None
    assert times(None) == ""


@pytest.mark.parametrize(
    ("value", "text"), [(0.0123, "0.01"), (9.994, "9.99"), (12.34, "12.3"), (123.4, "123"), (12345.6, "12,346")]
)
def test_figures_have_three_significant_digits(value: float, text: str) -> None:
    """A figure has three digits, or all digits before the point."""
    assert figure(value) == text

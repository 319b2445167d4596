"""Markdown tables and the figures in their cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median

NOTHING = "-"
"""The cell of a missing figure."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table. Raises ValueError if a row and the head differ in length."""
    yield _line(head)
    yield _line(["---"] * len(head))
    for row in rows:
        if len(row) != len(head):
            raise ValueError(f"{len(row)} cells under a head of {len(head)}: {row}")
        yield _line([cell.replace("|", "\\|") for cell in row])


def _line(cells: Sequence[str]) -> str:
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"


def ratio(ours: Mapping[int, float], theirs: Mapping[int, float]) -> float | None:
    """The median of one figure divided by another over their common rounds; None without any."""
    quotients = [ours[turn] / theirs[turn] for turn in ours.keys() & theirs.keys() if theirs[turn]]
    return median(quotients) if quotients else None


def times(value: float | None) -> str:
    """A ratio, such as 0.85x; empty for None."""
    return "" if value is None else f"{figure(value)}x"


def figure(value: float) -> str:
    """A figure with its significant digits."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"

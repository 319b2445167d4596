"""Differences and noise."""

from __future__ import annotations

from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.noise import compared, interval_of_median, least_rounds

FASTER = [105.0, 110.0, 108.0, 121.0, 104.0, 112.0]
OLD = [100.0] * 6


def test_a_comparison_has_medians_and_ratios() -> None:
    """A comparison has the medians of both sides, and the median, lowest and highest ratio of a round."""
    one = compared([100.0, 50.0, 200.0], [110.0, 60.0, 190.0])
    assert (one.old, one.new, one.ratio, one.least, one.most) == (100.0, 110.0, 1.1, 0.95, 1.2)


@pytest.mark.parametrize(("more_is_better", "verdict"), [(True, "better"), (False, "worse")])
def test_a_difference_in_every_round_counts(more_is_better: bool, verdict: str) -> None:
    """A figure that is higher in all six rounds is better or worse, depending on its kind."""
    assert compared(OLD, FASTER).verdict(more_is_better=more_is_better) == verdict


def test_a_difference_that_changes_sides_is_noise() -> None:
    """A figure that is higher in some rounds and lower in others is within the noise."""
    assert compared(OLD, [*FASTER[:-1], 99.0]).verdict(more_is_better=True) == "within the noise"


def test_equal_figures_are_noise() -> None:
    """Equal figures are within the noise."""
    assert compared(OLD, OLD).verdict(more_is_better=True) == "within the noise"


def test_a_verdict_needs_six_rounds() -> None:
    """Five equal signs are too likely by chance, so six rounds are needed."""
    assert compared(OLD[:5], FASTER[:5]).verdict(more_is_better=True) == "6 rounds are needed"
    assert least_rounds() == 6


def test_one_contrary_round_of_nine_is_ignored() -> None:
    """With nine rounds a single contrary one does not change the verdict."""
    assert interval_of_median([2.0] * 8 + [0.5]) == (2.0, 2.0)


@given(st.lists(st.floats(0.01, 100), min_size=6, max_size=40))
def test_the_interval_contains_the_median(values: list[float]) -> None:
    """The interval is one of measured values around their median."""
    found = interval_of_median(values)
    assert found is not None
    low, high = found
    assert low <= median(values) <= high
    assert {low, high} <= set(values)

"""Tells a difference between two alternating series of measurements from noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from statistics import median

_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure of both sides: the medians, and the median and the spread of the ratios new / old by round."""

    old: float
    new: float
    ratio: float
    least: float
    most: float
    interval: tuple[float, float] | None

    def verdict(self, *, more_is_better: bool) -> str:
        """`better` or `worse` if the confidence interval of the median ratio excludes 1."""
        if self.interval is None:
            return f"{least_rounds()} rounds are needed"
        low, high = self.interval
        if low <= 1 <= high:
            return "within the noise"
        return "better" if (low > 1) == more_is_better else "worse"


def compared(old: Sequence[float], new: Sequence[float]) -> Comparison:
    """Compare two series by round. Raises ValueError if they are empty."""
    ratios = [after / before for before, after in zip(old, new, strict=True)]
    return Comparison(median(old), median(new), median(ratios), min(ratios), max(ratios), interval_of_median(ratios))


def interval_of_median(values: Sequence[float]) -> tuple[float, float] | None:
    """The narrowest symmetric interval between two of `values` that holds the true median with 95 percent confidence.

    It makes no assumption on the distribution (the sign test). None for too few values.
    """
    ordered, count = sorted(values), len(values)
    for left_out in range((count - 1) // 2, -1, -1):
        if count and 1 - 2 * _share(count, left_out) >= _CONFIDENCE:
            return ordered[left_out], ordered[count - 1 - left_out]
    return None


def least_rounds() -> int:
    """The number of values an interval needs."""
    count = 1
    while interval_of_median([1.0] * count) is None:
        count += 1
    return count


def _share(count: int, most: int) -> float:
    """The probability that at most `most` of `count` values lie below the median."""
    return float(sum(comb(count, below) for below in range(most + 1)) / 2**count)

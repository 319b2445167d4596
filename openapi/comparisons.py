"""Values of a record that lists compare: in fields, nested fields and arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias

Comparison: TypeAlias = Literal["equal", "at-least", "at-most", "above", "below"]
"""How a value of a record compares with the one of a parameter."""

COMPARISONS: tuple[Comparison, ...] = ("equal", "at-least", "at-most", "above", "below")

Scalar: TypeAlias = bool | float | str
"""A value that can be compared; a time is an integer, the microseconds since 1970."""

_START = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ComparedField:
    """Where in a record the compared values are: `path` leads through objects, and into every item of an array.

    `is_time` is whether they are dates or date-times (RFC 3339), which compare as instants.
    """

    path: tuple[str, ...]
    is_time: bool = False

    def values_in(self, record: Mapping[str, Any]) -> list[Scalar]:
        """The values of a record, without nulls, objects and texts that are not a time."""
        found: list[Any] = [record]
        for name in self.path:
            found = [one.get(name) for one in _spread(found) if isinstance(one, dict)]
        values = (self.value_of(one) for one in _spread(found))
        return [one for one in values if one is not None]

    def value_of(self, value: Any) -> Scalar | None:
        """A value for comparison; None for one that equals nothing."""
        if self.is_time:
            return microseconds(value)
        return value if isinstance(value, (bool, int, float, str)) else None


def _spread(values: list[Any]) -> list[Any]:
    """The values, with the items of each array instead of the array."""
    return [one for value in values for one in (value if isinstance(value, list) else (value,))]


def microseconds(text: Any) -> int | None:
    """A date-time, or the beginning of a date in UTC, as microseconds since 1970; None for anything else."""
    try:
        time = datetime.fromisoformat(text.upper())
    except (ValueError, AttributeError):
        return None
    if time.tzinfo is None:
        time = time.replace(tzinfo=UTC)
    return (time - _START) // _MICROSECOND

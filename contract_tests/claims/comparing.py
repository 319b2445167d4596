"""Which records have a value that compares with another, as in the filters of a list."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

_RELATIONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "equal": operator.eq,
    "at-least": operator.ge,
    "at-most": operator.le,
    "above": operator.gt,
    "below": operator.lt,
}


def satisfying(items: Any, path: Sequence[str], comparison: str, wanted: Sequence[Any], is_time: bool) -> list[Any]:
    """The records of a list whose value at `path` compares with one of `wanted`."""
    bounds = [one for value in wanted if (one := _comparable(value, is_time)) is not None]
    return [
        item
        for item in items or ()
        if any(_compares(value, bound, comparison) for value in values_at(item, path, is_time) for bound in bounds)
    ]


def values_at(item: Any, path: Sequence[str], is_time: bool) -> list[Any]:
    """The comparable values of a record: `path` leads through objects and into each item of an array."""
    found = (_comparable(value, is_time) for value in _reached(item, path))
    return [value for value in found if value is not None]


def _reached(value: Any, path: Sequence[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _reached(item, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _reached(value[path[0]], path[1:])


def _comparable(value: Any, is_time: bool) -> Any:
    """A value for comparison: a time, or the beginning of a date in UTC, as seconds since 1970; None for no value."""
    if not is_time:
        return value if isinstance(value, (bool, int, float, str)) else None
    try:
        instant = datetime.fromisoformat(value.upper())
    except (ValueError, AttributeError):
        return None
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp()


def _compares(value: Any, bound: Any, comparison: str) -> bool:
    """Whether two values compare; in JSON, a boolean, a number and a string never do."""
    if isinstance(value, bool) is not isinstance(bound, bool) or isinstance(value, str) is not isinstance(bound, str):
        return False
    return _RELATIONS[comparison](value, bound)

"""Records as a store holds them: their JSON text, and beside it the few values that queries look at."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from openapi.contract import JsonValue, Order

Record: TypeAlias = Mapping[str, JsonValue]
"""A record as its schema describes it. Nobody edits one: a change makes a new record."""

SortKey: TypeAlias = tuple[int, float | str] | tuple[()]
"""Orders what is missing or null before numbers, and numbers before texts; in order of creation all are ()."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Limits(NamedTuple):
    """Where a store changes its ways.

    From `indexed_from` records on it has indexes; below, a query looks through all, which takes 3 ms at the most. What
    is written stands beside the rest, where every query looks through it, until there are more than `written` rows of
    it, and more than one in `share` of all. Where that is enough to merge, up to `copied_to` records are copied in one
    piece: no other thread has its turn until it is done.
    """

    indexed_from: int = 20_000
    written: int = 8_000
    share: int = 64
    copied_to: int = 200_000


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class StoreRules:
    """What a store knows of its records.

    The key's field, what is unique together, by which fields they are filtered and searched, and their order.
    """

    key: str
    unique: tuple[tuple[str, ...], ...]
    filtered: tuple[str, ...]
    searched: tuple[str, ...]
    order: Order
    limits: Limits = LIMITS


class Stored(NamedTuple):
    """A record's key and its JSON text, which is what most answers are made of."""

    key: JsonValue
    encoded: bytes

    @property
    def record(self) -> Record:
        """The record itself, read from its text."""
        record: Record = json.loads(self.encoded)
        return record


class Row(NamedTuple):
    """A record with what would otherwise be looked up in it by every query.

    `number` counts the records of a store in order of creation. Of the rules' fields, in their order: `unique` has
    what no two records may have alike (None is like nothing else), `values` what is filtered, `texts` what is searched,
    casefolded and empty where there is nothing.
    """

    number: int
    sort_key: SortKey
    key: JsonValue
    encoded: bytes
    unique: tuple[Hashable, ...]
    values: tuple[JsonValue, ...]
    texts: tuple[str, ...]

    @property
    def rank(self) -> tuple[SortKey, int]:
        """What rows are ordered by; those that are alike stand in order of creation."""
        return self.sort_key, self.number

    @property
    def stored(self) -> Stored:
        """What others see of it."""
        return Stored(self.key, self.encoded)


def row_of(rules: StoreRules, record: Record, number: int) -> Row:
    """The row of a record. Raises KeyError where it has no key."""
    get, by = record.get, rules.order.by
    return Row(
        number,
        () if by is None else _sort_key(get(by)),
        record[rules.key],
        _encode(record).encode(),
        tuple([_unique([get(field) for field in fields]) for fields in rules.unique]),
        tuple([get(field) for field in rules.filtered]),
        tuple([_folded(get(field)) for field in rules.searched]),
    )


def is_equal(value: JsonValue, wanted: JsonValue) -> bool:
    """Whether `value` is `wanted`, or one of them; in JSON, unlike in Python, true is not 1."""
    if isinstance(wanted, list):
        return any(is_equal(value, one) for one in wanted)
    return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)


def _unique(values: list[Any]) -> Hashable:
    if None in values:
        return None
    # Most of what is unique is one text, which needs no other text to be compared.
    if len(values) == 1 and isinstance(values[0], str):
        return values[0]
    return tuple(json.dumps(value, sort_keys=True) for value in values)


def _folded(value: JsonValue) -> str:
    if value is None:
        return ""
    text = _text(value)
    folded = text.casefold()
    return text if folded == text else folded  # One text then serves as both.


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _sort_key(value: JsonValue) -> SortKey:
    if value is None:
        return (0, 0.0)
    if isinstance(value, int | float):
        return (1, value)
    return (2, _text(value))

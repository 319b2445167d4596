"""Records in a store: JSON text, and the few values that queries use."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from mock_server.store.comparisons import cell_of
from openapi.comparisons import ComparedField
from openapi.json_value import JsonValue
from openapi.keys import key_reader
from openapi.model.lists import Order

Record: TypeAlias = Mapping[str, JsonValue]
"""A record. Never modified: a change makes a new one."""

SortKey: TypeAlias = tuple[int, float | str] | tuple[()]
"""Orders missing and null before numbers, and numbers before strings; in order of creation all are ()."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _folded(value: JsonValue) -> str:
    if value is None:
        return ""
    text = _text(value)
    folded = text.casefold()
    return text if folded == text else folded  # One string then serves as both.


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class Limits(NamedTuple):
    """Thresholds of a store.

    From `indexed_from` records it builds indexes; below, a query scans all records in 3 ms at most. Written rows stay
    in the delta until there are more than `written` of them and more than one in `share` of all. A merge of up to
    `copied_to` records copies them in one piece, during which no other thread runs.
    """

    indexed_from: int = 20_000
    written: int = 8_000
    share: int = 64
    copied_to: int = 200_000


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class StoreRules:
    """The rules of a store: the key, unique combinations of fields, filters, searches, the order.

    `key` is the name of the key (`openapi.keys`).
    `filtered` are the fields of filters by equality, `compared` those of all others.
    A search finds a record if `wanted` of its text is part of `text_of` of a field. `encode` writes a record as JSON.
    """

    key: str
    unique: tuple[tuple[str, ...], ...]
    filtered: tuple[str, ...]
    searched: tuple[str, ...]
    order: Order
    limits: Limits = LIMITS
    wanted: Callable[[str], str] = str.casefold
    text_of: Callable[[JsonValue], str] = _folded
    encode: Callable[[Record], str] = _encode
    compared: tuple[ComparedField, ...] = ()


class Stored(NamedTuple):
    """A record's key and its JSON text, which most responses use."""

    key: JsonValue
    encoded: bytes

    @property
    def record(self) -> Record:
        """The record, parsed from its text."""
        record: Record = json.loads(self.encoded)
        return record


class StoreRow(NamedTuple):
    """A record with the values that queries need.

    `number` counts the records of a store in order of creation. `unique`, `values` and `texts` follow the fields of the
    rules: unique values (None equals nothing), filtered values and then the compared ones, and searched texts,
    casefolded and empty for null.
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
        """The sort key of rows; equal ones stay in order of creation."""
        return self.sort_key, self.number

    @property
    def stored(self) -> Stored:
        """The record for readers."""
        return Stored(self.key, self.encoded)


def row_of(rules: StoreRules, record: Record, number: int) -> StoreRow:
    """The row of a record. Raises KeyError if it has no key."""
    get, by = record.get, rules.order.by
    key = get(rules.key)
    if key is None:
        key = _joint_key(rules.key, record)
    values = tuple([get(field) for field in rules.filtered])
    if rules.compared:
        values += tuple([cell_of(field, record) for field in rules.compared])
    return StoreRow(
        number,
        () if by is None else _sort_key(get(by)),
        key,
        rules.encode(record).encode(),
        tuple([_unique([get(field) for field in fields]) for fields in rules.unique]),
        values,
        tuple([rules.text_of(get(field)) for field in rules.searched]),
    )


def _joint_key(name: str, record: Record) -> JsonValue:
    """The key of several fields, or null. Raises KeyError if the record lacks one of them."""
    key: JsonValue = key_reader(name)(record)
    if key is None and name not in record:
        raise KeyError(name)
    return key


def _unique(values: list[Any]) -> Hashable:
    if None in values:
        return None
    # Most unique values are a single string, which needs no encoding.
    if len(values) == 1 and isinstance(values[0], str):
        return values[0]
    return tuple(json.dumps(value, sort_keys=True) for value in values)


def without_nulls(record: Record) -> str:
    """A record as JSON, without the fields that are null."""
    return _encode({name: value for name, value in record.items() if value is not None})


def searching(match: str, ignores_case: bool) -> tuple[Callable[[str], str], Callable[[JsonValue], str]]:
    """`wanted` and `text_of` of a search for a part of a text, its beginning or the whole.

    Whole texts have marks at both ends. No text contains them: each is half of a surrogate pair.
    """
    start = "\ud800" if match != "part" else ""
    end = "\udfff" if match == "whole" else ""
    fold = str.casefold if ignores_case else str

    def wanted(text: str) -> str:
        return f"{start}{fold(text)}{end}" if text else ""

    def text_of(value: JsonValue) -> str:
        return "" if value is None else f"{start}{fold(_text(value))}{end}"

    return wanted, text_of


def _sort_key(value: JsonValue) -> SortKey:
    if value is None:
        return (0, 0.0)
    if isinstance(value, int | float):
        return (1, value)
    return (2, _text(value))

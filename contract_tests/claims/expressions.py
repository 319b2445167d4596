"""Builders of the expressions in claims; `evaluation` evaluates them over responses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from contract_tests.claims.evaluation import Expression
from openapi.json_value import JsonValue


class ResponsePart(Protocol):
    """Something from a response: the response itself, a record in it, a list in it."""

    @property
    def step(self) -> int:
        """The number of the response in the trace."""

    @property
    def at(self) -> str:
        """Where the record is in the response, as a JSON Pointer."""


def literal(value: JsonValue) -> Expression:
    """The value itself."""
    return ["literal", value]


def status(response: ResponsePart) -> Expression:
    """The status of a response."""
    return ["status", response.step]


def header(response: ResponsePart, name: str) -> Expression:
    """A header of a response; None if it is missing."""
    return ["header", response.step, name]


def typed(expression: Expression, types: Mapping[str, JsonValue]) -> Expression:
    """The value of a header's text, by a schema that has only types."""
    return ["as", expression, types]


def seconds(response: ResponsePart) -> Expression:
    """How long a response took."""
    return ["seconds", response.step]


def json(response: ResponsePart, pointer: str = "") -> Expression:
    """The value at a JSON Pointer in the record of a response; None if there is none."""
    return ["json", response.step, response.at + pointer]


def whole(response: ResponsePart, pointer: str = "") -> Expression:
    """The value at a JSON Pointer in a response's body; None if there is none."""
    return ["json", response.step, pointer]


def member(expression: Expression, name: str) -> Expression:
    """A field of an object."""
    return ["member", expression, name]


def without(expression: Expression, names: Sequence[str]) -> Expression:
    """An object without some of its fields."""
    return ["without", expression, literal(list(names))]


def merged(expression: Expression, changes: Mapping[str, JsonValue]) -> Expression:
    """An object with some fields changed."""
    return ["merge", expression, ["literal", dict(changes)]]


def keys(items: Expression, key: str) -> Expression:
    """The keys of a list of records."""
    return ["keys", items, key]


def all_of(parts: Sequence[Expression]) -> Expression:
    """A list of expressions."""
    return ["list", list(parts)]


def joined(parts: Sequence[Expression]) -> Expression:
    """Several lists, one after the other."""
    return ["joined", all_of(parts)]


def among(items: Expression, key: str, wanted: Expression) -> Expression:
    """Those records of a list whose keys are among `wanted`."""
    return ["among", items, key, wanted]


def kept(items: Expression, wanted: Expression) -> Expression:
    """Those of `items` that are among `wanted`."""
    return ["kept", items, wanted]


def sliced(items: Expression, start: int, stop: int) -> Expression:
    """The items from `start` up to `stop`."""
    return ["slice", items, start, stop]


def count(items: Expression) -> Expression:
    """How many items there are."""
    return ["count", items]


def pages(items: Expression, limit: int, least: int = 0) -> Expression:
    """How many pages of `limit` hold the items, a list or the number of them; at least `least`."""
    return ["pages", items, limit, least] if least else ["pages", items, limit]


def total(numbers: Sequence[Expression]) -> Expression:
    """The sum of numbers."""
    return ["sum", all_of(numbers)]


def instants(texts: Expression) -> Expression:
    """A list of date-times as seconds since 1970."""
    return ["instants", texts]


def ascending(values: Expression) -> Expression:
    """Numbers or strings, the smallest first."""
    return ["ascending", values]


def descending(values: Expression) -> Expression:
    """Numbers or strings, the greatest first."""
    return ["descending", values]


def containing(items: Expression, names: Sequence[str], text: str) -> Expression:
    """The records of a list with `text` in one of the fields `names`, ignoring case."""
    return ["containing", items, literal(list(names)), literal(text)]


def satisfying(
    items: Expression, path: Sequence[str], comparison: str, wanted: Sequence[JsonValue], is_time: bool
) -> Expression:
    """The records of a list whose value at `path` compares with one of `wanted`."""
    return ["satisfying", items, literal(list(path)), comparison, literal(list(wanted)), is_time]


def reached(items: Expression, path: Sequence[str], is_time: bool) -> Expression:
    """The values at `path` of the records of a list, for comparison; times are seconds since 1970."""
    return ["reached", items, literal(list(path)), is_time]


def link(header: Expression, relation: str) -> Expression:
    """The URL in a Link header with this relation, such as `next`; None if there is none."""
    return ["link", header, relation]


def parameter(url: Expression, name: str) -> Expression:
    """The value of a query parameter in a URL, a string; None if it has none."""
    return ["parameter", url, name]


def in_any_order(items: Expression) -> Expression:
    """The items, sorted, so that their order does not matter."""
    return ["sort", items]


def distinct(values: Expression) -> Expression:
    """The values of a list, each once, in the order of their first occurrence."""
    return ["distinct", values]


def picked(items: Expression, key: str, wanted: Expression) -> Expression:
    """The record in `items` with the key `wanted`; None if there is none."""
    return ["pick", items, key, wanted]


def instant(text: Expression) -> Expression:
    """A date-time as seconds since 1970; None if it is invalid."""
    return ["instant", text]


def words(text: Expression) -> Expression:
    """The words of a comma-separated header, in upper case, sorted."""
    return ["words", text]


def essence(text: Expression) -> Expression:
    """A media type without its parameters."""
    return ["essence", text]


def has(expression: Expression, name: str) -> Expression:
    """Whether an object has a field."""
    return ["has", expression, name]


def date(text: Expression) -> Expression:
    """An HTTP date as seconds since 1970; None if it is invalid."""
    return ["date", text]


def plus(number: Expression, more: float) -> Expression:
    """The sum of a number and `more`."""
    return ["plus", number, more]


def part(text: Expression, pattern: str) -> Expression:
    """The first matching group of `pattern` in a text, percent-decoded; None if nothing matches."""
    return ["part", text, pattern]


def shown(value: Expression) -> Expression:
    """A value as a string."""
    return ["shown", value]


def depends_on(expression: Expression, *responses: ResponsePart) -> Expression:
    """The same value, bound to `responses`: no reproduction leaves them out."""
    return ["given", expression, *(status(response) for response in responses)]

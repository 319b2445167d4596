"""The words in which properties speak of answers: each makes an expression of `evidence`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from contract_tests.claims.evaluation import Expression
from openapi.contract import JsonValue


class Seen(Protocol):
    """Whatever came with an answer: the answer, a record in it, a list in it."""

    @property
    def step(self) -> int:
        """The number of the answer in the trace."""


def literal(value: JsonValue) -> Expression:
    """The value itself."""
    return ["literal", value]


def status(answer: Seen) -> Expression:
    """The status of an answer."""
    return ["status", answer.step]


def header(answer: Seen, name: str) -> Expression:
    """A header field of an answer; None where it lacks it."""
    return ["header", answer.step, name]


def length(answer: Seen) -> Expression:
    """How many bytes the body of an answer has."""
    return ["length", answer.step]


def seconds(answer: Seen) -> Expression:
    """How long an answer took."""
    return ["seconds", answer.step]


def json(answer: Seen, pointer: str = "") -> Expression:
    """What stands at a JSON Pointer of an answer's body; None where nothing does."""
    return ["json", answer.step, pointer]


def member(expression: Expression, name: str) -> Expression:
    """A member of an object."""
    return ["member", expression, name]


def without(expression: Expression, names: Sequence[str]) -> Expression:
    """An object without some of its members."""
    return ["without", expression, literal(list(names))]


def merged(expression: Expression, changes: Mapping[str, JsonValue]) -> Expression:
    """An object with some members changed."""
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


def kept(items: Expression, wanted: Expression) -> Expression:
    """Those of `items` that are among `wanted`."""
    return ["kept", items, wanted]


def sliced(items: Expression, start: int, stop: int) -> Expression:
    """The items from `start` up to `stop`."""
    return ["slice", items, start, stop]


def count(items: Expression) -> Expression:
    """How many items there are."""
    return ["count", items]


def pages(items: Expression, limit: int) -> Expression:
    """How many pages of `limit` hold the items, a list or the number of them."""
    return ["pages", items, limit]


def total(numbers: Sequence[Expression]) -> Expression:
    """The sum of numbers."""
    return ["sum", all_of(numbers)]


def instants(texts: Expression) -> Expression:
    """The moments that a list of date-times names, in seconds."""
    return ["instants", texts]


def ascending(values: Expression) -> Expression:
    """Numbers or texts, the least first."""
    return ["ascending", values]


def descending(values: Expression) -> Expression:
    """Numbers or texts, the greatest first."""
    return ["descending", values]


def containing(items: Expression, names: Sequence[str], text: str) -> Expression:
    """Those records of a list in which any of the members `names` contains `text`, letter case aside."""
    return ["containing", items, literal(list(names)), literal(text)]


def in_any_order(items: Expression) -> Expression:
    """The items, sorted, so that their order doesn't count."""
    return ["sort", items]


def picked(items: Expression, key: str, wanted: Expression) -> Expression:
    """The record among `items` whose key is `wanted`; None where there is none."""
    return ["pick", items, key, wanted]


def instant(text: Expression) -> Expression:
    """The moment that a date-time names, in seconds; None where it is none."""
    return ["instant", text]


def words(text: Expression) -> Expression:
    """The words of a header that holds several, in capital letters, sorted."""
    return ["words", text]


def essence(text: Expression) -> Expression:
    """A media type without its parameters."""
    return ["essence", text]


def has(expression: Expression, name: str) -> Expression:
    """Whether an object has a member."""
    return ["has", expression, name]


def date(text: Expression) -> Expression:
    """The moment that a date in HTTP's form names, in seconds; None where it is none."""
    return ["date", text]


def plus(number: Expression, more: float) -> Expression:
    """A number, and so much more."""
    return ["plus", number, more]


def part(text: Expression, pattern: str) -> Expression:
    """What the first group of `pattern` that takes part holds of a text, percent-decoded; None where none does."""
    return ["part", text, pattern]


def shown(value: Expression) -> Expression:
    """A value as text."""
    return ["shown", value]


def depends_on(expression: Expression, *answers: Seen) -> Expression:
    """The same, which says something only after `answers`: no reproduction leaves them out."""
    return ["given", expression, *(status(answer) for answer in answers)]

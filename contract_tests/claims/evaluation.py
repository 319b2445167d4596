"""Claims: expressions over responses, evaluated in the same way by the check and by a replay of its findings.

An expression is JSON, so a report can contain it: `["status", 2]` is the status of the second response,
`["json", 2, "/total"]` a field of its body. A claim is `[relation, observed, expected]` with two expressions, or
`["where", one, other]` with two claims: if the first one holds, the second must hold too.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import unquote

from contract_tests.claims.comparing import satisfying, values_at
from contract_tests.claims.links import link_to, parameter_of
from openapi.coercion import read_header
from openapi.json_value import json_or_none, value_at
from openapi.keys import key_in
from openapi.media_types import essence

Expression = Sequence[Any]


class ResponseData(NamedTuple):
    """One response: its status, its headers by lower-case name, its body, and its time."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float = 0.0


class Verdict(NamedTuple):
    """Whether a claim holds, and the two values that it compared."""

    holds: bool
    observed: Any
    expected: Any


def judge(claim: Sequence[Any], responses: Mapping[int, ResponseData]) -> Verdict:
    """Whether `claim` holds for `responses`, which are by number. Raises LookupError for a missing response."""
    relation, observed, expected = claim
    if relation == "where":
        verdict = judge(expected, responses)
        return verdict if judge(observed, responses).holds else verdict._replace(holds=True)
    left, right = evaluate(observed, responses), evaluate(expected, responses)
    return Verdict(_RELATIONS[relation](left, right), left, right)


def evaluate(expression: Expression, responses: Mapping[int, ResponseData]) -> Any:
    """The value of `expression`; None if a response has no such part."""
    word, *rest = expression
    if word in _OF_RESPONSES:
        return _OF_RESPONSES[word](responses[rest[0]], *rest[1:])
    if word == "list":
        return [evaluate(part, responses) for part in rest[0]]
    if word == "literal":
        return rest[0]
    inner = evaluate(rest[0], responses)
    others = [evaluate(part, responses) if _is_expression(part) else part for part in rest[1:]]
    return _OF_VALUES[word](inner, *others)


def _is_expression(part: Any) -> bool:
    known = (*_OF_RESPONSES, *_OF_VALUES, "list", "literal")
    return isinstance(part, (list, tuple)) and len(part) > 1 and isinstance(part[0], str) and part[0] in known


def _json(response: ResponseData, pointer: str) -> Any:
    return value_at(json_or_none(response.body), pointer)


def _keys(items: Any, name: str) -> list[Any]:
    found = items if isinstance(items, list) else []
    return [_member(item, name) for item in found]


def _pick(items: Any, name: str, wanted: Any) -> Any:
    found = items if isinstance(items, list) else []
    return next((item for item in found if isinstance(item, dict) and _member(item, name) == wanted), None)


def _merged(value: Any, changes: Mapping[str, Any]) -> Any:
    return {**value, **changes} if isinstance(value, dict) else value


def _without(value: Any, names: Sequence[str]) -> Any:
    return {name: member for name, member in value.items() if name not in names} if isinstance(value, dict) else value


def _described(value: Any, shape: Mapping[str, Any]) -> Any:
    """A value without the fields that the document does not describe, by a shape of `response_conformance`."""
    if isinstance(value, list):
        return [_described(item, shape.get("items", {})) for item in value]
    if isinstance(value, dict) and "members" in shape:
        known = shape["members"]
        return {name: _described(member, known[name]) for name, member in value.items() if name in known}
    return value


def _member(value: Any, name: str) -> Any:
    """A field of an object, or a key of several fields (`openapi.keys`)."""
    if "{" in name:
        return key_in(value, name)
    return value.get(name) if isinstance(value, dict) else None


def _pages(items: Any, limit: int, least: int = 0) -> int | None:
    """How many pages of `limit` hold the items, a list or a number of items; at least `least`."""
    number = len(items) if isinstance(items, list) else items
    return max(least, math.ceil(number / limit)) if isinstance(number, (int, float)) else None


def _contains(item: Any, names: Sequence[str], text: str) -> bool:
    """Whether any of the fields `names` of a record contains `text`, ignoring case."""
    return any(text.casefold() in str(_member(item, name) or "").casefold() for name in names)


def instant(text: Any) -> float | None:
    """An RFC 3339 date-time as seconds since 1970; None for anything else."""
    try:
        time = datetime.fromisoformat(text.upper())
    except (ValueError, AttributeError):
        return None
    return time.timestamp() if time.tzinfo else None


def _date(text: Any) -> float | None:
    """An HTTP date (RFC 9110, section 5.6.7) as seconds since 1970; None for anything else."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, AttributeError):
        return None


def _part(text: Any, pattern: str) -> str | None:
    match = re.search(pattern, text) if isinstance(text, str) else None
    return next((unquote(group) for group in match.groups() if group), None) if match else None


_OF_RESPONSES: Mapping[str, Callable[..., Any]] = {
    "status": lambda response: response.status,
    "header": lambda response, name: response.headers.get(name.lower()),
    "json": _json,
    "seconds": lambda response: response.seconds,
    "text": lambda response: response.body.decode(errors="replace"),
}
_OF_VALUES: Mapping[str, Callable[..., Any]] = {
    "keys": _keys,
    "pick": _pick,
    "merge": _merged,
    "without": _without,
    "described": _described,
    "member": _member,
    "has": lambda value, name: isinstance(value, dict) and name in value,
    "slice": lambda items, start, stop: items[start:stop] if isinstance(items, list) else items,
    "count": lambda items: len(items) if isinstance(items, list) else None,
    "pages": _pages,
    "sum": lambda numbers: sum(one for one in numbers if isinstance(one, (int, float))),
    "instants": lambda texts: [instant(text) for text in texts],
    "ascending": lambda values: sorted(value for value in values if value is not None),
    "descending": lambda values: sorted((value for value in values if value is not None), reverse=True),
    "containing": lambda items, names, text: [item for item in items or () if _contains(item, names, text)],
    "sort": lambda items: sorted(items, key=json.dumps) if isinstance(items, list) else items,
    "satisfying": satisfying,
    "reached": lambda items, path, is_time: [one for item in items or () for one in values_at(item, path, is_time)],
    "distinct": lambda values: list({json.dumps(one, sort_keys=True): one for one in values or ()}.values()),
    "among": lambda items, name, keys: [item for item in items or () if _member(item, name) in (keys or ())],
    "kept": lambda items, wanted: [item for item in items if item in wanted] if isinstance(items, list) else items,
    "joined": lambda lists: [item for items in lists for item in items or ()],
    "link": link_to,
    "parameter": parameter_of,
    "instant": instant,
    "date": _date,
    "plus": lambda value, number: value + number if isinstance(value, (int, float)) else None,
    "part": _part,
    "shown": str,
    "given": lambda value, *_: value,
    "as": lambda text, types: read_header({}, types, text) if isinstance(text, str) else text,
    "words": lambda text: sorted(word.strip().upper() for word in (text or "").split(",") if word.strip()),
    "essence": lambda text: essence(text or ""),
    "class": lambda status: status // 100,
}


def _equal(left: Any, right: Any) -> bool:
    """Equality of JSON values: unlike in Python, true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_equal(left[name], right[name]) for name in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_equal, left, right))
    return bool(left == right)


def _ordered(left: Any, right: Any, step: Callable[[Any, Any], bool]) -> bool:
    try:
        return left is not None and right is not None and step(left, right)
    except TypeError:
        return False


_RELATIONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": _equal,
    "is not": lambda left, right: not _equal(left, right),
    "is one of": lambda left, right: any(_equal(left, one) for one in right),
    "holds": lambda left, right: any(_equal(one, right) for one in left or ()),
    "lacks": lambda left, right: not any(_equal(one, right) for one in left or ()),
    "is within": lambda left, right: all(any(_equal(one, other) for other in right) for one in left or ()),
    "is at least": lambda left, right: _ordered(left, right, lambda a, b: a >= b),
    "is at most": lambda left, right: _ordered(left, right, lambda a, b: a <= b),
    "is after": lambda left, right: _ordered(left, right, lambda a, b: a > b),
    "matches": lambda left, right: isinstance(left, str) and re.search(right, left) is not None,
    "keeps": lambda left, right: _keeps(left, *right),
}


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: not isinstance(value, bool) and isinstance(value, (int, float)) and value == int(value),
    "number": lambda value: not isinstance(value, bool) and isinstance(value, (int, float)),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
_DATE_TIME = r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[-+]\d\d:\d\d)\Z"
_KEYWORDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "type": lambda value, said: any(_TYPES[one](value) for one in ([said] if isinstance(said, str) else said)),
    "enum": lambda value, said: any(_equal(value, one) for one in said),
    "const": _equal,
    "required": lambda value, said: all(name in value for name in said),
    "pattern": lambda value, said: re.search(said, value) is not None,
    "format": lambda value, said: said != "date-time" or re.match(_DATE_TIME, value) is not None,
    "minLength": lambda value, said: len(value) >= said,
    "maxLength": lambda value, said: len(value) <= said,
    "minimum": lambda value, said: value >= said,
    "maximum": lambda value, said: value <= said,
    "minItems": lambda value, said: len(value) >= said,
    "maxItems": lambda value, said: len(value) <= said,
}


def _keeps(value: Any, keyword: str, said: Any) -> bool:
    """Whether `value` matches one keyword of JSON Schema, one of `_KEYWORDS`."""
    try:
        return _KEYWORDS[keyword](value, said)
    except (TypeError, AttributeError):
        return False


def references(expression: Any) -> set[int]:
    """The numbers of the responses that an expression or a claim refers to."""
    if not isinstance(expression, (list, tuple)) or not expression:
        return set()
    if isinstance(expression[0], str):
        if expression[0] == "literal":
            return set()
        if expression[0] in _OF_RESPONSES and len(expression) > 1 and isinstance(expression[1], int):
            return {expression[1]}
    return set().union(*map(references, expression))


def with_numbers(expression: Any, numbers: Mapping[int, int]) -> Any:
    """The same expression or claim with the numbers of its responses replaced."""
    if not isinstance(expression, (list, tuple)) or not expression:
        return expression
    if isinstance(expression[0], str):
        if expression[0] == "literal":
            return expression
        if expression[0] in _OF_RESPONSES and len(expression) > 1 and isinstance(expression[1], int):
            return [expression[0], numbers[expression[1]], *expression[2:]]
    return [with_numbers(part, numbers) for part in expression]


def known_keyword(keyword: str) -> bool:
    """Whether the relation `keeps` supports the keyword."""
    return keyword in _KEYWORDS

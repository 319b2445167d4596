"""JSON texts, read strictly (RFC 8259), every fault named with its place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from openapi.contract import JsonValue
from openapi.pointers import join

DEEPEST = 100
"""How many levels of arrays and objects a text may have (RFC 8259, section 9, allows a limit)."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BRACKETS = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")

JsonProblem: TypeAlias = tuple[str, str]
"""The JSON Pointer of what is wrong ('' where the text has no value yet), and what is wrong with it."""


class NotJsonError(ValueError):
    """A text that is not JSON, or JSON that two readers may understand differently, with every fault that was found."""

    def __init__(self, faults: list[JsonProblem]) -> None:
        super().__init__("; ".join(message for _, message in faults))
        self.faults = faults


class _Wrong(NamedTuple):
    """Stands in a value for what JSON can't say."""

    message: str


class _Members(list[tuple[str, JsonValue]]):
    """The members of an object as they were written, repeated names and all."""


class _SuspectError(ValueError):
    """There is something in the text that the careful reading must look at."""


def read_json(body: bytes) -> JsonValue:
    """The value that `body` says.

    Raises NotJsonError for bytes that are no UTF-8 or start with a byte order mark (RFC 8259, section 8.1, lets a
    reader refuse it), for what is no JSON, and for what can't be kept or sent back as it came: repeated names, lone
    surrogates, numbers beyond a double or of more digits than Python converts, more than `DEEPEST` levels.
    """
    text = _decode(body)
    _check_depth(text)
    try:
        value = _QUICK.decode(text)
    except json.JSONDecodeError as error:
        raise _fault(f"{error.msg[:1].lower()}{error.msg[1:]}", text, error.pos) from None
    except ValueError:
        return _read_carefully(text)
    return _read_carefully(text) if _SURROGATE_ESCAPE.search(text) else value


def _decode(body: bytes) -> str:
    if body.startswith(_BYTE_ORDER_MARK):
        raise NotJsonError([("", "got a byte order mark (EF BB BF) at the start; send the body without it")])
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        before = body[: error.start].decode()
        message = f"byte {body[error.start]:02X} is no UTF-8; send the body as UTF-8"
        raise _fault(message, before, len(before)) from None


def _check_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= DEEPEST:
        return
    depth = 0
    for match in _BRACKETS.finditer(text):
        if match[0] in "[{":
            depth += 1
        elif match[0] in "]}":
            depth -= 1
        if depth > DEEPEST:
            raise _fault(f"more than {DEEPEST} levels of arrays and objects; send fewer", text, match.start())


def _fault(message: str, text: str, position: int) -> NotJsonError:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return NotJsonError([("", f"no JSON that can be read: line {line}, column {column}: {message}")])


def _members(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _SuspectError
    return members


def _number(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise _SuspectError
    return number


def _constant(name: str) -> JsonValue:
    raise _SuspectError(name)


def _careful_number(text: str) -> float | _Wrong:
    try:
        return _number(text)
    except _SuspectError:
        return _Wrong(f"got {_short(text)}; at most about 1.8e308 is allowed")


def _careful_integer(text: str) -> int | _Wrong:
    try:
        return int(text)
    except ValueError:
        return _Wrong(f"got an integer of {len(text.lstrip('-'))} digits; at most 4300 are allowed")


def _careful_constant(name: str) -> _Wrong:
    return _Wrong(f"got {name}, which is no JSON; write a number or null")


_QUICK = json.JSONDecoder(object_pairs_hook=_members, parse_float=_number, parse_constant=_constant)
_CAREFUL = json.JSONDecoder(
    object_pairs_hook=_Members,
    parse_float=_careful_number,
    parse_int=_careful_integer,
    parse_constant=_careful_constant,
)


def _read_carefully(text: str) -> JsonValue:
    faults: list[JsonProblem] = []
    value = _checked(_CAREFUL.decode(text), "", faults)
    if faults:
        raise NotJsonError(faults)
    return value


def _checked(value: JsonValue, pointer: str, faults: list[JsonProblem]) -> JsonValue:
    if isinstance(value, _Wrong):
        faults.append((pointer, value.message))
    elif isinstance(value, _Members):
        faults.extend(_faults_of_names(value, pointer))
        return {name: _checked(member, _below(pointer, name), faults) for name, member in value}
    elif isinstance(value, list):
        return [_checked(item, join(pointer, index), faults) for index, item in enumerate(value)]
    elif isinstance(value, str) and _SURROGATE.search(value):
        faults.append(
            (pointer, f"got {_short(ascii(value))}, which holds half a surrogate pair; write whole characters")
        )
    return value


def _faults_of_names(members: _Members, pointer: str) -> Iterator[JsonProblem]:
    seen: set[str] = set()
    for name, _ in members:
        if _SURROGATE.search(name):
            yield (
                pointer,
                f"got the name {_short(ascii(name))}, which holds half a surrogate pair; write whole characters",
            )
        elif name in seen:
            yield join(pointer, name), f"got the name {_short(json.dumps(name))} more than once; write it once"
        seen.add(name)


def _below(pointer: str, name: str) -> str:
    return join(pointer, name.encode(errors="replace").decode())


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."

"""JSON read strictly (RFC 8259): request bodies and files of records, with every problem at its place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from openapi.pointers import join

DEEPEST = 100
"""How many levels of arrays and objects a text may have (RFC 8259, section 9, allows a limit)."""

_MOST_DIGITS = 4300
"""How many digits of an integer Python converts."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_STRING = r'"(?:[^"\\]++|\\.)*+"'
_BRACKETS = re.compile(rf"{_STRING}|[\[\]{{}}]", re.DOTALL)
_TOKENS = re.compile(rf"{_STRING}|[\[\]{{}}:,]|[^\s\[\]{{}}:,\"]++", re.DOTALL)
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SYNTAX = {
    "Expecting value": "expected a value",
    "Expecting ',' delimiter": "expected a comma",
    "Expecting ':' delimiter": "expected a colon",
    "Expecting property name enclosed in double quotes": "expected a property name in double quotes",
    "Extra data": "unexpected text after the value",
    "Unterminated string starting at": "this string has no closing quote",
    "Invalid control character at": "unescaped control character in a string",
}


class JsonProblem(NamedTuple):
    """One problem of a JSON text: what is wrong and what to write instead.

    `pointer` is the JSON Pointer of the value; None if the text is not JSON. `line` and `column` (in
    characters) start at 1.
    """

    pointer: str | None
    line: int
    column: int
    problem: str
    advice: str


class NotJsonError(ValueError):
    """A text that is not JSON, or JSON that two readers may understand differently. `problems` has at least one."""

    def __init__(self, problems: list[JsonProblem]) -> None:
        super().__init__("; ".join(problem.problem for problem in problems))
        self.problems = problems


class _SuspectError(ValueError):
    """The text has a problem that only `_Inspection` can name and locate."""


def read_json(data: bytes) -> Any:
    """The value of the JSON text `data`.

    Raises NotJsonError for bytes that are not UTF-8 or start with a byte order mark (RFC 8259, section 8.1, lets a
    reader refuse it), and as `parse_json` does.
    """
    if data.startswith(_BYTE_ORDER_MARK):
        raise NotJsonError([JsonProblem(None, 1, 1, "byte order mark (EF BB BF) at the start", "remove it")])
    return parse_json(decode_utf8(data))


def decode_utf8(data: bytes) -> str:
    """The text of `data`, without a byte order mark. Raises NotJsonError for bytes that are not UTF-8."""
    try:
        return data.removeprefix(_BYTE_ORDER_MARK).decode()
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()
        wrong = f"byte {error.object[error.start]:02X} is not UTF-8"
        raise _not_json(wrong, "encode the text as UTF-8", before, len(before)) from None


def parse_json(text: str) -> Any:
    """The value of the JSON `text`.

    Raises NotJsonError for a text that is not JSON, and for what can't be stored or returned unchanged: repeated names,
    lone surrogates, numbers beyond a double or of more digits than Python converts, more than `DEEPEST` levels.
    """
    check_depth(text)
    value = None
    try:
        value = _decode(text)
        if _SURROGATE_ESCAPE.search(text) is None:
            return value
    except json.JSONDecodeError as error:
        raise _not_json(_SYNTAX.get(error.msg, error.msg), "correct the JSON there", text, error.pos) from None
    except ValueError:
        _check_syntax(text)
    problems = list(_Inspection(text).problems_of("", None))
    if problems:
        raise NotJsonError(problems)
    return value


def check_depth(text: str) -> None:
    """Raise NotJsonError for a text with more than `DEEPEST` levels."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return
    depth = 0
    for match in _BRACKETS.finditer(text):
        if match[0] in "[{":
            depth += 1
        elif match[0] in "]}":
            depth -= 1
        if depth > DEEPEST:
            problem = f"more than {DEEPEST} levels of arrays and objects"
            raise _not_json(problem, "use fewer levels", text, match.start())


def _check_syntax(text: str) -> None:
    """Raise NotJsonError if `text` is not JSON; the strict decoder may have stopped earlier, for another reason."""
    try:
        json.loads(text, parse_int=str)
    except json.JSONDecodeError as error:
        raise _not_json(_SYNTAX.get(error.msg, error.msg), "correct the JSON there", text, error.pos) from None


def _not_json(problem: str, advice: str, text: str, position: int) -> NotJsonError:
    return NotJsonError([JsonProblem(None, *_place(text, position), problem, advice)])


def _place(text: str, position: int) -> tuple[int, int]:
    """The line and the column of a position in `text`."""
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _SuspectError
    return members


def _number(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise _SuspectError
    return number


def _constant(name: str) -> Any:
    raise _SuspectError(name)


_decode = json.JSONDecoder(object_pairs_hook=_members, parse_float=_number, parse_constant=_constant).decode


class _Inspection:
    """Goes through a text with valid JSON syntax, token by token, and finds forbidden values."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _TOKENS.finditer(text)

    def problems_of(self, pointer: str, token: re.Match[str] | None) -> Iterator[JsonProblem]:
        """The problems of the value that starts with `token` (None: with the next one)."""
        token = token or next(self._tokens)
        if token[0] == "{":
            yield from self._of_members(pointer)
        elif token[0] == "[":
            yield from self._of_items(pointer)
        elif token[0].startswith('"'):
            if _SURROGATE.search(json.loads(token[0])):
                yield self._surrogate(pointer, token)
        elif token[0] not in ("true", "false", "null"):
            yield from self._of_number(pointer, token)

    def _of_items(self, pointer: str) -> Iterator[JsonProblem]:
        index = 0
        for token in self._tokens:
            if token[0] == "]":
                return
            if token[0] != ",":
                yield from self.problems_of(join(pointer, index), token)
                index += 1

    def _of_members(self, pointer: str) -> Iterator[JsonProblem]:
        seen: set[str] = set()
        for token in self._tokens:
            if token[0] == "}":
                return
            if token[0] == ",":
                continue
            name = json.loads(token[0])
            inner = join(pointer, name.encode(errors="replace").decode())
            if _SURROGATE.search(name):
                yield self._surrogate(pointer, token)
            elif name in seen:
                yield self._problem(inner, token, f"the name {_short(token[0])} is repeated", "use each name once")
            seen.add(name)
            next(self._tokens)  # the colon
            yield from self.problems_of(inner, None)

    def _of_number(self, pointer: str, token: re.Match[str]) -> Iterator[JsonProblem]:
        text = token[0]
        if text in ("NaN", "Infinity", "-Infinity"):
            yield self._problem(pointer, token, f"{text} is not JSON", "write a number or null")
        elif not text.lstrip("-").isdecimal():
            if float(text) in (float("inf"), float("-inf")):
                yield self._problem(pointer, token, f"{_short(text)} is too large", "write a number up to 1.8e308")
        elif len(text.lstrip("-")) > _MOST_DIGITS:
            problem = f"integer of {len(text.lstrip('-'))} digits"
            yield self._problem(pointer, token, problem, f"write at most {_MOST_DIGITS} digits")

    def _surrogate(self, pointer: str, token: re.Match[str]) -> JsonProblem:
        return self._problem(pointer, token, f"{_short(token[0])} has half a surrogate pair", "write whole characters")

    def _problem(self, pointer: str, token: re.Match[str], problem: str, advice: str) -> JsonProblem:
        return JsonProblem(pointer, *_place(self._text, token.start()), problem, advice)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."

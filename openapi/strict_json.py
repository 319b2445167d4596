"""JSON read strictly (RFC 8259): request bodies, files of records, documents. Every problem has its position."""

from __future__ import annotations

import json
import re
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
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_NAMED = {"true": True, "false": False, "null": None}
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
    characters) start at 1. `tolerance` says what a tolerant reader reads; empty if it must refuse the text.
    """

    pointer: str | None
    line: int
    column: int
    problem: str
    advice: str
    tolerance: str = ""


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


def parse_json(text: str, tolerated: list[JsonProblem] | None = None) -> Any:
    """The value of the JSON `text`.

    Raises NotJsonError for a text that is not JSON, and for what can't be stored or returned unchanged: repeated names,
    lone surrogates, numbers beyond a double or of more digits than Python converts, more than `DEEPEST` levels.
    A caller that gives `tolerated` gets repeated names and lone surrogates in that list instead.
    """
    try:
        value = _decode(text)
        if _SURROGATE_ESCAPE.search(text) is None and not _is_too_deep(text, value):
            return value
    except json.JSONDecodeError as error:
        raise _not_json(_SYNTAX.get(error.msg, error.msg), "correct the JSON there", text, error.pos) from None
    except (ValueError, RecursionError):
        _check_syntax(text)
    check_depth(text)
    inspection = _Inspection(text)
    value = inspection.value("", None)
    if tolerated is None or not all(problem.tolerance for problem in inspection.problems):
        if inspection.problems:
            raise NotJsonError(inspection.problems)
        return value
    tolerated += inspection.problems
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


def _is_too_deep(text: str, value: Any) -> bool:
    """Whether the value of `text` has more than `DEEPEST` levels. Faster than `check_depth` for a long text."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return False
    level: list[Any] = [[value]]
    for _ in range(DEEPEST + 1):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _check_syntax(text: str) -> None:
    """Raise NotJsonError if `text` is not JSON; the strict decoder may have stopped earlier, for another reason."""
    try:
        json.loads(text, parse_int=str)
    except RecursionError:
        return  # `check_depth` refuses it.
    except json.JSONDecodeError as error:
        raise _not_json(_SYNTAX.get(error.msg, error.msg), "correct the JSON there", text, error.pos) from None


def _not_json(problem: str, advice: str, text: str, index: int) -> NotJsonError:
    return NotJsonError([JsonProblem(None, *_position(text, index), problem, advice)])


def _position(text: str, index: int) -> tuple[int, int]:
    """The line and the column of a character of `text`."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def _fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _SuspectError
    return fields


def _number(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise _SuspectError
    return number


def _constant(name: str) -> Any:
    raise _SuspectError(name)


_decode = json.JSONDecoder(object_pairs_hook=_fields, parse_float=_number, parse_constant=_constant).decode


class _Inspection:
    """Reads a text with valid JSON syntax, token by token, and finds what a strict reader refuses: `problems`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _TOKENS.finditer(text)
        self.problems: list[JsonProblem] = []

    def value(self, pointer: str, token: re.Match[str] | None) -> Any:
        """The value that starts with `token` (None: with the next one)."""
        token = token or next(self._tokens)
        if token[0] == "{":
            return self._object(pointer)
        if token[0] == "[":
            return self._array(pointer)
        if token[0].startswith('"'):
            return self._string(pointer, token)
        return _NAMED[token[0]] if token[0] in _NAMED else self._number(pointer, token)

    def _array(self, pointer: str) -> list[Any]:
        items: list[Any] = []
        for token in self._tokens:
            if token[0] == "]":
                break
            if token[0] != ",":
                items.append(self.value(join(pointer, len(items)), token))
        return items

    def _object(self, pointer: str) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for token in self._tokens:
            if token[0] == "}":
                break
            if token[0] == ",":
                continue
            name = self._string(pointer, token)
            inner = join(pointer, name)
            if name in fields:
                problem = f"the name {_short(token[0])} is repeated"
                self._refuse(inner, token, problem, "use each name once", "the last one counts")
            next(self._tokens)  # the colon
            fields[name] = self.value(inner, None)
        return fields

    def _string(self, pointer: str, token: re.Match[str]) -> str:
        text: str = json.loads(token[0])
        if _SURROGATE.search(text) is None:
            return text
        text = _SURROGATE.sub(_REPLACEMENT, text)
        problem = f"{_short(token[0])} has half a surrogate pair"
        self._refuse(pointer, token, problem, "write whole characters", f"{_REPLACEMENT} replaces it")
        return text

    def _number(self, pointer: str, token: re.Match[str]) -> float | None:
        text, digits = token[0], token[0].lstrip("-")
        if text in ("NaN", "Infinity", "-Infinity"):
            self._refuse(pointer, token, f"{text} is not JSON", "write a number or null")
        elif digits.isdecimal():
            if len(digits) <= _MOST_DIGITS:
                return int(text)
            self._refuse(pointer, token, f"integer of {len(digits)} digits", f"write at most {_MOST_DIGITS} digits")
        elif float(text) in (float("inf"), float("-inf")):
            self._refuse(pointer, token, f"{_short(text)} is too large", "write a number up to 1.8e308")
        else:
            return float(text)
        return None

    def _refuse(self, pointer: str, token: re.Match[str], problem: str, advice: str, tolerance: str = "") -> None:
        position = _position(self._text, token.start())
        self.problems.append(JsonProblem(pointer, *position, problem, advice, tolerance))


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."

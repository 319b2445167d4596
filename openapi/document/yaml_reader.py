"""YAML to its nodes, with their lines, and to plain values.

YAML is read by the rules of OpenAPI (OAS 3.1.1, section 4.2: the JSON schema of YAML 1.2): `no` is a string
and `2026-01-10` is not a date.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import yaml

from openapi.errors import Problem, Severity, SpecError
from openapi.pointers import from_tokens
from openapi.strict_json import DEEPEST

MOST_DIGITS = 300
"""How many digits an integer may have: others can't be compared with a double."""

_MOST_NODES = 1_000_000
_SUSPICIOUS_DEPTH = 500
_BRACKETS = re.compile(r"[\[\]{}]")
_NESTED_IN_A_LINE = re.compile(rf"(?:[-?:][ \t]+){{{_SUSPICIOUS_DEPTH}}}")


class _Untyped:
    """Infers no types: every tag in the nodes is one that the author wrote."""

    def resolve(self, _kind: Any, _value: Any, _implicit: Any) -> str:
        """No tag for any node."""
        return ""


class _ThoroughLoader(_Untyped, yaml.SafeLoader):
    """Written in Python: it knows the column of each error, and reads JSON's escaped surrogates."""


_QuickLoader: Any = type("_QuickLoader", (_Untyped, getattr(yaml, "CSafeLoader", yaml.SafeLoader)), {})
"""libyaml, if PyYAML is built with it: ten times as fast."""


def _may_be_deep(text: str) -> bool:
    """Whether a YAML text may have more than some hundred levels on one line, or in brackets on several."""
    depth = 0
    for bracket in _BRACKETS.findall(text):
        depth += 1 if bracket in "[{" else -1
        if depth > _SUSPICIOUS_DEPTH:
            return True
    return _NESTED_IN_A_LINE.search(text) is not None


def compose(file: Path, text: str) -> yaml.Node | None:
    """The nodes of `text`; None if it is empty. Raises SpecError."""
    try:
        root: yaml.Node | None
        try:
            # libyaml has no limit, and nesting that exhausts the stack ends the process.
            root = yaml.compose(text, Loader=_ThoroughLoader if _may_be_deep(text) else _QuickLoader)
        except yaml.YAMLError:
            root = yaml.compose(text, Loader=_ThoroughLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        column = f", column {mark.column + 1}" if mark else ""
        problem, advice = _yaml_problem(str(error.problem or error.context))
        line = mark.line + 1 if mark else None
        raise SpecError(file, line, "", f"is not YAML ({problem}{column})", advice) from None
    except yaml.YAMLError as error:
        problem = f"is not YAML ({str(error).splitlines()[0]})"
        raise SpecError(file, None, "", problem, "save it as plain UTF-8 text") from None
    except RecursionError:
        raise _too_deep(file, text) from None
    return root


def _too_deep(file: Path, text: str) -> SpecError:
    """The error for YAML that is nested too deeply, with the line where it is."""
    return SpecError(file, _deep_line(text), "", "is nested too deeply", f"use at most {DEEPEST} levels")


def _deep_line(text: str) -> int | None:
    """The line where YAML is nested too deeply. Its events come one by one, without recursion."""
    depth = 0
    for event in yaml.parse(text, Loader=_ThoroughLoader):
        starts = isinstance(event, yaml.CollectionStartEvent)
        depth += 1 if starts else -isinstance(event, yaml.CollectionEndEvent)
        if starts and depth > DEEPEST and event.start_mark is not None:
            return event.start_mark.line + 1
    return None


def line_of(node: yaml.Node | None, tokens: list[str]) -> int:
    """The line (from 1) of what `tokens` name below `node`, or of its nearest existing ancestor."""
    if node is None:
        return 1
    line: int = node.start_mark.line + 1
    for token in tokens:
        inner = None
        if isinstance(node, yaml.MappingNode):
            pairs = [pair for pair in node.value if _joined_surrogates(str(pair[0].value)) == token]
            if pairs:
                line, inner = pairs[-1][0].start_mark.line + 1, pairs[-1][1]
        elif isinstance(node, yaml.SequenceNode) and token.isdecimal() and int(token) < len(node.value):
            inner = node.value[int(token)]
            line = inner.start_mark.line + 1
        if inner is None:
            break
        node = inner
    return line


class YamlReading:
    """One pass over a YAML node graph: its value, and what YAML allows but a contract doesn't."""

    def __init__(self, file: Path, root: yaml.Node | None) -> None:
        self._file = file
        self._root = root
        self._open: set[int] = set()
        self._tokens: list[str | int] = []
        self._count = 0
        self.warnings: list[Problem] = []

    def value(self, node: yaml.Node | None) -> Any:
        """The value of `node`, which is at the tokens."""
        self._count += 1
        if self._count > _MOST_NODES:
            raise self._fail(f"expands to more than {_MOST_NODES:,} nodes", "use fewer aliases, or split it into files")
        if node is None:
            return None
        if node.tag and node.tag != "tag:yaml.org,2002:str":
            self._warn(
                f"has the tag {node.tag.replace('tag:yaml.org,2002:', '!!')}, which is ignored", "remove the tag"
            )
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if id(node) in self._open:
            raise self._fail("contains itself by an alias", "use $ref for recursion")
        if len(self._open) == DEEPEST:
            del self._tokens[12:]
            raise self._fail("is nested too deeply", f"use at most {DEEPEST} levels")
        self._open.add(id(node))
        value = self._mapping(node) if isinstance(node, yaml.MappingNode) else self._sequence(node)
        self._open.discard(id(node))
        return value

    def _below(self, token: str | int, node: yaml.Node) -> Any:
        self._tokens.append(token)
        value = self.value(node)
        self._tokens.pop()
        return value

    def _sequence(self, node: yaml.Node) -> list[Any]:
        return [self._below(index, item) for index, item in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        value: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, item in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._fail("has a key that is not a plain string", "use a string as the key")
            key = _joined_surrogates(key_node.value)
            if key == "<<" and not key_node.style:
                self._warn("uses the merge key <<, which YAML 1.2 does not have; it is merged", "use $ref or allOf")
                found = self._below(key, item)
                for one in found if isinstance(found, list) else [found]:
                    merged = {**(one if isinstance(one, dict) else {}), **merged}
                continue
            if key in value:
                self._tokens.append(key)
                self._warn("is repeated; the last one counts", "keep one of the two")
                self._tokens.pop()
            value[key] = self._below(key, item)
        return {**merged, **value}

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        text: str = node.value
        if node.style or node.tag:
            return _joined_surrogates(text)
        value = plain_scalar(text)
        if value is _TOO_LARGE:
            raise self._fail("is a number too large to compute with", "write a smaller one, or quote the string")
        return value

    def _fail(self, problem: str, advice: str) -> SpecError:
        return SpecError(self._file, self._line(), from_tokens(self._tokens), problem, advice)

    def _warn(self, problem: str, advice: str) -> None:
        pointer = from_tokens(self._tokens)
        self.warnings.append(Problem(Severity.WARNING, self._file, self._line(), pointer, problem, advice))

    def _line(self) -> int:
        return line_of(self._root, [str(token) for token in self._tokens])


def yaml_value(file: Path, text: str) -> Any:
    """The value of a YAML `text` of `file`; lines are counted within the text. Raises SpecError."""
    root = compose(file, text)
    return YamlReading(file, root).value(root)


def _yaml_problem(problem: str) -> tuple[str, str]:
    """PyYAML's words for a problem, and what to write instead."""
    if "\\t" in problem:
        return "a tab where a token should begin", "indent with spaces"
    if "undefined alias" in problem:
        return problem, "define the anchor above it, or quote a string that begins with *"
    if "mapping values are not allowed" in problem:
        return problem, "quote a string that has a colon, and check the indentation"
    return problem, "correct it there, or check the indentation and the quotes just above"


def _joined_surrogates(text: str) -> str:
    """`text` with each pair of surrogates as the one character that it encodes.

    JSON escapes a character past U+FFFF as two surrogates (RFC 8259, section 7), which PyYAML leaves apart.
    """
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS = {"": None, "null": None, "~": None, "true": True, "false": False}
_TOO_LARGE = object()


def plain_scalar(text: str) -> Any:
    """The value of an unquoted scalar (YAML 1.2, section 10.2); _TOO_LARGE for a number that JSON readers can't share.

    null, true, false and decimal numbers are read as such, `~` and an empty scalar as null, the rest as text.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "-+.0123456789":
        return text
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) <= MOST_DIGITS else _TOO_LARGE
    if _FLOAT.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else _TOO_LARGE
    return text

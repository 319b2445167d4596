"""YAML or JSON bytes to a plain value, with the line of every node.

YAML is read by the rules that OpenAPI asks for (OAS 3.1.0, section 4.2: the JSON schema of YAML 1.2): `no` is a text
and `2026-01-10` is no date.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from openapi.errors import SpecError
from openapi.pointers import ancestors, from_tokens, join, split

_MOST_NODES = 1_000_000
_DEEPEST = 100
_MOST_DIGITS = 300
# In JSON these can only stand in a text. YAML refuses them there, or takes them for the end of a line.
_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its value and the line of each node by JSON Pointer.

    The value is made of dict, list, str, int, float, bool and None.
    """

    file: Path
    value: Any
    lines: Mapping[str, int]

    def line_of(self, pointer: str) -> int:
        """The line (from 1) of the node at `pointer`, or of its nearest ancestor that has one."""
        return next((self.lines[above] for above in ancestors(pointer) if above in self.lines), 1)


def read_source(file: Path) -> Source:
    """The YAML or JSON file `file`. Raises SpecError where it can't be read or is neither."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SpecError(file, None, "", f"can't be read ({error.strerror})", "name a file that exists") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problem = f"holds the byte 0x{error.object[error.start]:02x}, which is not UTF-8"
        raise SpecError(file, line, "", problem, "save the file as UTF-8") from None
    if file.suffix == ".json":
        text = _checked_json(file, text)
    return _Reading(file).read(text)


def _checked_json(file: Path, text: str) -> str:
    """`text`, once it is sure to be JSON, with what YAML reads otherwise replaced by what says the same to both."""
    try:
        json.loads(text, parse_int=str, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        problem = f"is not JSON ({error.msg}, column {error.colno})"
        raise SpecError(file, error.lineno, "", problem, "mend it there") from None
    except ValueError as error:
        raise SpecError(file, None, "", f"is not JSON ({error})", "write a number, a text or null") from None
    except RecursionError:
        raise SpecError(file, None, "", "is nested too deeply", f"keep to {_DEEPEST} levels") from None
    return _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", text.replace("\t", " "))


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")


class _Untyped:
    """Guesses no types: a tag in the nodes is one that the author wrote."""

    def resolve(self, _kind: Any, _value: Any, _implicit: Any) -> str:
        """No tag, whatever the node looks like."""
        return ""


class _ThoroughLoader(_Untyped, yaml.SafeLoader):
    """Written in Python: it knows the column of each error, and reads JSON's escaped surrogates."""


_QuickLoader: Any = type("_QuickLoader", (_Untyped, getattr(yaml, "CSafeLoader", yaml.SafeLoader)), {})
"""libyaml, where PyYAML is built with it: ten times as fast."""


def _composed(text: str) -> yaml.Node | None:
    """The nodes of `text`, None where it is empty. Raises yaml.YAMLError and RecursionError."""
    try:
        root: yaml.Node | None = yaml.compose(text, Loader=_QuickLoader)
    except yaml.YAMLError:
        root = yaml.compose(text, Loader=_ThoroughLoader)
    return root


class _Reading:
    """One pass over a YAML node graph: values, lines, and what YAML allows but a contract doesn't."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lines: dict[str, int] = {}
        self._open: set[int] = set()

    def read(self, text: str) -> Source:
        try:
            root = _composed(text)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = f", column {mark.column + 1}" if mark else ""
            problem, advice = _yaml_problem(str(error.problem or error.context))
            line = mark.line + 1 if mark else None
            raise SpecError(self._file, line, "", f"is not YAML ({problem}{place})", advice) from None
        except yaml.YAMLError as error:
            problem = f"is not YAML ({str(error).splitlines()[0]})"
            raise SpecError(self._file, None, "", problem, "save it as plain UTF-8 text") from None
        except RecursionError:
            raise SpecError(self._file, None, "", "is nested too deeply", f"keep to {_DEEPEST} levels") from None
        if root is None:
            raise SpecError(self._file, 1, "", "is empty", "write an OpenAPI 3.1 document")
        return Source(self._file, self._value(root, ""), self._lines)

    def _value(self, node: yaml.Node, pointer: str) -> Any:
        self._lines.setdefault(pointer, node.start_mark.line + 1)
        if len(self._lines) > _MOST_NODES:
            raise self._fail(pointer, f"makes more than {_MOST_NODES:,} nodes", "use fewer aliases")
        if node.tag:
            shown = node.tag.replace("tag:yaml.org,2002:", "!!")
            raise self._fail(pointer, f"has the tag {shown}", "leave the tag out; put a text in quotes")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, pointer)
        if id(node) in self._open:
            raise self._fail(pointer, "holds itself by an alias", "use $ref for what is recursive")
        if len(self._open) == _DEEPEST:
            raise self._fail(from_tokens(split(pointer)[:12]), "is nested too deeply", f"keep to {_DEEPEST} levels")
        self._open.add(id(node))
        value = self._mapping(node, pointer) if isinstance(node, yaml.MappingNode) else self._sequence(node, pointer)
        self._open.discard(id(node))
        return value

    def _sequence(self, node: yaml.Node, pointer: str) -> list[Any]:
        return [self._value(item, join(pointer, index)) for index, item in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode, pointer: str) -> dict[str, Any]:
        value: dict[str, Any] = {}
        for key_node, item in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag:
                raise self._fail(pointer, "has a key that is no plain text", "use a text as the key")
            if key_node.value == "<<" and not key_node.style:
                raise self._fail(pointer, "uses the merge key <<, which OpenAPI does not have", "use $ref or allOf")
            key = _joined_surrogates(key_node.value)
            self._lines[join(pointer, key)] = key_node.start_mark.line + 1
            if key in value:
                raise self._fail(join(pointer, key), "is there twice", "keep one of the two")
            value[key] = self._value(item, join(pointer, key))
        return value

    def _scalar(self, node: yaml.ScalarNode, pointer: str) -> Any:
        text: str = node.value
        if node.style:
            return _joined_surrogates(text)
        value = _plain_scalar(text)
        if value is _TOO_LARGE:
            raise self._fail(pointer, "is a number too large to compute with", "write a smaller one, or quote the text")
        return value

    def _fail(self, pointer: str, problem: str, advice: str) -> SpecError:
        line = next((self._lines[above] for above in ancestors(pointer) if above in self._lines), 1)
        return SpecError(self._file, line, pointer, problem, advice)


def _yaml_problem(problem: str) -> tuple[str, str]:
    """PyYAML's words for a problem, and what to write instead."""
    if "\\t" in problem:
        return "a tab where a token should begin", "indent with spaces"
    if "undefined alias" in problem:
        return problem, "define the anchor above it, or quote a text that begins with *"
    if "mapping values are not allowed" in problem:
        return problem, "quote a text that holds a colon, and check the indentation"
    return problem, "mend it there, or check the indentation and the quotes just above"


def _joined_surrogates(text: str) -> str:
    """`text` with each pair of surrogates as the one character it stands for.

    JSON escapes a character past U+FFFF as two surrogates (RFC 8259, section 7), which PyYAML leaves apart.
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS = {"": None, "null": None, "~": None, "true": True, "false": False}
_TOO_LARGE = object()


def _plain_scalar(text: str) -> Any:
    """What an unquoted scalar says (YAML 1.2, section 10.2), or _TOO_LARGE for a number past what JSON readers share.

    null, true, false and decimal numbers are what they look like, and so are `~` and nothing at all; all else is text.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) <= _MOST_DIGITS else _TOO_LARGE
    if _FLOAT.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else _TOO_LARGE
    return text

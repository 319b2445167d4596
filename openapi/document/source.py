"""A YAML or JSON file as a plain value, with the line of every node."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import yaml

from openapi.document.yaml_reader import MOST_DIGITS, YamlReading, compose, line_of
from openapi.errors import Problem, Severity, SpecError, spec_error
from openapi.pointers import split
from openapi.strict_json import JsonProblem, NotJsonError, decode_utf8, parse_json

_MOST_BYTES = 64 * 1024 * 1024
_MANY_DIGITS = re.compile(rf"[0-9]{{{MOST_DIGITS + 1}}}")
# In JSON these can only be in a string. YAML refuses them there, or reads them as the end of a line.
_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its value, its problems that do not prevent reading, and its nodes, for their lines.

    The value is made of dict, list, str, int, float, bool and None. `nodes` composes the file's YAML nodes once.
    """

    file: Path
    value: Any
    warnings: list[Problem] = field(compare=False)
    nodes: Callable[[], yaml.Node | None] = field(compare=False, repr=False)

    def line_of(self, pointer: str) -> int:
        """The line (from 1) of the node at `pointer`, or of its nearest existing ancestor."""
        return line_of(self.nodes(), split(pointer))

    def fail(self, pointer: str, problem: str, advice: str) -> SpecError:
        """The error for a problem at `pointer`."""
        return SpecError(self.file, self.line_of(pointer), pointer, problem, advice)


def read_source(file: Path) -> Source:
    """The YAML or JSON file `file`. Raises SpecError if it can't be read or is neither."""
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise SpecError(file, None, "", "is too large", f"use at most {_MOST_BYTES >> 20} MB")
        text = decode_utf8(file.read_bytes())
        if file.suffix == ".json":
            return _read_json(file, text)
    except OSError as error:
        raise SpecError(file, None, "", f"can't be read ({error.strerror})", "name a file that exists") from None
    except NotJsonError as error:
        raise spec_error([_problem(Severity.ERROR, file, one) for one in error.problems]) from None
    root = compose(file, text)
    if root is None:
        raise SpecError(file, 1, "", "is empty", "write an OpenAPI document")
    reading = YamlReading(file, root)
    return Source(file, reading.value(root), reading.warnings, lambda: root)


def _read_json(file: Path, text: str) -> Source:
    tolerated: list[JsonProblem] = []
    value = parse_json(text, tolerated)
    nodes = cache(partial(compose, file, _as_yaml(text)))
    if _MANY_DIGITS.search(text):
        # Raises SpecError if they are a number, as in YAML.
        YamlReading(file, nodes()).value(nodes())
    return Source(file, value, [_problem(Severity.WARNING, file, one) for one in tolerated], nodes)


def _problem(severity: Severity, file: Path, found: JsonProblem) -> Problem:
    problem = f"{found.problem} (column {found.column})"
    if severity is Severity.WARNING:
        problem += f"; {found.tolerance}"
    return Problem(severity, file, found.line, found.pointer or "", problem, found.advice)


def _as_yaml(text: str) -> str:
    """JSON, with the parts that YAML would read differently replaced."""
    return _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", text.replace("\t", " "))

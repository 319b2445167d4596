"""Problems of a document, and the error for one that can't be served."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

MOST_SHOWN = 10
"""How many problems a command shows at its start."""


class Severity(Enum):
    """How bad a problem is: with an error the document can't be served, with a warning it is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of a document.

    `line` starts at 1 (None if the file could not be read), `pointer` is a JSON Pointer within `file`, `problem`
    says what is wrong, `advice` what to write instead or what happens. `str()` of it is the whole message.
    """

    severity: Severity
    file: Path
    line: int | None
    pointer: str
    problem: str
    advice: str

    def __str__(self) -> str:
        location = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{location}: {self.pointer or 'the document'}: {self.problem}; {self.advice}"


class SpecError(Exception):
    """A document that can't be served.

    Has the attributes of its first error, as in `Problem`, and all problems in `problems`, errors first.
    `str()` of it lists the errors, one per line, at most `MOST_SHOWN`.
    """

    def __init__(self, file: Path, line: int | None, pointer: str, problem: str, advice: str) -> None:
        super().__init__(file, line, pointer, problem, advice)
        self.file = file
        self.line = line
        self.pointer = pointer
        self.problem = problem
        self.advice = advice
        self.problems: tuple[Problem, ...] = (Problem(Severity.ERROR, file, line, pointer, problem, advice),)

    def __str__(self) -> str:
        return "\n".join(listed([one for one in self.problems if one.severity is Severity.ERROR], self.file))


def spec_error(problems: Sequence[Problem]) -> SpecError:
    """The error of a document with these problems, of which the first is an error."""
    first = problems[0]
    error = SpecError(first.file, first.line, first.pointer, first.problem, first.advice)
    error.problems = tuple(problems)
    return error


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each of the problems once, errors first, then by file and line."""
    return tuple(
        sorted(
            dict.fromkeys(problems),
            key=lambda one: (one.severity is Severity.WARNING, str(one.file), one.line or 0),
        )
    )


def listed(problems: Sequence[Problem], file: Path) -> list[str]:
    """The first problems, one per line, and a line with the command that shows all of `file`'s if there are more."""
    shown = problems[:MOST_SHOWN]
    lines = [f"{one.severity.value}: {one}" if one.severity is Severity.WARNING else str(one) for one in shown]
    if len(problems) > MOST_SHOWN:
        lines.append(f"and {len(problems) - MOST_SHOWN} more: callcamp-spec validate {file}")
    return lines

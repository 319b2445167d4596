"""The one error of this package."""

from __future__ import annotations

from pathlib import Path


class SpecError(Exception):
    """A document that can't be served.

    Carries the facts: `file`, `line` (from 1; None where the file could not be read), `pointer` (JSON Pointer within
    `file`), `problem` (what is wrong) and `advice` (what to write instead). `str()` of it is the whole message.
    """

    def __init__(self, file: Path, line: int | None, pointer: str, problem: str, advice: str) -> None:
        super().__init__(file, line, pointer, problem, advice)
        self.file = file
        self.line = line
        self.pointer = pointer
        self.problem = problem
        self.advice = advice

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{place}: {self.pointer or 'the document'}: {self.problem}; {self.advice}"

"""Problems of documents, and their locations."""

from __future__ import annotations

from pathlib import Path

import pytest

from openapi import Severity, SpecError, load
from tests.openapi.support import GOOD, error_of, written

FILE = Path("api.yaml")


@pytest.mark.parametrize(
    ("line", "pointer", "message"),
    [
        (7, "/info/title", "api.yaml:7: /info/title: is a list; write a text"),
        (1, "", "api.yaml:1: the document: is a list; write a text"),
        (None, "", "api.yaml: the document: is a list; write a text"),
    ],
)
def test_the_message_names_file_line_and_pointer(line: int | None, pointer: str, message: str) -> None:
    """The message has the file, the line if known, and the JSON Pointer unless it is the whole document."""
    assert str(SpecError(FILE, line, pointer, "is a list", "write a text")) == message


def test_an_unreadable_file_is_a_spec_error(tmp_path: Path) -> None:
    """A file that can't be read is a SpecError."""
    assert str(error_of(tmp_path / "no.yaml")).endswith(
        "no.yaml: the document: can't be read (No such file or directory); name a file that exists"
    )


def test_a_folder_is_a_spec_error() -> None:
    """A folder instead of a file is a SpecError."""
    assert error_of(GOOD).problem == "can't be read (Is a directory)"


def test_a_problem_in_another_file_names_that_file(tmp_path: Path) -> None:
    """A problem in another file has that file's name, line and pointer."""
    written(tmp_path, "Thing:\n  type: object\n  properties:\n    size: {type: nmber}\n", "shapes.yaml")
    main = written(
        tmp_path,
        """\
        openapi: 3.1.0
        info: {title: T, version: '1'}
        paths: {/a: {get: {operationId: a, responses: {'200': {description: A.}}}}}
        components: {schemas: {Thing: {$ref: 'shapes.yaml#/Thing'}}}
        """,
    )
    (warning,) = load(main).warnings
    assert (warning.file.name, warning.line, warning.pointer) == ("shapes.yaml", 4, "/Thing/properties/size/type")
    assert warning.problem == "is 'nmber', which is not a type, and is ignored"


def test_the_message_shows_the_first_ten_errors(tmp_path: Path) -> None:
    """All errors are collected; the message has ten of them, and the command that shows the rest."""
    paths = "".join(f"  /a{n}: {{get: {{parameters: [{{$ref: '#/no'}}], responses: {{}}}}}}\n" for n in range(12))
    file = written(tmp_path, f"openapi: 3.1.0\npaths:\n{paths}")
    error = error_of(file)
    assert [one.severity for one in error.problems] == [Severity.ERROR] * 12 + [Severity.WARNING]
    *shown, last = str(error).splitlines()
    assert len(shown) == 10
    assert last == f"and 2 more: callcamp-spec validate {file}"

"""Documents with problems, one file each; `NAME.expected` has what `problems` finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from openapi import Severity, SpecError, load, problems
from tests.openapi.support import DOCUMENTS

BAD, WARNED, ACCEPTED = (DOCUMENTS / name for name in ("bad", "warned", "accepted"))


def documents(folder: Path) -> list[Path]:
    """The documents of `folder`."""
    return sorted(file for file in folder.iterdir() if file.suffix != ".expected")


WITH_PROBLEMS = [*documents(BAD), *documents(WARNED)]


@pytest.mark.parametrize("file", WITH_PROBLEMS, ids=lambda file: file.name)
def test_every_problem_is_reported(file: Path) -> None:
    """Each problem has its severity, its location, what is wrong and what to write instead."""
    expected = file.with_suffix(".expected").read_text(encoding="utf-8")
    found = [f"{one.severity.value}: {one}\n".replace(f"{file.parent}/", "") for one in problems(file)]
    assert "".join(found) == expected


@pytest.mark.parametrize("file", documents(BAD), ids=lambda file: file.name)
def test_a_document_with_an_error_is_refused(file: Path) -> None:
    """The exception has all problems, the first of them an error, each at a node of the file."""
    with pytest.raises(SpecError) as caught:
        load(file)
    lines = file.read_bytes().count(b"\n") + 1
    error = caught.value
    assert error.problems[0].severity is Severity.ERROR
    assert (error.file, error.line, error.pointer) == (file, error.problems[0].line, error.problems[0].pointer)
    for one in error.problems:
        assert one.line is None or 1 <= one.line <= lines
        assert not one.pointer or one.pointer.startswith("/")
        assert one.problem
        assert one.advice


@pytest.mark.parametrize("file", documents(WARNED), ids=lambda file: file.name)
def test_a_document_with_warnings_is_accepted(file: Path) -> None:
    """Problems that do not prevent serving are warnings; the contract has those found while reading."""
    assert {one.severity for one in problems(file)} == {Severity.WARNING}
    assert set(load(file).warnings) <= set(problems(file))


@pytest.mark.parametrize("file", documents(ACCEPTED), ids=lambda file: file.name)
def test_unusual_valid_documents_have_no_problems(file: Path) -> None:
    """Unusual but valid documents have no problems."""
    assert problems(file) == ()
    assert load(file).operations


def test_every_expected_file_has_a_document() -> None:
    """There is no `.expected` file without its document."""
    for folder in (BAD, WARNED):
        stems = [file.stem for file in documents(folder)]
        assert sorted(stems) == sorted(file.stem for file in folder.glob("*.expected"))

"""Documents with problems: one file each, and beside it what `problems` finds, in `NAME.expected`."""

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
def test_every_problem_is_named(file: Path) -> None:
    """Each problem has its severity, its place, what is wrong and what to write instead."""
    expected = file.with_suffix(".expected").read_text(encoding="utf-8")
    found = [f"{one.severity.value}: {one}\n".replace(f"{file.parent}/", "") for one in problems(file)]
    assert "".join(found) == expected


@pytest.mark.parametrize("file", documents(BAD), ids=lambda file: file.name)
def test_a_document_with_an_error_is_refused(file: Path) -> None:
    """The error carries all problems, the first of them an error, each at a place that the file has."""
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
def test_a_document_with_warnings_is_read(file: Path) -> None:
    """Whatever does not keep a document from being served is a warning; the contract has those found on the way."""
    assert {one.severity for one in problems(file)} == {Severity.WARNING}
    assert set(load(file).warnings) <= set(problems(file))


@pytest.mark.parametrize("file", documents(ACCEPTED), ids=lambda file: file.name)
def test_what_openapi_allows_is_no_problem(file: Path) -> None:
    """What is unusual and allowed has no problem at all."""
    assert problems(file) == ()
    assert load(file).operations


def test_every_expected_message_has_its_document() -> None:
    """No expected problem is left over from a document that is gone."""
    for folder in (BAD, WARNED):
        stems = [file.stem for file in documents(folder)]
        assert sorted(stems) == sorted(file.stem for file in folder.glob("*.expected"))

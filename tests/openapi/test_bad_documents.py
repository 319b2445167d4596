"""Documents that can't be served: one file each, and beside it the message, in `NAME.expected`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.openapi.support import DOCUMENTS, error_of

BAD = DOCUMENTS / "bad"
CASES = sorted(file for file in BAD.iterdir() if file.suffix != ".expected")


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.name)
def test_a_bad_document_is_refused_with_its_message(file: Path) -> None:
    """A document that can't be served is refused with the place, what is wrong and what to write instead."""
    expected = file.with_suffix(".expected").read_text(encoding="utf-8").rstrip("\n")
    assert str(error_of(file)).removeprefix(f"{BAD}/") == expected


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.name)
def test_the_error_carries_its_facts(file: Path) -> None:
    """The place in the error is one of the file: a line that it has, and a JSON Pointer or the whole document."""
    error = error_of(file)
    lines = file.read_bytes().count(b"\n") + 1
    assert error.file == file
    assert error.line is None or 1 <= error.line <= lines
    assert not error.pointer or error.pointer.startswith("/")
    assert error.problem
    assert error.advice


def test_every_expected_message_has_its_document() -> None:
    """No expected message is left over from a document that is gone."""
    documents = {file.stem for file in CASES}
    assert documents == {file.stem for file in BAD.glob("*.expected")}
    assert len(CASES) == len(documents), "two documents share a name"

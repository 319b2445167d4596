"""Words and lines for people."""

from __future__ import annotations

import pytest

from openapi.wording import counted, github_annotation, printable


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 records"), (1, "1 record"), (2, "2 records"), (1200, "1,200 records")]
)
def test_counts_use_singular_plural_and_commas(number: int, text: str) -> None:
    """A count has its noun in the singular or the plural, and commas."""
    assert counted(number, "record") == text


@pytest.mark.parametrize(
    ("text", "line"),
    [("Größe 📞", "Größe 📞"), ("a\x1b[2J\n", "a\\x1b[2J\\n"), ("\u2028", "\\u2028"), ("\ud800", "\\ud800")],
)
def test_control_characters_are_escaped(text: str, line: str) -> None:
    """Characters that a terminal would act on are escapes; all others stay."""
    assert printable(text) == line


def test_annotations_cannot_inject_commands() -> None:
    """Nothing in a property or the message of an annotation starts another command."""
    line = github_annotation("error", {"file": "a,b:c.yaml", "line": "1"}, "100 %\r\n::stop-commands::x\x1b")
    assert line == "::error file=a%2Cb%3Ac.yaml,line=1::100 %25%0D%0A::stop-commands::x\\x1b"

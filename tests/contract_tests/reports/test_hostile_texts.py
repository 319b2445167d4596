"""Hostile text from a service, in every field that it can reach, in every format."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from contract_tests.reports import FORMATS, PropertyRun, Result, for_stream
from contract_tests.reports.masking import Mask
from contract_tests.target.printing import command, printable, quoted
from tests.contract_tests.reports.samples import BROKEN, FINDING
from tests.hostile_texts import HOSTILE_TEXTS

TEXTS = (*HOSTILE_TEXTS, "\ud800")
"""With half a character, which no file in UTF-8 can have."""


def hostile(text: str) -> Result:
    """A result with `text` wherever a service can put text."""
    finding = replace(FINDING, sentence=text, expected=text, observed=text)
    return replace(
        BROKEN,
        target=f"https://staging.example/{text}",
        findings=(finding,),
        warnings=(replace(finding, code="LIST-PAST-END", pointer="/a", assumption=text, suggested_change=text),),
        known=(),
        observations={text: 1},
        left=(text,),
        lost=text,
        ended=text,
        errors=(text,),
        properties=(PropertyRun("LIST-TOTAL", text, text, "not judged", why=text),),
        coverage={text: {"requests": 1, "statuses": {text: 1}, "parameters": {}, "members": {}, "boundaries": {}}},
        again=text,
    )


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
@pytest.mark.parametrize("name", sorted(FORMATS))
def test_hostile_text_is_inert_in_every_format(name: str, text: str) -> None:
    """Every format has only printable characters, no workflow commands but its own, and stays well-formed."""
    written = FORMATS[name](hostile(text))
    written.encode()
    assert {one for one in written if not one.isprintable()} <= {"\n", "\t"}
    own = r"::(error|warning|notice) title=[^:]*::" if name == "github" else "(?!)"
    lines = [line.strip() for line in written.splitlines()]
    assert [line for line in lines if line.startswith("::") and not re.match(own, line)] == []
    assert not [line for line in lines if "##[" in line]
    if name == "junit":
        ET.fromstring(written)
    if name in ("html", "markdown"):
        outside = re.sub(r"(?ms)^(`{3,})sh$.*?^\1$", "", written)
        assert "<script>alert" not in outside
        assert "<img" not in outside
        assert "49{" not in outside


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_hostile_text_is_inert_in_a_terminal(text: str) -> None:
    """The report on stderr has only printable characters."""
    written = for_stream(hostile(text), io.StringIO())
    assert {one for one in written if not one.isprintable()} <= {"\n"}


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_making_a_text_printable_twice_changes_nothing(text: str) -> None:
    """Making a text printable twice changes nothing more, and a word for a shell has no line break."""
    assert printable(printable(text)) == printable(text)
    assert "\n" not in command(["curl", text])
    assert quoted("a b") == "'a b'"


@pytest.mark.parametrize(
    ("token", "text", "masked"),
    [
        ("e", "every letter e", "every letter ***"),
        ("abc", "abc abcd xabc abc.", "*** abcd xabc ***."),
        ("long-token", "xlong-tokenx Long-Token", "x***x ***"),
        ("a/b+c d==", "a%2Fb%2Bc%20d%3D%3D", "***"),
    ],
)
def test_a_long_token_is_masked_anywhere_and_a_short_one_as_a_word(token: str, text: str, masked: str) -> None:
    """A token of 8 characters is masked anywhere and in any case, a shorter one only as a whole word."""
    assert Mask(token).over(text) == masked

"""Tags and their replacement."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract_tests.target.tags import LETTERS, fresh, parted, retagged

OLD, NEW = "tbcdfghjklm", "tbcdfghwxzg"
tags_of_a_run = st.text(LETTERS, min_size=4, max_size=4).map("tbcdfgh".__add__)


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        (f"{OLD} 12", f"{NEW} 12"),
        (f"search={OLD.upper()}%20a", f"search={NEW.upper()}%20a"),
        ("TbCdFgHjKlM", "TbCdFgHwXzG"),
        (OLD[4:], NEW[4:]),
        (OLD[2:9], NEW[2:9]),
        (OLD[::-1] + OLD, NEW[::-1] + NEW),
        (f"{OLD[:5]}%{OLD[6:]}", f"{NEW[:5]}%{NEW[6:]}"),
        (f"{OLD[:3]}.*{OLD[-4:]}", f"{NEW[:3]}.*{NEW[-4:]}"),
        (OLD[:7], OLD[:7]),
        ("landline jkl", "landline jkl"),
        ("", ""),
    ],
)
def test_each_part_of_a_tag_changes(text: str, changed: str) -> None:
    """A tag is replaced whole and in part, in any case and backwards; other text stays."""
    assert retagged(text, OLD, NEW) == changed


@given(st.text(), tags_of_a_run, tags_of_a_run)
def test_replacing_a_tag_back_restores_the_text(text: str, old: str, new: str) -> None:
    """Replacing a tag and replacing it back gives the same text."""
    whole = f"{text} {old} {text}"
    there = retagged(whole, old, new)
    assert len(there) == len(whole)
    assert old == new or old not in there
    assert retagged(f"{old} {old[::-1]}", old, new) == f"{new} {new[::-1]}"


@given(st.text(), tags_of_a_run)
def test_the_parts_of_a_text_add_up_to_it(text: str, tag: str) -> None:
    """The parts of a text add up to the text; without a tag there is one part."""
    assert "".join(parted(text + tag, tag)) == text + tag
    assert parted(text, "") == [text]


def test_a_fresh_tag_has_the_prefix_and_length_of_the_run() -> None:
    """A fresh tag has the prefix and the length of the run's tags."""
    new = fresh(OLD)
    assert (new[:7], len(new), set(new[7:]) <= set(LETTERS)) == (OLD[:7], len(OLD), True)

"""Tags given anew, in all the ways in which texts hold them."""

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
    """A tag is replaced whole and in part, in any letter case and backwards; the run's letters and words stay."""
    assert retagged(text, OLD, NEW) == changed


@given(st.text(), tags_of_a_run, tags_of_a_run)
def test_there_and_back(text: str, old: str, new: str) -> None:
    """A text around a tag is the same again once the old tag is back in the place of the new one."""
    whole = f"{text} {old} {text}"
    there = retagged(whole, old, new)
    assert len(there) == len(whole)
    assert old == new or old not in there
    assert retagged(f"{old} {old[::-1]}", old, new) == f"{new} {new[::-1]}"


@given(st.text(), tags_of_a_run)
def test_parts_are_the_whole(text: str, tag: str) -> None:
    """The parts of a text are all of it, and without a tag it is in one part."""
    assert "".join(parted(text + tag, tag)) == text + tag
    assert parted(text, "") == [text]


def test_a_fresh_tag_is_of_the_run() -> None:
    """A fresh tag begins as the run's tags do, and is as long."""
    new = fresh(OLD)
    assert (new[:7], len(new), set(new[7:]) <= set(LETTERS)) == (OLD[:7], len(OLD), True)

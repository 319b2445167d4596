"""Known deviations."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from contract_tests.findings.baseline import BaselineError, Deviation, read_baseline, weigh, write_baseline
from contract_tests.findings.finding import Finding

_TODAY = date(2026, 11, 24)
_UNTIL = date(2027, 2, 1)


def _finding(code: str, pointer: str = "/a") -> Finding:
    return Finding(code, 'It says "no"\\.', "1", "2", "op", pointer, None, "", (), ("is", (), ()))


def test_a_known_finding_does_not_count() -> None:
    """A finding that an entry covers is known; a finding with the same code and another pointer is not."""
    entry = Deviation("LIST-TOTAL", "/a", "known", _UNTIL)
    weighed = weigh([_finding("LIST-TOTAL"), _finding("LIST-TOTAL", "/b")], [entry], {"LIST-TOTAL"}, _TODAY)
    assert [one.pointer for one in weighed.findings] == ["/b"]
    assert [known for _, known in weighed.known] == [entry]


def test_an_entry_expires() -> None:
    """An entry is valid until the end of its day; then the finding counts again and the entry is reported."""
    entry = Deviation("LIST-TOTAL", "/a", "known", _TODAY)
    assert not weigh([_finding("LIST-TOTAL")], [entry], {"LIST-TOTAL"}, _TODAY).findings
    later = weigh([_finding("LIST-TOTAL")], [entry], {"LIST-TOTAL"}, date(2026, 11, 25))
    assert later.findings
    assert later.expired == (entry,)


def test_an_entry_that_no_longer_occurs_is_reported() -> None:
    """An entry no longer occurs if its property was checked and holds, not if the property was not checked."""
    entries = [Deviation("LIST-TOTAL", "/a", "known", None), Deviation("HTTP-HEAD", "/a", "known", None)]
    assert weigh([], entries, {"LIST-TOTAL"}, _TODAY).gone == (entries[0],)


def test_a_written_baseline_reads_back_unchanged(tmp_path: Path) -> None:
    """A written baseline reads back unchanged, with reasons that have any characters."""
    file = tmp_path / "callcamp-baseline.toml"
    old = [Deviation("HTTP-HEAD", "/a", 'said "soon" \\ \n é \x7f', _TODAY)]
    write_baseline(file, [_finding("LIST-TOTAL"), _finding("LIST-TOTAL"), _finding("HTTP-HEAD")], _UNTIL, old)
    assert read_baseline(file) == (old[0], Deviation("LIST-TOTAL", "/a", 'It says "no"\\.', _UNTIL))


def test_no_deviations_are_known_without_a_file(tmp_path: Path) -> None:
    """Without a file there are no known deviations."""
    assert read_baseline(tmp_path / "none.toml") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("known = [", "can't be read"),
        ("[other]\n", "write each entry under [[known]]"),
        ('[[known]]\ncode = "A"\n', "entry 1: write code, pointer, reason"),
        ('[[known]]\ncode = "A"\npointer = "/a"\nreason = " "\n', "must be strings"),
        ('[[known]]\ncode = "A"\npointer = "/a"\nreason = "r"\nuntil = "soon"\n', "write a date such as 2027-01-31"),
        ('[[known]]\ncode = "A"\npointer = "/a"\nreason = "r"\nsince = 1\n', "entry 1: write code"),
    ],
)
def test_an_invalid_baseline_is_refused_with_its_location(tmp_path: Path, text: str, message: str) -> None:
    """An invalid baseline is refused; the message names the file, the entry and what to write."""
    file = tmp_path / "baseline.toml"
    file.write_text(text)
    with pytest.raises(BaselineError) as caught:
        read_baseline(file)
    assert str(caught.value).startswith(str(file))
    assert message in str(caught.value)

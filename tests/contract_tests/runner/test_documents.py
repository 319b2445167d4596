"""Documents as generators and people write them: their own mock keeps them, so that every finding would be false."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract_tests.support import check

_HABITS = Path(__file__).parents[1] / "documents" / "habits.yaml"


@pytest.mark.parametrize("codes", ["SCHEMA,MODEL", "CREATE,READ,DELETE,UPDATE,REPLACE", "ERROR,HTTP"])
def test_the_mock_keeps_what_people_write(tmp_path: Path, codes: str) -> None:
    """The check finds nothing at the mock of a document with the habits of many."""
    options = ("--profile", "quick", "--seed", "1", "--scripts", str(tmp_path), "--ledger", str(tmp_path / "ledger"))
    ended = check("--spec", str(_HABITS), "--select", codes, *options)
    assert (ended.code, "0 broken" in ended.err) == (0, True), ended.err

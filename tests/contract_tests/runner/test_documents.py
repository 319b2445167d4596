"""Documents as generators and people write them, checked against their own mock: every finding would be false."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract_tests.support import check
from tests.openapi.support import GOOD

_DOCUMENTS = Path(__file__).parents[1] / "documents"
_GOOD = sorted(one for one in GOOD.iterdir() if one.is_file())


def expect_nothing(document: str, codes: str, folder: Path) -> None:
    """A quick run that finds nothing at the mock of the document."""
    options = ("--profile", "quick", "--seed", "1", "--scripts", str(folder), "--ledger", str(folder / "ledger"))
    ended = check("--spec", str(_DOCUMENTS / document), "--select", codes, *options)
    assert (ended.code, "0 broken" in ended.err) == (0, True), ended.err


@pytest.mark.parametrize("codes", ["SCHEMA,MODEL", "CREATE,READ,DELETE,UPDATE,REPLACE", "ERROR,HTTP"])
def test_the_mock_of_a_typical_document_has_no_findings(tmp_path: Path, codes: str) -> None:
    """The check finds nothing at the mock of a document with the habits of many."""
    expect_nothing("habits.yaml", codes, tmp_path)


@pytest.mark.parametrize("document", _GOOD, ids=[one.stem for one in _GOOD])
def test_the_mock_of_any_document_has_no_findings(tmp_path: Path, document: Path, each_seed: int) -> None:
    """The check of a private mock holds for any document, with everything judged and nothing left."""
    files = ("--scripts", str(tmp_path), "--ledger", str(tmp_path / "ledger"))
    ended = check("--spec", str(document), "--profile", "quick", "--seed", str(each_seed), *files)
    assert (ended.code, "\nThe contract holds.\n" in ended.err) == (0, True), ended.err


def test_keys_from_clients_are_valid_and_unique(tmp_path: Path) -> None:
    """A short key gets no text of the check, a second record another key, and no create an empty key."""
    expect_nothing("regions.yaml", "SCHEMA,UPDATE", tmp_path)

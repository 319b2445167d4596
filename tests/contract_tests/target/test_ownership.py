"""Which records a run may change."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests

from contract_tests.target.ledger import Ledger
from contract_tests.target.ownership import NotJudgedError, Ownership
from openapi import Contract

KEY, OTHER = "6fbd7f4f-3b6e-4a9c-8d0a-4b8c0c3d7a01", "9d1c3b52-7d0f-4f0c-9a52-3a5d1d0f8e02"


def responding(shown: dict[str, Any], listed: list[dict[str, Any]]) -> requests.Response:
    """A response that is a record and a list at once."""
    response = requests.Response()
    response.status_code = 200
    response.raw = BytesIO(json.dumps({**shown, "phones": listed, "total": len(listed)}).encode())
    return response


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A ledger with one created record that has the tag of the run as its name."""
    ledger = Ledger(tmp_path / "ledger.jsonl", "http://127.0.0.1:9/api")
    ledger.begin()
    ledger.answered(ledger.creating("phone", {"number": "+12025550143", "name": f"{ledger.tag}aaaa"}), KEY)
    return ledger


def test_a_get_of_another_record_does_not_disown_a_listed_one(contract: Contract, ledger: Ledger) -> None:
    """If a get shows a record with another key, the list decides; the run then continues."""
    own = {"uuid": KEY, **ledger.bodies["phone", KEY]}
    other = {"uuid": OTHER, "number": "+12025550199", "name": "Front desk"}
    ownership = Ownership(contract, ledger, lambda path: responding(other, [own] if "?" in path else []))
    ownership.ensure("phone", KEY)
    assert not ledger.stopped


@pytest.mark.parametrize(("shown", "reason"), [(KEY, "existed before"), (OTHER, "can't be changed safely")])
def test_a_record_not_confirmed_as_own_is_left_alone(
    contract: Contract, ledger: Ledger, shown: str, reason: str
) -> None:
    """A record is left alone if a get with its key shows a foreign one, or if neither a get nor the list shows it."""
    foreign = {"uuid": shown, "number": "+12025550199", "name": "Front desk"}
    ownership = Ownership(contract, ledger, lambda _path: responding(foreign, [foreign]))
    with pytest.raises(NotJudgedError, match=reason):
        ownership.ensure("phone", KEY)
    assert bool(ledger.stopped) == (shown == KEY)

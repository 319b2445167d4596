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


def responding(shown: dict[str, Any]) -> requests.Response:
    """A response that shows a record."""
    response = requests.Response()
    response.status_code = 200
    response.raw = BytesIO(json.dumps(shown).encode())
    return response


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A ledger with one created record that has the tag of the run as its name."""
    ledger = Ledger(tmp_path / "ledger.jsonl", "http://127.0.0.1:9/api")
    ledger.begin()
    ledger.answered(ledger.creating("phone", {"number": "+12025550143", "name": f"{ledger.tag}aaaa"}), KEY)
    return ledger


@pytest.mark.parametrize("key", [KEY, OTHER])
def test_one_get_of_a_foreign_record_does_not_disown_a_record(contract: Contract, ledger: Ledger, key: str) -> None:
    """If a get shows a foreign record, the next get decides."""
    shown = [
        {"uuid": key, "number": "+12025550199", "name": "Front desk"},
        {"uuid": KEY, **ledger.bodies["phone", KEY]},
    ]
    ownership = Ownership(contract, ledger, lambda _path: responding(shown.pop(0)))
    ownership.ensure("phone", KEY)
    assert not ledger.stopped


def test_a_record_not_confirmed_as_own_is_left_alone(contract: Contract, ledger: Ledger) -> None:
    """A record is left alone, and the run creates nothing more, if each get of its key shows a foreign one."""
    foreign = {"uuid": KEY, "number": "+12025550199", "name": "Front desk"}
    ownership = Ownership(contract, ledger, lambda _path: responding(foreign))
    with pytest.raises(NotJudgedError, match="existed before"):
        ownership.ensure("phone", KEY)
    assert ledger.stopped

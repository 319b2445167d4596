"""Removes what an earlier run left at a service, by the ledger that it wrote."""

from __future__ import annotations

from pathlib import Path

from contract_tests.cleaning import clean_up
from contract_tests.client import Client
from contract_tests.ledger import read_ledger
from contract_tests.safety import Guard, Permissions
from contract_tests.settings import Settings
from contract_tests.transport import GuardedAdapter, Limits, no_other_connections
from fixtures import is_reserved
from openapi import load


def remove_leftovers(file: Path, settings: Settings) -> tuple[int, list[str]]:
    """How many records were removed, and curl lines for those that are left. Raises LedgerError and SpecError."""
    ledger, contract = read_ledger(file), load(settings.spec)
    guard = Guard(contract, Permissions(ledger.target, writes=True, everything=False), is_reserved)
    keys = {resource.name: resource.key for resource in contract.resources.values()}
    adapter = GuardedAdapter(guard, ledger, keys, Limits(settings.rate), lambda _request, _response: None)
    client = Client(ledger.target, settings.token, adapter, settings.timeout)
    before = sum(len(held) for held in ledger.created.values()) + len(ledger.pending)
    with no_other_connections():
        left = clean_up(contract, client, ledger)
    ledger.finish()
    return before - len(left), left

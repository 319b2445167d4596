"""What the document says about one resource."""

from __future__ import annotations

import pytest

from contract_tests.resource.resource_description import ResourceDescription
from openapi import PHONES, Role, load
from tests.openapi.support import GOOD

UUID = "5b6f3a0e-9d0f-4c58-8a3e-6f6c1d0d7a11"


@pytest.mark.parametrize(("status", "may"), [(400, True), (404, True), (200, False), (500, False)])
def test_a_malformed_key_may_be_unknown_or_invalid(status: int, may: bool) -> None:
    """Where the document has no status for malformed keys, they may be refused as unknown or as invalid."""
    contract = load(GOOD / "tickets.yaml")
    resource = next(iter(contract.resources.values()))
    role = next(role for role in (Role.READ, Role.UPDATE, Role.LIST) if role in resource.operations)
    assert ResourceDescription(contract, resource).may_refuse_malformed(role, status) == may


def test_a_stated_status_of_malformed_keys_counts() -> None:
    """Where the document has a status for malformed keys, no other will do; a UUID is never malformed."""
    contract = load(PHONES)
    spec = ResourceDescription(contract, contract.resources["phone"])
    assert not spec.may_refuse_malformed(Role.READ, 400)
    assert (spec.is_malformed("nonsense"), spec.is_malformed(UUID.replace("-", "")), spec.is_malformed(UUID)) == (
        True,
        True,
        False,
    )

"""Responses judged by what their operation declares."""

from __future__ import annotations

import pytest

from contract_tests.claims.evaluation import judge
from contract_tests.resource.response_conformance import Conformance
from contract_tests.resource.undocumented import Observations
from contract_tests.target.client import ReceivedResponse
from openapi import load
from tests.openapi.support import GOOD


@pytest.mark.parametrize(("text", "good"), [("0.25", True), ("-3", True), ("fast", False), ("", False)])
def test_a_numeric_header_is_judged_as_a_number(text: str, good: bool) -> None:
    """A header with a number is judged as a number, in the check and when a finding is replayed."""
    contract = load(GOOD / "clock.yaml")
    headers = {"Content-Type": "text/plain", "X-Drift": "fast"}
    found = list(
        Conformance(contract, Observations()).breaches(
            contract.operations["tell time"], ReceivedResponse(1, 200, headers | {"X-Drift": text}, b"12:00", 0.1)
        )
    )
    assert [one.code for one in found] == ([] if good else ["SCHEMA-HEADER"])
    if found:
        assert not judge(found[0].claim, {1: ReceivedResponse(1, 200, headers, b"12:00", 0.1).response_data}).holds
        better = ReceivedResponse(1, 200, headers | {"X-Drift": "0.5"}, b"12:00", 0.1)
        assert judge(found[0].claim, {1: better.response_data}).holds

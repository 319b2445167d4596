"""The properties of the catalogue, each on every resource that it applies to."""

from __future__ import annotations

import pytest

from contract_tests.properties import CATALOGUE
from contract_tests.properties.property import Check, Property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.runner.plugin import checking, current
from contract_tests.runner.run import Run


def _cases() -> list[object]:
    run = current()
    return [
        pytest.param(one, one.check, api, id=f"{one.code}-{api.spec.resource.name}")
        for one in CATALOGUE.values()
        for api in run.resources
        if one.check and one.applies_to(api) and (api.thoroughness.writes or not one.writes)
    ]


@pytest.mark.parametrize(("entry", "check", "api"), _cases())
def test_property(entry: Property, check: Check, api: ResourceClient, run: Run) -> None:
    """The service keeps the property."""
    with checking(run, api, entry.code):
        check(api)

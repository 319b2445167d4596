"""The properties of the catalogue, each on every resource that it applies to."""

from __future__ import annotations

import pytest

from contract_tests.properties import CATALOGUE
from contract_tests.properties.property import Property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.runner.attempt import Overlap, Task, concluded
from contract_tests.runner.plugin import current
from contract_tests.runner.run import Run


def _cases() -> list[object]:
    run = current()
    return [
        pytest.param(one, api, id=f"{one.code}-{api.spec.resource.name}")
        for one in CATALOGUE.values()
        for api in run.resources
        if one.check and one.applies_to(api) and (api.thoroughness.writes or not one.writes)
    ]


@pytest.mark.parametrize(("entry", "api"), _cases())
def test_property(entry: Property, api: ResourceClient, run: Run, overlap: Overlap) -> None:
    """The service keeps the property."""
    concluded(run, overlap.attempt(Task(entry, api)))

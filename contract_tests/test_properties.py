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
        pytest.param(one, one.check, subject, id=f"{one.code}-{subject.resource.name}")
        for one in CATALOGUE.values()
        for subject in run.subjects
        if one.check and one.applies_to(subject) and (run.writes or not one.writes)
    ]


@pytest.mark.parametrize(("promise", "check", "subject"), _cases())
def test_property(promise: Property, check: Check, subject: ResourceClient, run: Run) -> None:
    """The service keeps the property."""
    with checking(run, subject, promise.code):
        check(subject)

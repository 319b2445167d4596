"""The properties of the catalogue, each on every resource that it applies to."""

from __future__ import annotations

import pytest

from contract_tests.catalogue import Property
from contract_tests.plugin import current
from contract_tests.properties import CATALOGUE
from contract_tests.subject import Subject
from openapi import Role


def _cases() -> list[object]:
    run = current()
    return [
        pytest.param(one, subject, id=f"{one.code}-{subject.resource.name}")
        for subject in run.subjects
        for one in CATALOGUE.values()
        if one.applies_to(subject) and (run.writes or not one.writes)
    ]


@pytest.mark.parametrize(("promise", "subject"), _cases())
def test_property(promise: Property, subject: Subject) -> None:
    """The service keeps the property."""
    subject.begin()
    try:
        promise.check(subject)
    finally:
        if subject.has(Role.DELETE):
            subject.tidy()

"""A sample of the services that differ only in what is assumed; `python -m tests.proof.differing.measure` runs all."""

from __future__ import annotations

import pytest

from tests.proof.differing import table
from tests.proof.differing.measure import line, measure


@pytest.mark.parametrize("name", ["nestjs"])
def test_a_differing_service_is_described_by_its_overlay(name: str) -> None:
    """A run exits with 0, judges at least 110 properties, and reports differences at their pointers.

    With the overlay that it writes, a strict run finds nothing, neither with the service nor with the mock.
    """
    measured = measure(name)
    assert measured.good, line(measured)
    assert measured.first.differences
    assert measured.closed, line(measured)
    assert not measured.misplaced, line(measured)


def test_there_are_enough_single_and_composite_differences() -> None:
    """There are at least 45 single differences and 8 composites, and each composite has several."""
    services = table.load().values()
    assert sum(not one.parts for one in services) >= 45
    assert sum(len(one.parts) > 3 for one in services) >= 8

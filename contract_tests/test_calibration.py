"""The calibration: which keyword values describe the service."""

from __future__ import annotations

import pytest

from contract_tests.probes.phase import can_calibrate
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.runner.attempt import checking
from contract_tests.runner.plugin import CALIBRATION, current
from contract_tests.runner.run import Run


def _subjects() -> list[object]:
    run = current()
    if run.settings.calibration:
        return []
    return [pytest.param(api, id=api.spec.resource.name) for api in run.resources if can_calibrate(api)]


@pytest.mark.parametrize("api", _subjects())
def test_words(api: ResourceClient, run: Run) -> None:
    """Determines the values that describe the service; the properties are judged by them."""
    with checking(run, api, CALIBRATION):
        run.calibrate(api)

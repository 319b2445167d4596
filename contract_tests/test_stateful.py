"""Random sequences of operations, compared with a model after every step."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from contract_tests.resource.resource_client import ResourceClient
from contract_tests.runner.attempt import checking
from contract_tests.runner.plugin import current
from contract_tests.runner.run import Run
from contract_tests.runner.state_machine import machine_of
from openapi import Role


def _subjects() -> list[object]:
    run = current()
    needed = (Role.CREATE, Role.READ, Role.DELETE)
    return [
        pytest.param(api, id=api.spec.resource.name)
        for api in run.resources
        if api.thoroughness.writes and api.spec.has(*needed) and run.profile.scenarios
    ]


@pytest.mark.parametrize("api", _subjects())
def test_sequences(api: ResourceClient, run: Run) -> None:
    """After any sequence of operations the service is in the same state as the model."""
    # Hypothesis needs thousands of requests to shrink a sequence; a quick run relies on our own shrinking.
    shrinking = [Phase.shrink] if run.profile.rounds > 1 else []
    limits = settings(
        max_examples=run.profile.scenarios,
        stateful_step_count=10,
        deadline=None,
        database=None,
        phases=[Phase.generate, *shrinking],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
    )
    with checking(run, api, "MODEL-SEQUENCE"):
        run_state_machine_as_test(seed(run.seed)(machine_of(api)), settings=limits)

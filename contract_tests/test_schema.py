"""Schemathesis: every operation with examples, boundaries and random values, good and bad, by all its checks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from hypothesis import HealthCheck, reject, settings
from schemathesis.core.failures import FailureGroup

from contract_tests.client import RefusedRequestError
from contract_tests.plugin import current
from contract_tests.probes import Steering, is_read, probed_schema
from contract_tests.run import Run
from contract_tests.schema_findings import from_failures
from openapi import Role

_run = current()
_Test: TypeAlias = Callable[[Any, Run], None]
schema = probed_schema(_run) if _run.writes else probed_schema(_run).include(method="GET")
for_each_operation: Callable[[_Test], _Test] = schema.parametrize()
_steering = Steering(_run)


@for_each_operation
@settings(
    max_examples=_run.examples[0],
    phases=_run.phases,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_operation(case: Any, run: Run) -> None:
    """The operation takes what its schema allows, refuses the rest, and answers as declared."""
    if not is_read(case) and not run.writes:
        reject()
    run.client.forget()
    if run.writes:
        _steering.steer(case)
    headers = {"Authorization": f"Bearer {run.client.token}"} if run.client.token else {}
    try:
        case.call_and_validate(session=run.client.session, headers=headers, timeout=run.settings.timeout_s)
    except RefusedRequestError:
        reject()
    except FailureGroup as group:
        raise from_failures(run, case, group) from None


def teardown_module() -> None:
    """Delete what the operations have created."""
    for subject in _run.subjects:
        if _run.writes and subject.has(Role.DELETE):
            subject.tidy()

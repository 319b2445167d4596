"""Schemathesis: every operation with examples, boundaries and random values, valid and invalid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from hypothesis import HealthCheck, reject, settings

from contract_tests.runner.attempt import checking
from contract_tests.runner.operation_probe import OperationProbe
from contract_tests.runner.plugin import current
from contract_tests.runner.run import Run
from contract_tests.runner.schemathesis_cases import Probe, probed_schema
from contract_tests.target.guarded_adapter import RefusedRequestError

_Test = TypeVar("_Test", bound=Callable[..., None])
_run = current()
_schema = probed_schema(_run)
_over_cases = cast("Callable[[_Test], _Test]", _schema.parametrize())
_probe = Probe(_run)
_outside = OperationProbe(_run)


@_over_cases
@settings(
    max_examples=max(1, _run.profile.examples),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
    report_multiple_bugs=False,
)
def test_operation(case: Any, run: Run) -> None:
    """The operation accepts what its schema allows, rejects the rest, and responds as declared."""
    owner = _probe.owner(case)
    try:
        if owner is None:
            _outside.send(case)
            return
        with checking(run, owner.api, "SCHEMA-ACCEPTS-BAD"):
            _probe.send(case, owner)
    except RefusedRequestError:
        reject()

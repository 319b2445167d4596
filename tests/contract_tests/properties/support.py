"""What the tests of properties share: one property on one resource of a service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from contract_tests.findings.finding import Finding
from contract_tests.findings.raised import FindingRaisedError
from contract_tests.properties import CATALOGUE
from contract_tests.runner.attempt import checking
from contract_tests.runner.run import Run, start
from contract_tests.settings import Settings
from tests.contract_tests.support import PATIENCE_S

DOCUMENTS = Path(__file__).parents[2] / "mock_server" / "documents"


@contextmanager
def strict_run(url: str, spec: Path, ledger: Path, *, writes: bool = True, seed: int = 7) -> Iterator[Run]:
    """A quick run that writes to the service and that also fails for what is assumed."""
    options: dict[str, Any] = {"allow_writes": writes, "strict": True, "profile": "quick", "patience": PATIENCE_S}
    run = start(Settings(url, spec=spec, seed=seed, ledger=ledger, **options))
    try:
        run.check_reachable()
        yield run
    finally:
        run.finish()


def finding_of(run: Run, code: str, resource: str) -> Finding | None:
    """What the property finds with the resource; None if it holds."""
    api = next(one for one in run.resources if one.spec.resource.name == resource)
    check = CATALOGUE[code].check
    assert check is not None
    assert CATALOGUE[code].applies_to(api)
    try:
        with checking(run, api, code):
            check(api)
    except FindingRaisedError as raised:
        return raised.finding
    return next((one for one in run.findings if one.code == code), None)

"""Calibration: experiments choose the value that describes the service, or none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from contract_tests.calibration.words import Learnt
from contract_tests.runner.attempt import checking
from contract_tests.runner.plugin import CALIBRATION
from contract_tests.runner.run import Run
from contract_tests.settings import Settings
from openapi import PHONES, load
from tests.contract_tests.support import PATIENCE_S
from tests.proof.correct import Correct
from tests.proof.differing import table
from tests.proof.differing.input import _bounded, _clamped
from tests.proof.front import Front
from tests.proof.messages import Request, ServiceResponse

MOST_REQUESTS = 40


def calibrated(front: Front, folder: Path, overlays: Sequence[Path] = ()) -> Run:
    """A run that has calibrated, and is finished."""
    ledger, files = folder / "calibration-ledger", tuple(overlays)
    settings = Settings(
        front.url, overlays=files, allow_writes=True, profile="quick", ledger=ledger, patience=PATIENCE_S
    )
    run = Run(settings, load(PHONES, files), 1)
    try:
        run.check_reachable()
        with checking(run, run.resources[0], CALIBRATION):
            run.calibrate(run.resources[0])
    finally:
        run.finish()
    return run


def differing(learnt: list[Learnt]) -> dict[str, str | None]:
    """The values that differ from the document, by the last part of the node."""
    return {one.pointer.rpartition("/")[2]: one.word for one in learnt if one.word != one.declared}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("created-is-200", {}),
        ("paging-lenient", {"out-of-range": "clamped", "malformed-numbers": "leading-digits"}),
        ("limit-clamped-above", {"out-of-range": "clamped-above"}),
        ("limit-clamped-above-else-default", {"out-of-range": "clamped-above-default-below"}),
        ("unknown-fields-stored", {"unknown-fields": "stored"}),
        ("unknown-value-finds-nothing", {"unknown-values": "nothing-found"}),
        ("last-of-repeated", {"repeated-parameters": "last"}),
        ("text-is-trimmed", {"texts": "trimmed"}),
        ("null-is-absent", {"nulls": "left-out"}),
        ("search-by-prefix", {"match": "beginning"}),
        ("times-with-offset", {"times": "microseconds-with-offset"}),
        ("django-rest-framework", {"unknown-values": "ignored", "texts": "trimmed", "unknown-fields": "ignored"}),
    ],
)
def test_experiments_find_the_values_that_describe_a_service(name: str, words: dict[str, str], tmp_path: Path) -> None:
    """A few experiments find the values that describe a service, and each difference is a finding."""
    with table.load()[name].start() as front:
        run = calibrated(front, tmp_path)
    found = differing(run.learnt)
    assert words.items() <= found.items()
    assert None not in found.values()
    assert words or not found
    assert run.left == []
    assert run.calibration_requests <= MOST_REQUESTS + 8 * len(found)
    assert all(not one.documented and one.attempts == 1 for one in run.findings)
    assert {one.pointer.rpartition("/")[2] for one in run.findings} >= set(words)


class _Now:
    """A service that clamps a limit out of range every other time."""

    def __init__(self) -> None:
        self._turn = 0

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        changed = _bounded(request, _clamped) if request.role == "list" else None
        self._turn += changed is not None
        return correct(changed if changed is not None and self._turn % 2 else request)


def test_an_inconsistent_service_teaches_no_value(tmp_path: Path) -> None:
    """If inputs or repetitions disagree, the check learns no value, and the properties follow the document."""
    with Front(_Now(), Correct(None, {})) as front:
        run = calibrated(front, tmp_path)
    assert differing(run.learnt) == {"out-of-range": None}
    assert run.resources[0].spec.adopted == frozenset()

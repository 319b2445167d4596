"""The progress of a run, as lines where stderr is not a terminal."""

from __future__ import annotations

import pytest

from contract_tests.reports import PropertyRun
from contract_tests.runner.progress import Meter


def test_progress_has_a_line_for_each_property(capsys: pytest.CaptureFixture[str]) -> None:
    """Each property has a line with its number, outcome and cost; one request is "1 request"."""
    meter = Meter()
    with meter.shown():
        meter.collected(2)
        meter.calibrated((), 1)
        meter.checked(PropertyRun("LIST-ACCEPTED", "A plain list succeeds", "phone", "kept", 1, 0.04))
        meter.checked(PropertyRun("LIST-TOTAL", "The total counts what matched", "phone", "broken", 12, 0.5))
    assert capsys.readouterr().err.splitlines() == [
        "calibration: 0 questions, 0 differences (1 request)",
        "[1/2] LIST-ACCEPTED (phone) ok (1 request, 0.0 s)",
        "[2/2] LIST-TOTAL (phone) BROKEN (12 requests, 0.5 s)",
    ]

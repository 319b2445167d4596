"""The differences in an overlay, and whether a later run observes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract_tests.calibration.overlay import write_overlay
from contract_tests.calibration.stored import state_of, stored_differences
from openapi import PHONES, load
from tests.contract_tests.calibration.test_overlay import checked
from tests.contract_tests.probes.test_phase import calibrated
from tests.proof.differing import table


@pytest.mark.parametrize(
    ("written_for", "later", "states"),
    [
        ("paging-clamped", "paging-clamped", ["confirmed"]),
        ("paging-clamped", "created-is-200", ["no longer there"]),
        ("created-is-200", "created-is-200", ["confirmed"]),
        ("created-is-200", "paging-clamped", ["no longer there"]),
        ("conflict-is-400", "conflict-is-400", ["not seen"]),
        ("no-location", "no-location", ["confirmed"]),
        ("no-location", "created-is-202", ["no longer there"]),
        ("errors-with-status-code", "errors-with-status-code", ["confirmed"]),
    ],
)
def test_a_later_run_reports_the_state_of_each_stored_difference(
    written_for: str, later: str, states: list[str], tmp_path: Path
) -> None:
    """A stored difference is confirmed, no longer there, or not seen."""
    _, described = checked(written_for, "CREATE-ACCEPTED CREATE-UNIQUE CREATE-UNIQUE", load(PHONES), tmp_path)
    assert described.overlay
    file = tmp_path / "overlay.yaml"
    write_overlay(file, described.overlay)
    with table.load()[later].start() as front:
        run = calibrated(front, tmp_path, [file])
    stored = stored_differences(PHONES, [file])
    assert all(one.sentence and one.pointers for one in stored)
    assert [state_of(one, run.contract, run.facts, run.learnt, run.findings) for one in stored] == states

"""Runs of the check in forks of a process that has imported everything."""

from __future__ import annotations

from pathlib import Path

from tests.proof.preloaded import run_preloaded
from tests.proof.proving import ROOT

PATIENCE_S = 60


def test_a_usage_error_exits_with_2_and_its_message() -> None:
    """A usage error exits with 2, and the message is on the run's stderr."""
    ended = run_preloaded(["--profile", "quickly"], ROOT, {}, PATIENCE_S)
    assert ended is not None
    assert ended.code == 2
    assert "quickly" in ended.err


def test_a_run_reads_only_the_given_environment() -> None:
    """A setting in the given environment is read, and does not affect the next run."""
    ended = run_preloaded(["--timeout", "long"], ROOT, {"CALLCAMP_CHECK_PROFILE": "hasty"}, PATIENCE_S)
    without = run_preloaded(["--timeout", "long"], ROOT, {}, PATIENCE_S)
    assert ended is not None
    assert without is not None
    assert "hasty" in ended.err
    assert (without.code, "hasty" in without.err) == (2, False)


def test_a_crash_exits_with_1_and_a_traceback(tmp_path: Path) -> None:
    """A run that crashes exits with 1, with a traceback on its stderr, where the proof looks for it."""
    ended = run_preloaded([], tmp_path / "gone", {}, PATIENCE_S)
    assert ended is not None
    assert ended.code == 1
    assert "Traceback" in ended.err
    assert "gone" in ended.err


def test_a_run_that_takes_too_long_is_stopped() -> None:
    """A run that takes too long is stopped, without a result."""
    assert run_preloaded(["--list"], ROOT, {}, 0) is None

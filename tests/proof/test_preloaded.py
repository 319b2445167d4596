"""Runs of the check that are forks of a process which has imported everything."""

from __future__ import annotations

from pathlib import Path

from tests.proof.preloaded import run_preloaded
from tests.proof.proving import ROOT

PATIENCE_S = 60


def test_the_exit_code_and_the_words_are_those_of_the_command() -> None:
    """A usage error ends with 2, and what is wrong is on the run's own stderr."""
    ended = run_preloaded(["--profile", "quickly"], ROOT, {}, PATIENCE_S)
    assert ended is not None
    assert ended.code == 2
    assert "quickly" in ended.err


def test_only_the_environment_that_is_given_counts() -> None:
    """A setting in the given environment is read, and the next run without it does not see it."""
    told = run_preloaded(["--timeout", "long"], ROOT, {"CALLCAMP_CHECK_PROFILE": "hasty"}, PATIENCE_S)
    without = run_preloaded(["--timeout", "long"], ROOT, {}, PATIENCE_S)
    assert told is not None
    assert without is not None
    assert "hasty" in told.err
    assert (without.code, "hasty" in without.err) == (2, False)


def test_what_a_run_raises_is_told(tmp_path: Path) -> None:
    """A run that crashes ends with 1, and its traceback is on its stderr, where the proof looks for one."""
    ended = run_preloaded([], tmp_path / "gone", {}, PATIENCE_S)
    assert ended is not None
    assert ended.code == 1
    assert "Traceback" in ended.err
    assert "gone" in ended.err


def test_a_run_that_takes_too_long_is_ended() -> None:
    """After the time that is given for it, a run is over, and there is no result."""
    assert run_preloaded(["--list"], ROOT, {}, 0) is None

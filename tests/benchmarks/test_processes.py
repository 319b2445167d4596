"""Commands and their exit codes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.commands import ended
from benchmarks.errors import BenchmarkError
from benchmarks.machine import tool
from benchmarks.processes import finished


def test_a_failing_command_is_reported_with_its_output(tmp_path: Path) -> None:
    """The error of a failing command has its command line, exit code and last lines of output."""
    script = "import sys; print('first', file=sys.stderr); print('no space left', file=sys.stderr); sys.exit(3)"
    with pytest.raises(BenchmarkError, match=r"exits with 3: first / no space left$"):
        finished([sys.executable, "-c", script], folder=tmp_path)


def test_a_command_over_its_time_limit_is_killed(tmp_path: Path) -> None:
    """A command that exceeds its time limit is killed, and no child of it keeps writing to its output."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as output:
        with (
            os.fdopen(writing, "wb") as given,
            pytest.raises(BenchmarkError, match=r"^takes longer than 0\.1 s: "),
        ):
            finished([sys.executable, "-c", "import time; time.sleep(600)"], folder=tmp_path, out=given, limit_s=0.1)
        assert output.read() == b""


def test_a_missing_program_is_reported_with_install_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error for a missing program says how to install it."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BenchmarkError, match="wrk is missing: install it"):
        tool("wrk")


def test_errors_exit_with_1_and_interruptions_with_130(capsys: pytest.CaptureFixture[str]) -> None:
    """A BenchmarkError ends a command with 1 and one line, an interruption with 130."""

    def failing() -> None:
        raise BenchmarkError("main~9 is no commit")

    def unwritable() -> None:
        raise PermissionError(13, "Permission denied", "/scratch")

    def interrupted() -> None:
        raise KeyboardInterrupt

    assert ended(lambda: None) == 0
    assert ended(failing) == 1
    assert capsys.readouterr().err == "not measured: main~9 is no commit\n"
    assert ended(unwritable) == 1
    assert capsys.readouterr().err == "not measured: /scratch: Permission denied\n"
    assert ended(interrupted) == 130


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--peers", "postman"], "unknown peer 'postman'; choose from openapi-backend, connexion"),
        (["--sizes", "100,many"], "write numbers of at least 20, such as 100,10000"),
        (["--stage", "speed"], "'speed' is not one of 'peers'"),
        ([], "Missing option '--scratch'"),
    ],
)
def test_usage_errors_exit_with_2(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A usage error ends with 2, says what to write, and measures nothing."""
    scratch = ["--scratch", str(tmp_path / "scratch")] if arguments else []
    assert main([*scratch, *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "scratch").exists()

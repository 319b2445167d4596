"""What all commands have in common: their version, their help and their completion."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

import pytest

from contract_tests.__main__ import main as check
from fixtures.__main__ import main as fixtures
from mock_server.__main__ import main as mock
from openapi.__main__ import main as spec

Main = Callable[[Sequence[str]], int]
COMMANDS = {"callcamp-mock": mock, "callcamp-check": check, "callcamp-fixtures": fixtures, "callcamp-spec": spec}
each_command = pytest.mark.parametrize(("name", "main"), COMMANDS.items(), ids=COMMANDS)
PAGE = Path(__file__).parents[1] / "docs" / "completion.md"
Captured = pytest.CaptureFixture[str]


@each_command
def test_version_prints_command_and_version(name: str, main: Main, capsys: Captured) -> None:
    """--version prints the command and the version of the package."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"{name} {version('callcamp-contract-kit')}\n"


@each_command
def test_help_has_topics_and_examples(name: str, main: Main, capsys: Captured) -> None:
    """--help groups every option under a topic and ends with at least three examples of the command."""
    assert main(["--help"]) == 0
    _, _, options = capsys.readouterr().out.partition("\nOptions:\n")
    options, _, examples = options.partition("\n  Examples:\n")
    options, _, _ = options.partition("\nCommands:\n")
    ungrouped = [line.split()[0] for line in options.splitlines() if line.startswith("  -")]
    assert ungrouped == ["--version", "-h,"]
    commands = [line.split()[0] for line in examples.splitlines()]
    assert len(commands) >= 3
    assert set(commands) == {name}


@pytest.mark.parametrize("main", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize(("typed", "meant"), [("--verison", "--version"), ("--hlep", "--help")])
def test_a_mistyped_option_suggests_the_nearest_one(main: Main, typed: str, meant: str, capsys: Captured) -> None:
    """An unknown option is a usage error that suggests the option with the nearest name."""
    assert main([typed]) == 2
    error = capsys.readouterr().err
    assert f"No such option '{typed}'." in error
    assert f"'{meant}'" in error.partition("Did you mean")[2]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("name", COMMANDS)
def test_completion_scripts_are_printed(name: str, shell: str) -> None:
    """The variable in docs/completion.md makes a command print its completion script for the shell."""
    variable = f"_{name.upper().replace('-', '_')}_COMPLETE"
    command = [Path(sys.executable).with_name(name)]
    environ = {**os.environ, variable: f"{shell}_source"}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr
    assert f"{variable}={shell}_complete" in done.stdout
    assert f"{variable}={shell}_source {name}" in PAGE.read_text(encoding="utf-8")

"""The settings of a run as arguments: those for pytest, and those of the command that repeats the run."""

from __future__ import annotations

import shlex
from pathlib import Path

from contract_tests.settings import OPTIONS, Settings

_TESTS = Path(__file__).parents[1]
_PLUGINS = ("hypothesispytest", "schemathesis")


def pytest_arguments(settings: Settings) -> list[str]:
    """The arguments with which pytest runs the check."""
    arguments = [str(_TESTS), "-c", str(_TESTS / "pytest.ini"), "--rootdir", str(_TESTS), "-p", "no:terminal"]
    # Without cached bytecode, pytest takes a second to rewrite asserts.
    arguments += ["-p", "no:cacheprovider", "--assert", "plain"]
    # Other installed plugins are of no use to a check, and may disturb it.
    arguments += ["--disable-plugin-autoload", *(part for plugin in _PLUGINS for part in ("-p", plugin))]
    for option in OPTIONS:
        if option.in_pytest is not None:
            arguments += option.arguments(getattr(settings, option.name), option.in_pytest or option.switch)
    return arguments


def command_again(settings: Settings, seed: int) -> str:
    """The command that repeats the run with the same choices."""
    words, usual = ["callcamp-check", "--seed", str(seed)], Settings()
    for option in OPTIONS:
        if option.repeats and option.name != "seed":
            value = getattr(settings, option.name)
            words += option.arguments(value, option.switch) if value != getattr(usual, option.name) else []
    return shlex.join(words)

"""The recipes for CI: their YAML is valid, and their commands exist with these options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from contract_tests.__main__ import _command as check_command
from contract_tests.settings import OPTIONS

DOCS = Path(__file__).parent.parent / "docs"
FILES = sorted((DOCS / "ci").iterdir())


def commands(value: Any) -> Iterator[str]:
    """The command lines of the check in every string of a recipe."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from commands(one)
    elif isinstance(value, str):
        yield from re.findall(r"^callcamp-check .*$", value, re.MULTILINE)


def variables(value: Any) -> Iterator[str]:
    """The environment variables that a recipe sets."""
    if isinstance(value, dict):
        yield from value.get("env", {})
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from variables(one)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_recipe_commands_use_known_options(file: Path) -> None:
    """Each command line in a recipe has options that the check knows."""
    found = [*commands(yaml.safe_load(file.read_text()))]
    assert found or file.name == "github.yml"
    for line in found:
        parser = check_command.make_parser(click.Context(check_command, **check_command.context_settings))
        _, rest, _ = parser.parse_args(shlex.split(line)[1:])
        assert rest == []


def test_recipe_variables_are_known() -> None:
    """Each CALLCAMP_ variable in a recipe is one that the check reads."""
    known = {variable for option in OPTIONS for variable in option.variables} | {"CALLCAMP_TOKEN"}
    used = {name for file in FILES for name in variables(yaml.safe_load(file.read_text())) if "CALLCAMP" in name}
    assert used
    assert used <= known


def test_action_inputs_reach_the_shell_only_as_variables() -> None:
    """An input reaches the shell as a variable only, so that its text is not run."""
    steps = yaml.safe_load((DOCS / "ci" / "action.yml").read_text())["runs"]["steps"]
    assert not any("${{" in step.get("run", "") for step in steps)


def test_the_workflow_passes_known_action_inputs() -> None:
    """The workflow gives the action known inputs, the required one among them."""
    inputs = yaml.safe_load((DOCS / "ci" / "action.yml").read_text())["inputs"]
    jobs = yaml.safe_load((DOCS / "ci" / "github.yml").read_text())["jobs"]
    steps = [step for job in jobs.values() for step in job["steps"] if step.get("uses", "").startswith("./")]
    assert len(steps) == 2
    for step in steps:
        assert {"package"} <= step["with"].keys() <= inputs.keys()

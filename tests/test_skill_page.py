"""docs/skill.md and the JSON output of the commands: what programs rely on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from contract_tests.__main__ import main as check
from contract_tests.properties import CATALOGUE
from fixtures.__main__ import main as fixtures
from mock_server.__main__ import main as mock
from openapi import PHONES, load
from openapi.__main__ import main as spec
from tests.mock_server.support import caller_of

PAGE = (Path(__file__).parents[1] / "docs" / "skill.md").read_text(encoding="utf-8")
COMMANDS = {"mock": mock, "check": check, "fixtures": fixtures}


def test_the_page_is_a_skill_file() -> None:
    """The page begins with a name and a description, which tell an agent when to read the rest."""
    front = re.match(r"---\nname: [a-z-]+\ndescription: .{40,1000}\n---\n", PAGE)
    assert front is not None


@pytest.mark.parametrize("name", COMMANDS)
def test_options_on_the_page_exist(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every option in the page's command lines exists."""
    assert COMMANDS[name](["--help"]) == 0
    known = set(re.findall(r"--?[a-z][a-z-]*", capsys.readouterr().out))
    lines = re.findall(rf"callcamp-{name} ([^`\n#]*)", PAGE)
    named = {flag for line in lines for flag in re.findall(r"(?<!\S)--?[a-z][a-z-]*", line)}
    assert named
    assert named <= known


def test_admin_paths_on_the_page_exist() -> None:
    """Each path below /__mock/ that the page names exists."""
    call = caller_of(load(PHONES))
    places = {re.sub(r"<[^>]*>", "x", place) for place in call.get("/__mock/").body["places"]}
    named = re.findall(r"`(GET|POST|PUT) (/__mock/[a-z/]*)", PAGE)
    assert {f"{method} {place.rstrip('?')}" for method, place in named} <= places


def test_the_check_lists_and_explains_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """--list gives an array with every property, --explain an object; an unknown code is exit code 2."""
    assert check(["--list", "--json"]) == 0
    assert [one["code"] for one in json.loads(capsys.readouterr().out)] == list(CATALOGUE)
    assert check(["--explain", "LIST-TOTAL", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == CATALOGUE["LIST-TOTAL"].title
    assert check(["--explain", "LIST-TOTALS", "--json"]) == 2
    assert "unknown property" in capsys.readouterr().err


def test_the_spec_command_accepts_json_as_a_flag(capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` means the same as `--format json`."""
    assert spec(["validate", str(PHONES), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []

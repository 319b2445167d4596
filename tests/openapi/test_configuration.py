"""The configuration file of all commands: where it is looked for, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from fixtures.cli.command import command as fixtures_command
from fixtures.cli.command import main as fixtures_main
from mock_server.__main__ import main as mock_main
from openapi.configuration import (
    Command,
    ConfigurationError,
    Configured,
    read_configuration,
    value_and_origin,
)

_KNOWN = ("spec", "overlay", "rate", "token-file", "seed")


def _write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)


def _read(folder: Path, command: Command = "check") -> dict[str, object]:
    return {key: one.value for key, one in read_configuration(command, _KNOWN, folder).items()}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("callcamp.toml", 'spec = "api.yaml"\n[check]\nrate = 5\n[mock]\nseed = 1\n'),
        ("pyproject.toml", '[tool.callcamp]\nspec = "api.yaml"\n[tool.callcamp.check]\nrate = 5\n'),
        ("pyproject.toml", '[tool.callcamp-check]\nspec = "api.yaml"\nrate = 5\n'),
    ],
)
def test_a_command_reads_shared_and_own_settings(tmp_path: Path, name: str, text: str) -> None:
    """A command reads the settings for all commands and its own; paths are relative to the file."""
    _write(tmp_path, name, text)
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert _read(inner) == {"spec": str(tmp_path / "api.yaml"), "rate": 5}


def test_the_nearest_configuration_file_wins(tmp_path: Path) -> None:
    """A file in the folder hides the ones above it, and a pyproject.toml without our table does not."""
    _write(tmp_path, "callcamp.toml", "[check]\nrate = 1\n")
    (tmp_path / "a").mkdir()
    _write(tmp_path / "a", "pyproject.toml", "[tool.other]\nx = 1\n")
    assert _read(tmp_path / "a") == {"rate": 1}
    _write(tmp_path / "a", "callcamp.toml", "[check]\nrate = 2\n")
    assert _read(tmp_path / "a") == {"rate": 2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[check]\nrat = 1", "[check] rat: unknown setting (did you mean rate?); use one of overlay, rate, seed, spec"),
        (
            "rate = 1",
            "rate: unknown setting; use one of spec, overlay, allow-ref-outside, or write it into [mock], [check]",
        ),
        ("[chek]\nrate = 1", "chek: unknown setting; use one of spec, overlay, allow-ref-outside, or write it into"),
        ("check = 1", "[mock], [check], [fixtures] must be tables"),
        (
            '[check]\ntoken = "abc"',
            "[check] token: do not write a token to this file; set CALLCAMP_TOKEN, or write token",
        ),
        ("[check", "can't be read ("),
    ],
)
def test_a_bad_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """The message names the file, the table and the key, and what to write."""
    _write(tmp_path, "callcamp.toml", text)
    with pytest.raises(ConfigurationError) as caught:
        _read(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'callcamp.toml'}: ")
    assert message in str(caught.value)


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    """The message has a line for each problem."""
    _write(tmp_path, "callcamp.toml", "a = 1\n[check]\nb = 1\nc = 1\n")
    with pytest.raises(ConfigurationError) as caught:
        _read(tmp_path)
    assert len(str(caught.value).splitlines()) == 3


def test_two_configurations_in_one_folder_are_refused(tmp_path: Path) -> None:
    """Settings in both files of a folder are refused: which one counts would be a guess."""
    _write(tmp_path, "callcamp.toml", "[check]\nrate = 1\n")
    _write(tmp_path, "pyproject.toml", "[tool.callcamp.check]\nrate = 2\n")
    with pytest.raises(ConfigurationError, match="two configurations in one folder; keep one of them"):
        _read(tmp_path)


def test_fixtures_reads_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The fixtures command takes its defaults from the file, flags override it, and --show-config names each source."""
    monkeypatch.chdir(tmp_path)
    _write(tmp_path, "callcamp.toml", '[fixtures]\ncount = 1\ncountry = ["GB"]\nformat = "jsonl"\n')
    assert fixtures_main([]) == 0
    assert capsys.readouterr().out.count('"countryCode":"GB"') == 1
    assert fixtures_main(["-n", "2", "--show-config"]) == 0
    shown = {line.split()[0]: line.split(maxsplit=2)[1:] for line in capsys.readouterr().out.splitlines()}
    assert shown["count"] == ["2", "--count"]
    assert shown["country"] == ["GB", f"{tmp_path / 'callcamp.toml'}: [fixtures] country"]
    assert shown["seed"] == ["0", "default"]
    assert fixtures_main(["-n", "2", "--show-config", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert {"name": "count", "value": 2, "source": "--count"} in facts
    assert "json" not in {one["name"] for one in facts}
    assert fixtures_main(["--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 1
    assert fixtures_main(["--json", "--format", "csv"]) == 2
    assert "--json and --format csv exclude each other: drop one" in capsys.readouterr().err
    assert CliRunner().invoke(fixtures_command, ["-n", "0"]).exit_code == 0


def test_the_mock_reads_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Variables override the file and flags override both; tokens are hidden; a bad value is located."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CALLCAMP_SEED", "5")
    monkeypatch.setenv("CALLCAMP_TOKEN", "s3cret-token")
    _write(tmp_path, "callcamp.toml", "[mock]\nseed = 4\nport = 0\nempty = true\n")
    assert mock_main(["--port", "7", "--show-config"]) == 0
    out = capsys.readouterr().out
    shown = {line.split()[0]: line.split(maxsplit=2)[1:] for line in out.splitlines()}
    assert shown["seed"] == ["5", "CALLCAMP_SEED"]
    assert shown["port"] == ["7", "--port"]
    assert shown["empty"] == ["true", f"{tmp_path / 'callcamp.toml'}: [mock] empty"]
    assert shown["token"] == ["(set)", "CALLCAMP_TOKEN"]
    assert "s3cret" not in out
    assert mock_main(["--port", "7", "--show-config", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert {"name": "port", "value": "7", "source": "--port"} in facts
    assert {"name": "token", "value": "(set)", "source": "CALLCAMP_TOKEN"} in facts
    _write(tmp_path, "callcamp.toml", '[mock]\nport = "high"\n')
    assert mock_main([]) == 2
    assert f"{tmp_path / 'callcamp.toml'}: [mock] port: invalid integer 'high'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "environ", "found"),
    [
        ("a", {"B": "b"}, ("--name", "a")),
        (None, {"A": "", "B": "b"}, ("B", "b")),
        ((), {"A": "a", "B": "b"}, ("A", "a")),
        (None, {}, ("callcamp.toml: name", "c")),
        (False, {"A": "a"}, ("--name", False)),
    ],
)
def test_flags_override_variables_and_variables_the_file(
    given: object, environ: dict[str, str], found: tuple[str, object]
) -> None:
    """The flag wins over the variables, the first of them over the others, and these over the file."""
    configured = {"name": Configured("c", "callcamp.toml: name")}
    assert value_and_origin(given, "name", ("A", "B"), environ, configured) == found
    assert value_and_origin(None, "other", ("C",), environ, configured) == ("", None)

"""Options: where they come from, and what is refused."""

from __future__ import annotations

import json
import os
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from contract_tests.cli.pytest_arguments import command_again
from contract_tests.settings import Settings, SettingsError, read_settings, settings_origins


def _read(folder: Path, environ: dict[str, str] | None = None, **given: Any) -> Settings:
    return read_settings(given, environ or {}, folder)


def _table(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text(f"[tool.callcamp-check]\n{text}\n")


def test_settings_have_defaults(tmp_path: Path) -> None:
    """Without flags, variables or a file, all settings have their defaults."""
    assert _read(tmp_path) == Settings()


def test_flags_override_variables_and_variables_override_the_file(tmp_path: Path) -> None:
    """A flag takes precedence over an environment variable, and that over pyproject.toml."""
    _table(tmp_path, 'max-requests = 1\nrate = 2.5\nselect = ["LIST", "READ"]\nallow-writes = true')
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    read = _read(inner, {"CALLCAMP_CHECK_MAX_REQUESTS": "2", "CALLCAMP_TARGET": "http://a"}, target="http://b")
    assert (read.max_requests, read.rate, read.select, read.allow_writes) == (2, 2.5, ("LIST", "READ"), True)
    assert read.target == "http://b"


def test_codes_may_be_joined_by_commas(tmp_path: Path) -> None:
    """Codes can be given as several flags, or in one flag with commas."""
    assert _read(tmp_path, select=("LIST,READ", "HTTP")).select == ("LIST", "READ", "HTTP")


def test_overlays_are_flags_a_variable_or_a_list(tmp_path: Path) -> None:
    """Overlays are several flags, a path-like variable, or a list; the command to repeat the run has them."""
    two = (Path("a.yaml"), Path("b,c.yaml"))
    assert _read(tmp_path, overlays=("a.yaml", "b,c.yaml")).overlays == two
    assert _read(tmp_path, {"CALLCAMP_OVERLAYS": f"a.yaml{os.pathsep}b,c.yaml"}).overlays == two
    _table(tmp_path, 'overlays = ["a.yaml", "b,c.yaml"]')
    assert _read(tmp_path).overlays == (tmp_path / "a.yaml", tmp_path / "b,c.yaml")
    assert "--overlay a.yaml --overlay b,c.yaml" in command_again(_read(tmp_path, overlays=two), 1)


def test_a_token_comes_from_a_variable_or_a_file(tmp_path: Path) -> None:
    """--token-file takes precedence over CALLCAMP_TOKEN, and the token is not part of the settings' repr."""
    file = tmp_path / "token"
    file.write_text("s3cret\n")
    assert _read(tmp_path, {"CALLCAMP_TOKEN": "other"}).token == "other"
    read = _read(tmp_path, {"CALLCAMP_TOKEN": "other"}, token_file=str(file))
    assert read.token == "s3cret"
    assert "s3cret" not in repr(read)


@pytest.mark.parametrize(
    ("environ", "given", "message"),
    [
        ({}, {"rate": "fast"}, "--rate: 'fast' is not a number"),
        ({}, {"rate": "nan"}, "--rate: 'nan' is out of range"),
        ({}, {"max_requests": "0"}, "--max-requests: 0 is too small; write 1 or more"),
        ({"CALLCAMP_CHECK_STRICT": "maybe"}, {}, "CALLCAMP_CHECK_STRICT: 'maybe' is not a boolean"),
        ({}, {"profile": "slow"}, "--profile: 'slow' is not a profile; use one of quick, default, deep"),
        ({}, {"token_file": "/nowhere/token"}, "--token-file: can't read /nowhere/token"),
    ],
)
def test_an_invalid_setting_names_its_option(
    tmp_path: Path, environ: dict[str, str], given: dict[str, Any], message: str
) -> None:
    """An invalid value is refused, and the message names the option as the user wrote it."""
    with pytest.raises(SettingsError) as caught:
        read_settings(given, environ, tmp_path)
    assert message in str(caught.value)


def test_all_invalid_settings_are_reported_at_once(tmp_path: Path) -> None:
    """With several invalid options the message has a line for each of them."""
    with pytest.raises(SettingsError) as caught:
        _read(tmp_path, {"CALLCAMP_CHECK_STRICT": "maybe"}, rate="fast", seed="-1")
    assert str(caught.value).splitlines() == [
        "--seed: -1 is too small; write 0 or more",
        "CALLCAMP_CHECK_STRICT: 'maybe' is not a boolean; write true or false",
        "--rate: 'fast' is not a number",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rat = 1", "rat: unknown setting (did you mean rate?); use one of"),
        ('token = "abc"', "token: do not write a token to this file; set CALLCAMP_TOKEN, or write token-file"),
        ('rate = "fast"', "rate: 'fast' is not a number"),
    ],
)
def test_an_invalid_entry_of_pyproject_toml_is_named(tmp_path: Path, text: str, message: str) -> None:
    """An invalid entry of pyproject.toml is refused, and the message names the file and the entry."""
    _table(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        _read(tmp_path)
    assert str(tmp_path / "pyproject.toml") in str(caught.value)
    assert message in str(caught.value)


def test_the_origin_of_each_setting_is_shown(tmp_path: Path) -> None:
    """Each setting is listed with its value and its origin, and the token's value is not."""
    (tmp_path / "callcamp.toml").write_text('overlay = ["a.yaml"]\n[check]\nrate = 2\n[mock]\nport = 1\n')
    environ = {"CALLCAMP_TOKEN": "s3cret", "CALLCAMP_CHECK_SLOW": "3"}
    lines = settings_origins({"profile": "quick"}, environ, tmp_path).splitlines()
    shown = {line.split()[0]: line.split()[1:] for line in lines}
    assert len(lines) == len(fields(Settings))
    assert shown["profile"] == ["quick", "--profile"]
    assert shown["slow"] == ["3.0", "CALLCAMP_CHECK_SLOW"]
    assert shown["rate"] == ["2.0", f"{tmp_path}/callcamp.toml:", "[check]", "rate"]
    assert shown["overlay"] == [f"{tmp_path}/a.yaml", f"{tmp_path}/callcamp.toml:", "overlay"]
    assert shown["token"] == ["(set)", "CALLCAMP_TOKEN"]
    assert shown["timeout"] == ["10.0", "default"]
    facts = json.loads(settings_origins({"profile": "quick"}, environ, tmp_path, as_json=True))
    assert [one["name"] for one in facts] == [line.split()[0] for line in lines]
    assert {"name": "profile", "value": "quick", "source": "--profile"} in facts
    assert {"name": "token", "value": "(set)", "source": "CALLCAMP_TOKEN"} in facts
    assert {"name": "strict", "value": False, "source": "default"} in facts


def test_every_setting_can_be_set_from_outside(tmp_path: Path) -> None:
    """Every field of Settings can be set from outside Python."""
    for one in fields(Settings):
        with pytest.raises(SettingsError, match=f"--{one.name.replace('_', '-').removesuffix('s')}"):
            read_settings({one.name: _Unreadable()}, {}, tmp_path)


def test_the_command_to_repeat_a_run_has_its_options() -> None:
    """The command that repeats a run has the options that differ from their defaults, quoted for a shell."""
    settings = Settings("http://x/api", allow_writes=True, ignore=("RACE", "HTTP"), spec=Path("my phones.yaml"))
    wanted = "callcamp-check --seed 7 --target http://x/api --spec 'my phones.yaml' --allow-writes --ignore RACE,HTTP"
    assert command_again(settings, 7) == wanted


class _Unreadable:
    """A value that no option accepts."""

    def __str__(self) -> str:
        raise ValueError("is unreadable")

    def __fspath__(self) -> str:
        raise ValueError("is unreadable")

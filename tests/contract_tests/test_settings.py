"""What the check can be told, and where."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from contract_tests.settings import Settings, SettingsError, read_settings


def _read(folder: Path, environ: dict[str, str] | None = None, **given: Any) -> Settings:
    return read_settings(given, environ or {}, folder)


def _table(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text(f"[tool.callcamp-check]\n{text}\n")


def test_nothing_said_is_the_default(tmp_path: Path) -> None:
    """Without flags, variables and a file the settings are the defaults."""
    assert _read(tmp_path) == Settings()


def test_a_flag_goes_before_a_variable_before_a_file(tmp_path: Path) -> None:
    """A flag wins over an environment variable, and that over pyproject.toml of a folder above."""
    _table(tmp_path, 'max-requests = 1\nrate = 2.5\nselect = ["LIST", "READ"]\nallow-writes = true')
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    read = _read(inner, {"CALLCAMP_CHECK_MAX_REQUESTS": "2", "CALLCAMP_TARGET": "http://a"}, target="http://b")
    assert (read.max_requests, read.rate, read.select, read.allow_writes) == (2, 2.5, ("LIST", "READ"), True)
    assert read.target == "http://b"


def test_codes_may_be_joined_by_commas(tmp_path: Path) -> None:
    """Several codes may come as several flags, or as one with commas."""
    assert _read(tmp_path, select=("LIST,READ", "HTTP")).select == ("LIST", "READ", "HTTP")


def test_a_token_comes_from_a_variable_or_a_file(tmp_path: Path) -> None:
    """The token is that of the file named, else of CALLCAMP_TOKEN, and is never shown with the settings."""
    file = tmp_path / "token"
    file.write_text("s3cret\n")
    assert _read(tmp_path, {"CALLCAMP_TOKEN": "other"}).token == "other"
    read = _read(tmp_path, {"CALLCAMP_TOKEN": "other"}, token_file=str(file))
    assert read.token == "s3cret"
    assert "s3cret" not in repr(read)


@pytest.mark.parametrize(
    ("environ", "given", "message"),
    [
        ({}, {"rate": "fast"}, "--rate: 'fast' is no number"),
        ({}, {"rate": "nan"}, "--rate: 'nan' is out of range"),
        ({}, {"workers": "0"}, "--workers: 0 is too little: give 1 or more"),
        ({"CALLCAMP_CHECK_STRICT": "maybe"}, {}, "CALLCAMP_CHECK_STRICT: 'maybe' is neither true nor false"),
        ({}, {"profile": "slow"}, "--profile: 'slow' is no profile: use one of quick, default, deep"),
        ({}, {"token_file": "/nowhere/token"}, "--token-file /nowhere/token: can't be read"),
    ],
)
def test_a_bad_setting_is_named(tmp_path: Path, environ: dict[str, str], given: dict[str, Any], message: str) -> None:
    """A setting that can't be what it is said to be is refused under the name that the user gave it."""
    with pytest.raises(SettingsError) as caught:
        read_settings(given, environ, tmp_path)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rat = 1", "rat: is no setting; use one of"),
        ('token = "abc"', "is a secret; set CALLCAMP_TOKEN"),
        ('rate = "fast"', "rate: 'fast' is no number"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    """A wrong entry of pyproject.toml is refused with the file and the entry."""
    _table(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        _read(tmp_path)
    assert str(tmp_path / "pyproject.toml") in str(caught.value)
    assert message in str(caught.value)


def test_every_setting_can_be_read(tmp_path: Path) -> None:
    """Every member of Settings has a converter: none can only be set from Python."""
    for one in fields(Settings):
        with pytest.raises(SettingsError, match=f"--{one.name.replace('_', '-')}|CALLCAMP"):
            read_settings({one.name: _Unreadable()}, {}, tmp_path)


class _Unreadable:
    """A value that no setting takes."""

    def __str__(self) -> str:
        raise ValueError("is unreadable")

    def __fspath__(self) -> str:
        raise ValueError("is unreadable")

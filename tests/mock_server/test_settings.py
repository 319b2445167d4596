"""Settings from flags, the environment and Python callers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mock_server.settings import Settings, SettingsError, read_settings


def test_defaults() -> None:
    """Without anything said it is the loopback address, port 4010, the packaged document, no token."""
    assert read_settings({}, {}) == Settings(
        host="127.0.0.1", port=4010, spec=None, data=None, token=None, cors=True, log=True
    )


@pytest.mark.parametrize(
    ("given", "environ", "port"),
    [
        ({}, {"PORT": "1"}, 1),
        ({}, {"PORT": "1", "CALLCAMP_PORT": "2"}, 2),
        ({"port": "3"}, {"PORT": "1", "CALLCAMP_PORT": "2"}, 3),
        ({"port": 0}, {"PORT": "1"}, 0),
        ({"port": None}, {"PORT": ""}, 4010),
    ],
)
def test_what_goes_before_what(given: dict[str, Any], environ: dict[str, str], port: int) -> None:
    """A flag goes before CALLCAMP_PORT, that before PORT, that before the default; an empty variable is none."""
    assert read_settings(given, environ).port == port


def test_every_setting_can_come_from_the_environment(tmp_path: Path) -> None:
    """Each has its variable."""
    file = tmp_path / "file"
    file.write_text("secret\n")
    environ = {"HOST": "::1", "CALLCAMP_SPEC": str(file), "CALLCAMP_DATA": str(file), "CALLCAMP_TOKEN_FILE": str(file)}
    environ |= {"CALLCAMP_SEED": "7", "CALLCAMP_CORS": "off", "CALLCAMP_LOG": "NO", "CALLCAMP_SELF_CHECK": "yes"}
    assert read_settings({}, environ) == Settings(
        host="::1", spec=file, data=file, token="secret", seed=7, cors=False, log=False, self_check=True
    )
    assert read_settings({}, {"CALLCAMP_EMPTY": "1", "CALLCAMP_HOST": "h", "CALLCAMP_TOKEN": "t"}) == Settings(
        host="h", empty=True, token="t"
    )


@pytest.mark.parametrize(
    ("given", "environ", "message"),
    [
        ({"port": "x"}, {}, "--port: 'x' is no integer"),
        ({"port": "65536"}, {}, "--port: 65536 is no port: give 0 to 65535; 0 picks a free one"),
        ({"port": "-1"}, {}, "--port: -1 is no port: give 0 to 65535; 0 picks a free one"),
        ({}, {"PORT": "http"}, "PORT: 'http' is no integer"),
        ({}, {"CALLCAMP_CORS": "maybe"}, "CALLCAMP_CORS: 'maybe' is neither true nor false: give 1 or 0"),
        ({"spec": "/no/such"}, {}, "--spec: there is no file /no/such"),
        ({"data": "/"}, {}, "--data: there is no file /"),
        ({"token": "a b"}, {}, "--token: no bearer token looks like this"),
        ({"token": ""}, {}, "--token: no bearer token looks like this"),
        ({}, {"CALLCAMP_TOKEN": "é"}, "CALLCAMP_TOKEN: no bearer token looks like this"),
        ({"seed": "1.5"}, {}, "--seed: '1.5' is no integer"),
        ({"data": __file__, "empty": True}, {}, "--data and --empty: give one of them"),
        ({"token": "t", "token_file": __file__}, {}, "--token and --token-file: give one of them"),
        ({"token_file": __file__}, {}, "--token-file: no bearer token looks like this"),
    ],
)
def test_settings_that_are_refused(given: dict[str, Any], environ: dict[str, str], message: str) -> None:
    """The message names the flag or the variable, and says what to write."""
    with pytest.raises(SettingsError) as error:
        read_settings(given, environ)
    assert str(error.value).startswith(message)


def test_a_token_file_that_is_no_text(tmp_path: Path) -> None:
    """A file that can't be read as text is said to be so."""
    file = tmp_path / "token"
    file.write_bytes(b"\xff")
    with pytest.raises(SettingsError, match=r"^--token-file: "):
        read_settings({"token_file": file}, {})


def test_the_token_is_not_shown() -> None:
    """Printing settings gives no token away."""
    assert "hush" not in repr(Settings(token="hush"))

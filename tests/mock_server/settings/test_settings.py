"""Settings from flags, the environment and Python callers."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mock_server.settings.session_settings import Delay, SessionSettings, Strictness
from mock_server.settings.settings import Settings, SettingsError, read_settings


def test_settings_have_defaults() -> None:
    """The defaults are the loopback address, port 4010, the packaged document and no token."""
    assert read_settings({}, {}) == Settings(
        host="127.0.0.1", port=4010, spec=None, data=None, token=None, cors=True, log="text"
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
def test_flags_override_variables_and_variables_defaults(
    given: dict[str, Any], environ: dict[str, str], port: int
) -> None:
    """A flag overrides CALLCAMP_PORT, which overrides PORT, which overrides the default; empty ones are ignored."""
    assert read_settings(given, environ).port == port


def test_every_setting_has_a_variable(tmp_path: Path) -> None:
    """Each setting can be set by an environment variable."""
    file = tmp_path / "file"
    file.write_text("secret\n")
    environ = {"HOST": "::1", "CALLCAMP_SPEC": str(file), "CALLCAMP_DATA": str(file), "CALLCAMP_TOKEN_FILE": str(file)}
    environ |= {"CALLCAMP_SEED": "7", "CALLCAMP_CORS": "off", "CALLCAMP_LOG": "NO", "CALLCAMP_SELF_CHECK": "yes"}
    assert read_settings({}, environ) == Settings(
        host="::1", spec=file, data=file, token="secret", seed=7, cors=False, log="off", self_check=True
    )
    assert read_settings({}, {"CALLCAMP_EMPTY": "1", "CALLCAMP_HOST": "h", "CALLCAMP_TOKEN": "t"}) == Settings(
        host="h", empty=True, token="t"
    )


def test_settings_of_long_running_mocks_have_variables(tmp_path: Path) -> None:
    """Time, sessions, journal, admin, session_settings, state, watching and log have variables too."""
    file = tmp_path / "token"
    file.write_text("secret\n")
    environ = {"CALLCAMP_NOW": "2026-03-01T13:00:00+01:00", "CALLCAMP_SESSIONS": "5", "CALLCAMP_SESSION_AGE": "60"}
    environ |= {"CALLCAMP_JOURNAL": "0", "CALLCAMP_ADMIN": "0", "CALLCAMP_ADMIN_TOKEN_FILE": str(file)}
    environ |= {"CALLCAMP_DELAY": "100-500,listPhones=0", "CALLCAMP_PROFILE": "flaky", "CALLCAMP_VALIDATE": "warn"}
    environ |= {"CALLCAMP_LIFECYCLE": "1", "CALLCAMP_STATE": str(tmp_path / "state"), "CALLCAMP_WATCH": "0"}
    assert read_settings({}, environ | {"CALLCAMP_LOG": "json"}) == Settings(
        now=datetime(2026, 3, 1, 12, tzinfo=UTC),
        sessions=5,
        session_age=60,
        journal=0,
        admin=False,
        admin_token="secret",
        session_settings=SessionSettings(
            {"": Delay(100, 500), "listPhones": Delay(0, 0)}, "flaky", Strictness.WARN, lifecycle=True
        ),
        state=tmp_path / "state",
        watch=False,
        log="json",
    )
    assert read_settings({"delay": ()}, environ).session_settings.delays == {
        "": Delay(100, 500),
        "listPhones": Delay(0, 0),
    }


@pytest.mark.parametrize(("given", "style"), [(True, "text"), (False, "off"), ("on", "text"), ("json", "json")])
def test_log_styles_are_read(given: str | bool, style: str) -> None:
    """The log style is text, JSON or off; yes and no are accepted too."""
    assert read_settings({"log": given}, {}).log == style


@pytest.mark.parametrize(
    ("given", "environ", "message"),
    [
        ({"port": "x"}, {}, "--port: invalid integer 'x'"),
        ({"port": "65536"}, {}, "--port: invalid port 65536; use 0 to 65535 (0 picks a free one)"),
        ({"port": "-1"}, {}, "--port: invalid port -1; use 0 to 65535 (0 picks a free one)"),
        ({}, {"PORT": "http"}, "PORT: invalid integer 'http'"),
        ({}, {"CALLCAMP_CORS": "maybe"}, "CALLCAMP_CORS: 'maybe' is not a boolean; write true or false"),
        ({"spec": "/no/such"}, {}, "--spec: no such file: /no/such"),
        ({"data": "/"}, {}, "--data: no such file: /"),
        ({"token": "a b"}, {}, "--token: invalid bearer token"),
        ({"token": ""}, {}, "--token: invalid bearer token"),
        ({}, {"CALLCAMP_TOKEN": "é"}, "CALLCAMP_TOKEN: invalid bearer token"),
        ({"seed": "1.5"}, {}, "--seed: invalid integer '1.5'"),
        ({"data": __file__, "empty": True}, {}, "use either --data or --empty, not both"),
        ({"token": "t", "token_file": __file__}, {}, "use either --token or --token-file, not both"),
        ({"token_file": __file__}, {}, "--token-file: invalid bearer token"),
        ({"admin_token": "t", "admin_token_file": __file__}, {}, "use either --admin-token or --admin-token-file"),
        ({"now": "noon"}, {}, "--now: invalid time 'noon'; use RFC 3339, for example 2026-03-01T12:00:00Z"),
        ({"sessions": "0"}, {}, "--sessions: 0 is too small; use 1 or more"),
        ({"delay": "5-1"}, {}, "--delay: invalid delay '5-1'; use a rising range up to 60000 ms"),
        ({"delay": ("1", "x")}, {}, "--delay: invalid delay 'x'; use milliseconds such as 200"),
        ({"profile": "bad"}, {}, "--profile: unknown profile 'bad'; use flaky, slow, offline, rate-limited"),
        ({"validate": "no"}, {}, "--validate: invalid value 'no'; use strict, warn or off"),
        ({"log": "xml"}, {}, "--log: invalid value 'xml'; use text, json or off"),
        ({"state": "/no/such/folder/file"}, {}, "--state: can't write /no/such/folder/file"),
        ({"state": __file__, "data": __file__}, {}, "--state and --data need different files"),
    ],
)
def test_invalid_settings_are_refused(given: dict[str, Any], environ: dict[str, str], message: str) -> None:
    """The message names the flag or the variable, and says what to write."""
    with pytest.raises(SettingsError) as error:
        read_settings(given, environ)
    assert str(error.value).startswith(message)


def test_a_token_file_may_be_a_pipe() -> None:
    """A token file may be a pipe, such as that of a shell's <(command)."""
    reading, writing = os.pipe()
    os.write(writing, b"from-a-pipe\n")
    os.close(writing)
    try:
        assert read_settings({"token_file": f"/dev/fd/{reading}"}, {}).token == "from-a-pipe"
    finally:
        os.close(reading)


def test_a_binary_token_file_is_refused(tmp_path: Path) -> None:
    """A token file that is not text is an error that says so."""
    file = tmp_path / "token"
    file.write_bytes(b"\xff")
    with pytest.raises(SettingsError, match=r"^--token-file: "):
        read_settings({"token_file": file}, {})


def test_printed_settings_hide_the_token() -> None:
    """Printed settings do not contain the token."""
    assert "hush" not in repr(Settings(token="hush"))

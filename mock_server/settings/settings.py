"""What the mock can be told, and the one reader of it: for flags, for the environment and for Python callers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

from mock_server.settings.base_path import read_base_path
from mock_server.settings.session_settings import PROFILES, Delay, SessionSettings, Strictness, read_delay_of

_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_TRUE = ("1", "true", "yes", "on")
_FALSE = ("0", "false", "no", "off")


LogStyle: TypeAlias = Literal["text", "json", "off"]


class SettingsError(ValueError):
    """A setting that can't be what it is said to be. The message names it as the user did."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a mock is to run.

    `port` 0 picks a free one. `spec` is the document (None: the packaged one), `base_path` what its paths follow (None:
    the path of its first server, '': nothing). `data` is a file of records to begin with, `empty` begins with none.
    `token` is what a bearer must carry; None lets all in. `seed` decides the records to begin with, every identifier
    that is made, and every other random choice. `now` is where clocks stand at first; None lets them go. `sessions` is
    how many there may be beside the default one, `session_age` how many seconds one may be idle, `journal` how many
    requests each remembers. `admin` serves /__mock/, to whoever has the `admin_token` if there is one. `behaviour` is
    how sessions treat requests at first. `state` is a file that keeps the default session's records. `watch` takes a
    changed document. `tls` serves HTTPS, with the PEM files `tls_cert` and `tls_key` or, where there are none, with a
    certificate that is made for it. `log` says how requests are printed, `self_check` whether every answer is judged
    before it is sent.
    """

    host: str = "127.0.0.1"
    port: int = 4010
    spec: Path | None = None
    base_path: str | None = None
    data: Path | None = None
    empty: bool = False
    token: str | None = field(default=None, repr=False)
    seed: int | None = None
    now: datetime | None = None
    cors: bool = True
    sessions: int = 1000
    session_age: int = 3600
    journal: int = 1000
    admin: bool = True
    admin_token: str | None = field(default=None, repr=False)
    ui: bool = True
    behaviour: SessionSettings = field(default_factory=lambda: SessionSettings({}))
    state: Path | None = None
    watch: bool = True
    tls: bool = False
    tls_cert: Path | None = None
    tls_key: Path | None = None
    log: LogStyle = "text"
    self_check: bool = False


def read_settings(given: Mapping[str, Any], environ: Mapping[str, str]) -> Settings:
    """The settings `given` by name, where it has none (or None) those of `environ`, else the defaults.

    `given` may hold `token_file` and `admin_token_file` for the tokens, and `delay`, `profile`, `validate` and
    `lifecycle` for the behaviour. An empty environment variable is none. Raises SettingsError.
    """
    values: dict[str, Any] = {}
    for name, (variables, convert) in _SETTINGS.items():
        source, value = f"--{name.replace('_', '-')}", given.get(name)
        # A flag that may be repeated and was not given.
        if value == ():
            value = None
        for variable in variables:
            if value is None and environ.get(variable):
                source, value = variable, environ[variable]
        if value is not None:
            try:
                values[name] = convert(value)
            except ValueError as error:
                raise SettingsError(f"{source}: {error}") from None
    return _combined(values)


def _combined(values: dict[str, Any]) -> Settings:
    for name in ("token", "admin_token"):
        _read_token_file(name, values)
    if values.get("empty") and "data" in values:
        raise SettingsError("--data and --empty: give one of them")
    if "state" in values and values["state"] == values.get("data"):
        raise SettingsError("--state and --data: give two files; the one of --data is only read")
    if ("tls_cert" in values) != ("tls_key" in values):
        raise SettingsError("--tls-cert and --tls-key: give both, or neither")
    behaviour = SessionSettings(
        delays=values.pop("delay", {}),
        profile=values.pop("profile", None),
        strictness=values.pop("validate", Strictness.STRICT),
        lifecycle=values.pop("lifecycle", False),
    )
    return Settings(**values, behaviour=behaviour)


def _read_token_file(name: str, values: dict[str, Any]) -> None:
    file: Path | None = values.pop(f"{name}_file", None)
    if file is None:
        return
    flag = f"--{name.replace('_', '-')}"
    if name in values:
        raise SettingsError(f"{flag} and {flag}-file: give one of them")
    try:
        values[name] = _token(file.read_text().strip())
    except (OSError, ValueError) as error:
        raise SettingsError(f"{flag}-file: {error}") from None


def _port(value: str | int) -> int:
    port = _integer(value)
    if not 0 <= port <= 65535:
        raise ValueError(f"{port} is no port: give 0 to 65535; 0 picks a free one")
    return port


def _integer(value: str | int) -> int:
    try:
        return int(value)
    except ValueError:
        raise ValueError(f"{value!r} is no integer") from None


def _flag(value: str | bool) -> bool:
    if isinstance(value, bool):
        return value
    if value.lower() not in _TRUE + _FALSE:
        raise ValueError(f"{value!r} is neither true nor false: give 1 or 0")
    return value.lower() in _TRUE


def _file(value: str | Path) -> Path:
    path = Path(value)
    if not path.is_file():
        raise ValueError(f"there is no file {path}")
    return path


def _new_file(value: str | Path) -> Path:
    path = Path(value)
    if path.is_dir() or not path.resolve().parent.is_dir():
        raise ValueError(f"{path} can be no file: name one in a folder that is there")
    return path


def _token(value: str) -> str:
    if not _TOKEN.fullmatch(value):
        raise ValueError("no bearer token looks like this: use letters, digits and -._~+/, and = at the end (RFC 6750)")
    return value


def _count(least: int) -> Callable[[str | int], int]:
    def convert(value: str | int) -> int:
        number = _integer(value)
        if number < least:
            raise ValueError(f"{number} is too few: give {least} or more")
        return number

    return convert


def read_moment(value: str | datetime) -> datetime:
    """The moment that an RFC 3339 date-time names. Raises ValueError."""
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value.upper())
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{value!r} is no time: write it like 2026-03-01T12:00:00Z") from None


def read_delays(value: str | Sequence[str]) -> Mapping[str, Delay]:
    """Delays by operationId ('' for all others), from texts such as `100-500` and `listPhones=300`. Raises ValueError.

    One text may hold several, with commas between them.
    """
    texts = [value] if isinstance(value, str) else value
    return dict(read_delay_of(part) for text in texts for part in str(text).split(","))


def read_profile(value: str) -> str:
    """The name of a profile. Raises ValueError."""
    if value not in PROFILES:
        raise ValueError(f"{value!r} is no profile: give one of {', '.join(PROFILES)}")
    return value


def read_strictness(value: str | Strictness) -> Strictness:
    """How strict to be. Raises ValueError."""
    try:
        return Strictness(value)
    except ValueError:
        raise ValueError(f"{value!r} is no strictness: give one of strict, warn, off") from None


def _log_style(value: str | bool) -> LogStyle:
    if value in ("text", "json", "off"):
        return cast("LogStyle", value)
    try:
        return "text" if _flag(value) else "off"
    except ValueError:
        raise ValueError(f"{value!r} is no kind of log: give one of text, json, off") from None


_SETTINGS: Mapping[str, tuple[tuple[str, ...], Callable[[Any], Any]]] = {
    "host": (("CALLCAMP_HOST", "HOST"), str),
    "port": (("CALLCAMP_PORT", "PORT"), _port),
    "spec": (("CALLCAMP_SPEC",), _file),
    "base_path": (("CALLCAMP_BASE_PATH",), read_base_path),
    "data": (("CALLCAMP_DATA",), _file),
    "empty": (("CALLCAMP_EMPTY",), _flag),
    "token": (("CALLCAMP_TOKEN",), _token),
    "token_file": (("CALLCAMP_TOKEN_FILE",), _file),
    "seed": (("CALLCAMP_SEED",), _integer),
    "now": (("CALLCAMP_NOW",), read_moment),
    "cors": (("CALLCAMP_CORS",), _flag),
    "sessions": (("CALLCAMP_SESSIONS",), _count(1)),
    "session_age": (("CALLCAMP_SESSION_AGE",), _count(1)),
    "journal": (("CALLCAMP_JOURNAL",), _count(0)),
    "admin": (("CALLCAMP_ADMIN",), _flag),
    "admin_token": (("CALLCAMP_ADMIN_TOKEN",), _token),
    "admin_token_file": (("CALLCAMP_ADMIN_TOKEN_FILE",), _file),
    "ui": (("CALLCAMP_UI",), _flag),
    "delay": (("CALLCAMP_DELAY",), read_delays),
    "profile": (("CALLCAMP_PROFILE",), read_profile),
    "validate": (("CALLCAMP_VALIDATE",), read_strictness),
    "lifecycle": (("CALLCAMP_LIFECYCLE",), _flag),
    "state": (("CALLCAMP_STATE",), _new_file),
    "watch": (("CALLCAMP_WATCH",), _flag),
    "tls": (("CALLCAMP_TLS",), _flag),
    "tls_cert": (("CALLCAMP_TLS_CERT",), _file),
    "tls_key": (("CALLCAMP_TLS_KEY",), _file),
    "log": (("CALLCAMP_LOG",), _log_style),
    "self_check": (("CALLCAMP_SELF_CHECK",), _flag),
}

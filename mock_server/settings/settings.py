"""The settings of a mock, and their one reader: for flags, the environment and Python callers."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from mock_server.clock import parse_time
from mock_server.settings.base_path import read_base_path
from mock_server.settings.session_settings import (
    PROFILES,
    Delay,
    SessionSettings,
    Strictness,
    UpstreamMode,
    read_delay_of,
)
from mock_server.settings.upstream_settings import UpstreamSettings, read_headers, read_modes, read_timeout, read_url

if TYPE_CHECKING:
    from openapi.configuration import Configured

_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")


LogStyle: TypeAlias = Literal["text", "json", "off"]


class SettingsError(ValueError):
    """An invalid setting. The message has the name that the user gave it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a mock runs.

    - `port`: 0 picks a free one. `spec`: the document (None: the phone API); `overlays` are applied to it in order;
      `allow_ref_outside`: it may refer to files outside its folder; `no_infer`: infer no resources.
    - `base_path`: the path of the API (None: that of the document's first server; '': the root).
    - `data`: a file of initial records; `empty`: none. `seed` decides the generated records, every identifier that is
      made, and every random choice. `now`: the time at which clocks are frozen at first; None lets them run.
    - `token`: the bearer token that requests need; None admits all. `admin`: serve /__mock/, to callers with the
      `admin_token` if there is one. `ui`: serve the page for people.
      `report_json`: a report of the contract check that it shows.
      `write_overlay`, `write_baseline`: the files for differences that are accepted, and for those that are ignored.
    - `sessions`: how many there may be besides the default one; `session_age`: how many seconds one may be idle;
      `journal`: how many requests each keeps. `session_settings`: the initial settings of each.
    - `state`: a file that keeps the records of the default session. `watch`: reload a changed document.
    - `record`: a new file for a recording of all requests and responses.
    - `upstream`: the service behind the mock; None: there is none.
    - `tls`: serve HTTPS, with the PEM files `tls_cert` and `tls_key`, or with a certificate made for this start.
    - `json`: print the start-up output as JSON. `log`: how to print requests; `log_admin`: those to /__mock/, too.
    - `self_check`: check each response before it is sent.
    """

    host: str = "127.0.0.1"
    port: int = 4010
    spec: Path | None = None
    overlays: tuple[Path, ...] = ()
    allow_ref_outside: bool = False
    no_infer: bool = False
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
    report_json: Path | None = None
    write_overlay: Path | None = None
    write_baseline: Path | None = None
    session_settings: SessionSettings = field(default_factory=lambda: SessionSettings({}))
    state: Path | None = None
    record: Path | None = None
    upstream: UpstreamSettings | None = None
    watch: bool = True
    tls: bool = False
    tls_cert: Path | None = None
    tls_key: Path | None = None
    json: bool = False
    log: LogStyle = "text"
    log_admin: bool = False
    self_check: bool = False

    @property
    def applied_overlays(self) -> tuple[Path, ...]:
        """The overlays of the document, the one for accepted differences last if it says anything."""
        file = self.write_overlay
        says_more = file is not None and file.is_file() and file.stat().st_size > 0
        return (*self.other_overlays, file) if file is not None and says_more else self.other_overlays

    @property
    def other_overlays(self) -> tuple[Path, ...]:
        """The overlays of the document without the one for accepted differences."""
        file = self.write_overlay
        return tuple(one for one in self.overlays if file is None or one.resolve() != file.resolve())

    @property
    def starts_empty(self) -> bool:
        """Whether the mock starts without records, because it learns those of a service or has its own."""
        learns = self.upstream is not None and self.upstream.learn
        return self.empty or (learns and self.data is None)


def read_settings(
    given: Mapping[str, Any], environ: Mapping[str, str], configured: Mapping[str, Configured] = {}
) -> Settings:
    """The settings in `given` by name; if missing or None, those in `environ`, then in `configured`, else the defaults.

    `given` may have `token_file` and `admin_token_file` for the tokens, and `delay`, `profile`, `validate` and
    `lifecycle` for the session settings. `configured` has values of the configuration file by flag. Empty environment
    variables do not count. Raises SettingsError.
    """
    values: dict[str, Any] = {}
    for name, (_, convert) in _SETTINGS.items():
        source, value = _source(name, given, environ, configured)
        if source:
            try:
                values[name] = convert(value)
            except (ValueError, TypeError) as error:
                raise SettingsError(f"{source}: {error}") from None
    return _combined(values)


def settings_origins(
    given: Mapping[str, Any], environ: Mapping[str, str], configured: Mapping[str, Configured]
) -> Iterator[tuple[str, Any, str]]:
    """Each setting by flag: its value as it was given, None for the default, and where it comes from; no token."""
    for name in _SETTINGS:
        source, value = _source(name, given, environ, configured)
        yield flag_of(name), "(set)" if value is not None and name in _SECRET else value, source


def flag_of(name: str) -> str:
    """The flag of a setting, without dashes at its start; it is also the key in the configuration file."""
    return "overlay" if name == "overlays" else name.replace("_", "-")


def setting_flags() -> list[str]:
    """The flags of all settings that a file may have, without dashes at their start.

    A service's address and credentials come from the command line or the environment only.
    """
    return [flag_of(name) for name in _SETTINGS if name not in _NOT_IN_FILES]


def _source(
    name: str, given: Mapping[str, Any], environ: Mapping[str, str], configured: Mapping[str, Configured]
) -> tuple[str, Any]:
    """The source of a setting ('' if it is not set), and its value there."""
    origin, value = _configuration().value_and_origin(
        given.get(name), flag_of(name), _SETTINGS[name][0], environ, configured
    )
    return origin, value


def _combined(values: dict[str, Any]) -> Settings:
    for name in ("token", "admin_token", "upstream_token"):
        _read_token_file(name, values)
    if values.get("empty") and "data" in values:
        raise SettingsError("use either --data or --empty, not both")
    if "state" in values and values["state"] == values.get("data"):
        raise SettingsError("--state and --data need different files; --data is never written")
    if ("tls_cert" in values) != ("tls_key" in values):
        raise SettingsError("use --tls-cert and --tls-key together")
    modes = values.pop("upstream_mode", {})
    values["upstream"] = _upstream(values, modes)
    session_settings = SessionSettings(
        modes=modes,
        delays=values.pop("delay", {}),
        profile=values.pop("profile", None),
        strictness=values.pop("validate", Strictness.STRICT),
        lifecycle=values.pop("lifecycle", False),
    )
    return Settings(**values, session_settings=session_settings)


def _upstream(values: dict[str, Any], modes: Mapping[str, UpstreamMode]) -> UpstreamSettings | None:
    """The settings of the service behind the mock, removed from `values`."""
    url, token = values.pop("upstream", None), values.pop("upstream_token", None)
    headers = dict(values.pop("upstream_header", {}))
    more = {
        name: values.pop(f"upstream_{name}") for name in ("timeout", "ca", "writes") if f"upstream_{name}" in values
    }
    more = {**more, "learn": values.pop("learn", False)}
    if url is None:
        if token or headers or modes or more["learn"] or len(more) > 1:
            raise SettingsError("--learn and the options --upstream-... need --upstream URL")
        return None
    if token is not None and any(name.lower() == "authorization" for name in headers):
        raise SettingsError("use either --upstream-token or an Authorization in --upstream-header, not both")
    if values.get("self_check"):
        raise SettingsError("--self-check checks the mock's own responses; leave it out with --upstream")
    authorization = {} if token is None else {"Authorization": f"Bearer {token}"}
    return UpstreamSettings(url, {**headers, **authorization}, **more)


def _read_token_file(name: str, values: dict[str, Any]) -> None:
    file: Path | None = values.pop(f"{name}_file", None)
    if file is None:
        return
    flag = f"--{name.replace('_', '-')}"
    if name in values:
        raise SettingsError(f"use either {flag} or {flag}-file, not both")
    try:
        values[name] = _token(file.read_text().strip())
    except (OSError, ValueError) as error:
        raise SettingsError(f"{flag}-file: {error}") from None


def _port(value: str | int) -> int:
    port = _integer(value)
    if not 0 <= port <= 65535:
        raise ValueError(f"invalid port {port}; use 0 to 65535 (0 picks a free one)")
    return port


def _integer(value: str | int) -> int:
    try:
        return int(value)
    except ValueError:
        raise ValueError(f"invalid integer {value!r}") from None


def _file(value: str | Path) -> Path:
    path = Path(value)
    if not path.is_file():
        raise ValueError(f"no such file: {path}")
    return path


def _secret_file(value: str | Path) -> Path:
    path = Path(value)
    # It may be a pipe, such as a shell's <(command).
    if path.is_dir() or not path.exists():
        raise ValueError(f"no such file: {path}")
    return path


def _files(value: str | Sequence[str | Path]) -> tuple[Path, ...]:
    return tuple(_file(one) for one in (value.split(os.pathsep) if isinstance(value, str) else value))


def _new_file(value: str | Path) -> Path:
    path = Path(value)
    if path.is_dir() or not path.resolve().parent.is_dir():
        raise ValueError(f"can't write {path}: name a file in an existing folder")
    return path


def _absent_file(value: str | Path) -> Path:
    path = _new_file(value)
    if path.exists():
        raise ValueError(f"{path} exists already; name another file, or delete it")
    return path


def _token(value: str) -> str:
    if not _TOKEN.fullmatch(value):
        raise ValueError("invalid bearer token; use letters, digits and -._~+/, and = at the end (RFC 6750)")
    return value


def _count(least: int) -> Callable[[str | int], int]:
    def convert(value: str | int) -> int:
        number = _integer(value)
        if number < least:
            raise ValueError(f"{number} is too small; use {least} or more")
        return number

    return convert


def read_time(value: str | datetime) -> datetime:
    """The time that an RFC 3339 date-time names. Raises ValueError."""
    time = parse_time(value.isoformat() if isinstance(value, datetime) else value)
    if time is None:
        raise ValueError(f"invalid time {value!r}; use RFC 3339, for example 2026-03-01T12:00:00Z")
    return time


def read_delays(value: str | Sequence[str]) -> Mapping[str, Delay]:
    """Delays by operationId ('' for all others), from strings such as `100-500,listPhones=300`. Raises ValueError."""
    texts = [value] if isinstance(value, str) else value
    return dict(read_delay_of(part) for text in texts for part in str(text).split(","))


def read_profile(value: str) -> str:
    """The name of a profile. Raises ValueError."""
    if value not in PROFILES:
        raise ValueError(f"unknown profile {value!r}; use {', '.join(PROFILES)}")
    return value


def read_strictness(value: str | Strictness) -> Strictness:
    """How strictly to validate requests. Raises ValueError."""
    try:
        return Strictness(value)
    except ValueError:
        raise ValueError(f"invalid value {value!r}; use strict, warn or off") from None


def _configuration() -> Any:
    """The module of the configuration file. --help does without it, and so without the reader of documents."""
    return import_module("openapi.configuration")


def _switch(value: Any) -> bool:
    is_on: bool = _configuration().read_switch(value)
    return is_on


def _log_style(value: str | bool) -> LogStyle:
    if value in ("text", "json", "off"):
        return cast("LogStyle", value)
    try:
        return "text" if _switch(value) else "off"
    except ValueError:
        raise ValueError(f"invalid value {value!r}; use text, json or off") from None


_NOT_IN_FILES = frozenset({"upstream", "upstream_token", "upstream_header"})
_SECRET = frozenset({"token", "admin_token"}) | _NOT_IN_FILES

_SETTINGS: Mapping[str, tuple[tuple[str, ...], Callable[[Any], Any]]] = {
    "host": (("CALLCAMP_HOST", "HOST"), str),
    "port": (("CALLCAMP_PORT", "PORT"), _port),
    "spec": (("CALLCAMP_SPEC",), _file),
    "overlays": (("CALLCAMP_OVERLAYS",), _files),
    "allow_ref_outside": (("CALLCAMP_ALLOW_REF_OUTSIDE",), _switch),
    "no_infer": (("CALLCAMP_NO_INFER",), _switch),
    "base_path": (("CALLCAMP_BASE_PATH",), read_base_path),
    "data": (("CALLCAMP_DATA",), _file),
    "empty": (("CALLCAMP_EMPTY",), _switch),
    "token": (("CALLCAMP_TOKEN",), _token),
    "token_file": (("CALLCAMP_TOKEN_FILE",), _secret_file),
    "seed": (("CALLCAMP_SEED",), _integer),
    "now": (("CALLCAMP_NOW",), read_time),
    "cors": (("CALLCAMP_CORS",), _switch),
    "sessions": (("CALLCAMP_SESSIONS",), _count(1)),
    "session_age": (("CALLCAMP_SESSION_AGE",), _count(1)),
    "journal": (("CALLCAMP_JOURNAL",), _count(0)),
    "admin": (("CALLCAMP_ADMIN",), _switch),
    "admin_token": (("CALLCAMP_ADMIN_TOKEN",), _token),
    "admin_token_file": (("CALLCAMP_ADMIN_TOKEN_FILE",), _secret_file),
    "ui": (("CALLCAMP_UI",), _switch),
    "report_json": (("CALLCAMP_REPORT_JSON",), _new_file),
    "write_overlay": (("CALLCAMP_WRITE_OVERLAY",), _new_file),
    "write_baseline": (("CALLCAMP_WRITE_BASELINE",), _new_file),
    "delay": (("CALLCAMP_DELAY",), read_delays),
    "profile": (("CALLCAMP_PROFILE",), read_profile),
    "validate": (("CALLCAMP_VALIDATE",), read_strictness),
    "lifecycle": (("CALLCAMP_LIFECYCLE",), _switch),
    "state": (("CALLCAMP_STATE",), _new_file),
    "record": (("CALLCAMP_RECORD",), _absent_file),
    "upstream": (("CALLCAMP_UPSTREAM",), read_url),
    "upstream_mode": (("CALLCAMP_UPSTREAM_MODE",), read_modes),
    "upstream_writes": (("CALLCAMP_UPSTREAM_WRITES",), _switch),
    "upstream_token": (("CALLCAMP_UPSTREAM_TOKEN",), _token),
    "upstream_token_file": (("CALLCAMP_UPSTREAM_TOKEN_FILE",), _file),
    "upstream_header": (("CALLCAMP_UPSTREAM_HEADERS",), read_headers),
    "upstream_timeout": (("CALLCAMP_UPSTREAM_TIMEOUT",), read_timeout),
    "upstream_ca": (("CALLCAMP_UPSTREAM_CA",), _file),
    "learn": (("CALLCAMP_LEARN",), _switch),
    "watch": (("CALLCAMP_WATCH",), _switch),
    "tls": (("CALLCAMP_TLS",), _switch),
    "tls_cert": (("CALLCAMP_TLS_CERT",), _file),
    "tls_key": (("CALLCAMP_TLS_KEY",), _file),
    "json": (("CALLCAMP_JSON",), _switch),
    "log": (("CALLCAMP_LOG",), _log_style),
    "log_admin": (("CALLCAMP_LOG_ADMIN",), _switch),
    "self_check": (("CALLCAMP_SELF_CHECK",), _switch),
}

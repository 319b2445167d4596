"""What the mock can be told, and the one reader of it: for flags, for the environment and for Python callers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_TRUE = ("1", "true", "yes", "on")
_FALSE = ("0", "false", "no", "off")


class SettingsError(ValueError):
    """A setting that can't be what it is said to be. The message names it as the user did."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a mock is to run.

    `port` 0 picks a free one. `spec` is the document (None: the packaged one), `data` a file of records to begin with,
    `empty` begins with none. `token` is what a bearer must carry; None lets all in. `seed` decides the records to begin
    with and every identifier that is made. `log` says whether requests are printed, `self_check` whether
    every answer is judged before it is sent.
    """

    host: str = "127.0.0.1"
    port: int = 4010
    spec: Path | None = None
    data: Path | None = None
    empty: bool = False
    token: str | None = field(default=None, repr=False)
    seed: int | None = None
    cors: bool = True
    log: bool = True
    self_check: bool = False


def read_settings(given: Mapping[str, Any], environ: Mapping[str, str]) -> Settings:
    """The settings `given` by name, where it has none (or None) those of `environ`, else the defaults.

    `given` may hold `token_file` for the token. An empty environment variable is none. Raises SettingsError.
    """
    values: dict[str, Any] = {}
    for name, (variables, convert) in _SETTINGS.items():
        source, value = f"--{name.replace('_', '-')}", given.get(name)
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
    token_file: Path | None = values.pop("token_file", None)
    if token_file is not None and "token" in values:
        raise SettingsError("--token and --token-file: give one of them")
    if token_file is not None:
        try:
            values["token"] = _token(token_file.read_text().strip())
        except (OSError, ValueError) as error:
            raise SettingsError(f"--token-file: {error}") from None
    if values.get("empty") and "data" in values:
        raise SettingsError("--data and --empty: give one of them")
    return Settings(**values)


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


def _token(value: str) -> str:
    if not _TOKEN.fullmatch(value):
        raise ValueError("no bearer token looks like this: use letters, digits and -._~+/, and = at the end (RFC 6750)")
    return value


_SETTINGS: Mapping[str, tuple[tuple[str, ...], Callable[[Any], Any]]] = {
    "host": (("CALLCAMP_HOST", "HOST"), str),
    "port": (("CALLCAMP_PORT", "PORT"), _port),
    "spec": (("CALLCAMP_SPEC",), _file),
    "data": (("CALLCAMP_DATA",), _file),
    "empty": (("CALLCAMP_EMPTY",), _flag),
    "token": (("CALLCAMP_TOKEN",), _token),
    "token_file": (("CALLCAMP_TOKEN_FILE",), _file),
    "seed": (("CALLCAMP_SEED",), _integer),
    "cors": (("CALLCAMP_CORS",), _flag),
    "log": (("CALLCAMP_LOG",), _flag),
    "self_check": (("CALLCAMP_SELF_CHECK",), _flag),
}

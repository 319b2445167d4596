"""What the check can be told, and the one reader of it: for flags, the environment, pyproject.toml and pytest."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from openapi import PHONES

TABLE = "callcamp-check"
_TRUE = ("1", "true", "yes", "on")
_FALSE = ("0", "false", "no", "off")


class SettingsError(ValueError):
    """A setting that can't be what it is said to be. The message names it as the user did."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How much a run tries.

    `rounds` is how often a property goes over its cases with other records, `examples` how many requests Schemathesis
    makes of each operation, `boundaries` whether its table of boundary values is sent, `scenarios` how many sequences
    the stateful machine runs, `shrink_requests` how many requests may be spent on making one finding small.
    """

    rounds: int
    examples: int
    boundaries: bool
    scenarios: int
    shrink_requests: int


PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        "quick": Profile(rounds=1, examples=4, boundaries=False, scenarios=2, shrink_requests=150),
        "default": Profile(rounds=3, examples=25, boundaries=True, scenarios=20, shrink_requests=400),
        "deep": Profile(rounds=20, examples=600, boundaries=True, scenarios=500, shrink_requests=1000),
    }
)
"""By name, how much a run tries: about 900, 3,000 and 18,000 requests, and more where something is found."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is told.

    `target` is `mock` or a URL. `rate` (requests per second) None is 10 against anything but this machine. `max_time`,
    `timeout`, `settle` (how long a write may take to be seen) and `slow` (how long an answer may take before it is
    remarked on, with `fail_slow` before it is a finding) are in seconds. `select` and `ignore` are beginnings of codes.
    `reports` are texts `FORMAT=PATH`, `scripts` the folder for reproductions. `ledger` None is a file in the temporary
    folder. `baseline` is the file of known deviations.
    """

    target: str = "mock"
    spec: Path = PHONES
    allow_writes: bool = False
    profile: str = "default"
    seed: int | None = None
    rate: float | None = None
    max_requests: int | None = None
    max_time: float | None = None
    timeout: float = 10.0
    settle: float = 0.0
    slow: float = 1.0
    fail_slow: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    strict: bool = False
    workers: int = 1
    reports: tuple[str, ...] = ()
    scripts: Path = Path(".callcamp-check")
    ledger: Path | None = None
    baseline: Path = Path("callcamp-baseline.toml")
    token: str | None = field(default=None, repr=False)


def read_settings(given: Mapping[str, Any], environ: Mapping[str, str], folder: Path) -> Settings:
    """The settings `given` by name, else (where it has none, None or ()) those of `environ`, pyproject.toml, or ours.

    `environ` names them CALLCAMP_CHECK_MAX_REQUESTS and so on (CALLCAMP_TARGET, CALLCAMP_SPEC and CALLCAMP_TOKEN are
    read as well), the nearest pyproject.toml at or above `folder` in `[tool.callcamp-check]`, `max-requests`. `given`
    may hold `token_file` for the token. Raises SettingsError.
    """
    table, file = _table(folder)
    values: dict[str, Any] = {}
    for name, convert in _CONVERT.items():
        found = _source(name, given, environ, table, file)
        if found is not None:
            source, value = found
            try:
                values[name] = convert(value)
            except (ValueError, TypeError) as error:
                raise SettingsError(f"{source}: {error}") from None
    token_file = values.pop("token_file", None)
    if token_file is not None:
        values["token"] = _token(token_file)
    return Settings(**values)


def _source(
    name: str, given: Mapping[str, Any], environ: Mapping[str, str], table: Mapping[str, Any], file: str
) -> tuple[str, Any] | None:
    flag = name.replace("_", "-")
    if given.get(name) not in (None, ()):
        return f"--{flag}", given[name]
    variables = [f"CALLCAMP_CHECK_{name.upper()}"]
    variables += [f"CALLCAMP_{name.upper()}"] if name in _SHARED else []
    for variable in variables:
        if environ.get(variable):
            return variable, environ[variable]
    return (f"{file}: [tool.{TABLE}] {flag}", table[flag]) if flag in table else None


def _table(folder: Path) -> tuple[Mapping[str, Any], str]:
    file = next((above / "pyproject.toml" for above in (folder, *folder.parents) if _has_table(above)), None)
    if file is None:
        return {}, ""
    table: Mapping[str, Any] = _read_toml(file)["tool"][TABLE]
    known = {name.replace("_", "-") for name in _CONVERT} - {"token"}
    for name in table:
        if name == "token":
            raise SettingsError(f"{file}: [tool.{TABLE}] token: is a secret; set CALLCAMP_TOKEN, or name a token-file")
        if name not in known:
            raise SettingsError(f"{file}: [tool.{TABLE}] {name}: is no setting; use one of {', '.join(sorted(known))}")
    return table, str(file)


def _has_table(folder: Path) -> bool:
    file = folder / "pyproject.toml"
    if not file.is_file():
        return False
    tool = _read_toml(file).get("tool", {})
    return isinstance(tool, dict) and isinstance(tool.get(TABLE), dict)


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file}: can't be read ({error}); mend it") from None


def _token(file: Path) -> str:
    try:
        token = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"--token-file {file}: can't be read ({error}); name a file that holds the token") from None
    if not token:
        raise SettingsError(f"--token-file {file}: is empty; name a file that holds the token")
    return token


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() not in _TRUE + _FALSE:
        raise ValueError(f"{value!r} is neither true nor false: write true or false")
    return str(value).lower() in _TRUE


def _integer(value: Any, least: int) -> int:
    try:
        number = int(str(value))
    except ValueError:
        raise ValueError(f"{value!r} is no whole number") from None
    if number < least:
        raise ValueError(f"{number} is too little: give {least} or more")
    return number


def _seconds(value: Any, least: float = 0.0) -> float:
    try:
        number = float(value)
    except ValueError:
        raise ValueError(f"{value!r} is no number") from None
    if not least <= number < float("inf"):
        raise ValueError(f"{value!r} is out of range: give {least:g} or more")
    return number


def _words(value: Any) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else [part for one in value for part in str(one).split(",")]
    return tuple(part.strip() for part in parts if part.strip())


def _texts(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(one) for one in value)


def _profile(value: Any) -> str:
    if value not in PROFILES:
        raise ValueError(f"{value!r} is no profile: use one of {', '.join(PROFILES)}")
    return str(value)


_SHARED = ("target", "spec", "token", "token_file", "baseline")
_CONVERT: Mapping[str, Callable[[Any], Any]] = {
    "target": str,
    "spec": Path,
    "allow_writes": _flag,
    "profile": _profile,
    "seed": lambda value: _integer(value, 0),
    "rate": lambda value: _seconds(value, 0.1),
    "max_requests": lambda value: _integer(value, 1),
    "max_time": lambda value: _seconds(value, 1),
    "timeout": lambda value: _seconds(value, 0.1),
    "settle": _seconds,
    "slow": lambda value: _seconds(value, 0.001),
    "fail_slow": _flag,
    "select": _words,
    "ignore": _words,
    "strict": _flag,
    "workers": lambda value: _integer(value, 1),
    "reports": _texts,
    "scripts": Path,
    "ledger": Path,
    "baseline": Path,
    "token": str,
    "token_file": Path,
}

"""The configuration file of all commands: callcamp.toml, or the table [tool.callcamp] of pyproject.toml.

Settings for every command are in the table itself, those of one command in a table such as [tool.callcamp.check].
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

COMMANDS = ("mock", "check", "fixtures")
SHARED = ("spec", "overlay", "allow-ref-outside")
"""The settings allowed in the table of all commands."""
_SECRETS = ("token", "admin-token")
_PATHS = (
    *("spec", "overlay", "baseline", "scripts", "ledger", "write-overlay", "token-file", "admin-token-file"),
    *("data", "state", "record", "report-json", "tls-cert", "tls-key", "template", "out"),
)
"""The settings that are paths: relative ones are relative to the folder of the file."""
_TRUE = ("1", "true", "yes", "on")
_FALSE = ("0", "false", "no", "off")
_OLD_TABLE = "callcamp-check"
_OLD_KEYS = {"overlays": "overlay", "reports": "report"}

Command: TypeAlias = Literal["mock", "check", "fixtures"]


class ConfigurationError(ValueError):
    """An invalid configuration file. The message has a line for each problem, with the file and the table."""


@dataclass(frozen=True, slots=True)
class Configured:
    """A value in the configuration file, and the file, table and key it comes from."""

    value: Any
    origin: str


def read_configuration(command: Command, known: Collection[str], folder: Path) -> Mapping[str, Configured]:
    """The settings of a command in the nearest configuration file at or above `folder`, by the name of their flag.

    `known` are the settings that the command has. Without a file there are none. Raises ConfigurationError.
    """
    for above in (folder, *folder.parents):
        tables = [(file, table, name) for file, table, name in _tables(above) if table is not None]
        if len(tables) > 1:
            headings = " and ".join(f"{file} {_heading(name)}".rstrip() for file, _, name in tables)
            raise ConfigurationError(f"{headings}: two configurations in one folder; keep one of them")
        for file, table, name in tables:
            return _read(command, known, file, table, name)
    return {}


def value_and_origin(
    given: Any, flag: str, variables: Iterable[str], environ: Mapping[str, str], configured: Mapping[str, Configured]
) -> tuple[str, Any]:
    """Where a setting is given (flag, variable or file; '' for nowhere), and its value there.

    `flag` is without its dashes. None and (), a repeatable flag that was not used, are not given, and an empty variable
    is not set.
    """
    if given not in (None, ()):
        return f"--{flag}", given
    for variable in variables:
        if environ.get(variable):
            return variable, environ[variable]
    found = configured.get(flag)
    return (found.origin, found.value) if found else ("", None)


def read_switch(value: Any) -> bool:
    """A boolean from a flag, a variable or the file. Raises ValueError."""
    if isinstance(value, bool):
        return value
    if str(value).lower() not in _TRUE + _FALSE:
        raise ValueError(f"{value!r} is not a boolean; write true or false")
    return str(value).lower() in _TRUE


def origins(rows: Iterable[tuple[str, Any, str]], as_json: bool = False) -> str:
    """The text or JSON of --show-config: each setting with its value and where it comes from ('' for the default)."""
    if as_json:
        facts = [{"name": name, "value": value, "source": source or "default"} for name, value, source in rows]
        return json.dumps(facts, indent=2, default=str) + "\n"
    shown = [(name, _as_text(value), source or "default") for name, value, source in rows]
    widths = [max((len(row[column]) for row in shown), default=0) for column in (0, 1)]
    return "".join(f"{name:{widths[0]}}  {value:{widths[1]}}  {source}\n" for name, value, source in shown)


def _as_text(value: Any) -> str:
    if value is None or value == ():
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _tables(folder: Path) -> Iterator[tuple[Path, Any, str]]:
    """The configurations in a folder: the file, its content (None if it has none), and the name of its table."""
    own, project = folder / "callcamp.toml", folder / "pyproject.toml"
    if own.is_file():
        yield own, _toml(own), ""
    if project.is_file():
        tool = _toml(project).get("tool")
        tool = tool if isinstance(tool, dict) else {}
        yield project, tool.get("callcamp"), "tool.callcamp"
        yield project, {"check": tool[_OLD_TABLE]} if _OLD_TABLE in tool else None, f"tool.{_OLD_TABLE}"


def _read(command: Command, known: Collection[str], file: Path, table: Any, name: str) -> Mapping[str, Configured]:
    problems: list[str] = []
    found: dict[str, Configured] = {}
    for path, written, value in _settings(file, table, name):
        origin, key = f"{file}: {_heading(path)} {written}".replace(":  ", ": "), _OLD_KEYS.get(written, written)
        if path not in (name, _table_of(command, name)):
            continue
        usable = SHARED if path == name and not name.endswith(_OLD_TABLE) else known
        if key in _SECRETS:
            variable = f"CALLCAMP_{key.upper().replace('-', '_')}"
            problems.append(f"{origin}: do not write a token to this file; set {variable}, or write {key}-file")
        elif key not in usable:
            problems.append(f"{origin}: unknown setting{_nearest(key, usable)}; {_advice(usable, name)}")
        elif key in known:
            found[key] = Configured(_anchored(key, value, file.parent), origin)
    if problems:
        raise ConfigurationError("\n".join(sorted(problems)))
    return found


def _settings(file: Path, table: Any, name: str) -> Iterator[tuple[str, str, Any]]:
    """The table, key and value of each setting, those for all commands first."""
    commands = {key: value for key, value in table.items() if key in COMMANDS} if isinstance(table, dict) else {}
    if not all(isinstance(one, dict) for one in (table, *commands.values())):
        tables = ", ".join(_heading(_table_of(command, name)) for command in COMMANDS)
        raise ConfigurationError(f"{file}: {tables} must be tables")
    yield from ((name, key, value) for key, value in table.items() if key not in commands)
    for command, settings in commands.items():
        yield from ((_table_of(command, name), key, value) for key, value in settings.items())


def _table_of(command: str, name: str) -> str:
    return name if name.endswith(_OLD_TABLE) else f"{name}.{command}".lstrip(".")


def _heading(table: str) -> str:
    return f"[{table}]" if table else ""


def _advice(usable: Collection[str], name: str) -> str:
    if usable is SHARED:
        tables = ", ".join(_heading(_table_of(command, name)) for command in COMMANDS)
        return f"use one of {', '.join(SHARED)}, or write it into {tables}"
    return f"use one of {', '.join(sorted(usable))}"


def _nearest(key: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def _anchored(key: str, value: Any, folder: Path) -> Any:
    if key not in _PATHS:
        return value
    if isinstance(value, list):
        return [str(folder / one) if isinstance(one, str) else one for one in value]
    return str(folder / value) if isinstance(value, str) else value


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{file}: can't be read ({error})") from None

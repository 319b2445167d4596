"""The record generators to measure: this project's and its alternatives."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.installing import Home, Packages
from benchmarks.machine import tool
from openapi import PHONES, load

_SCRIPTS = Path(__file__).parent / "peers"


@dataclass(frozen=True, slots=True)
class Generator:
    """One row of the table: a command that writes `count` phones as JSON lines to stdout."""

    name: str
    command: Callable[[Home], Sequence[str]]
    count: int
    packages: Packages | None = None


def _ours(count: int, *options: str) -> Callable[[Home], Sequence[str]]:
    command = [sys.executable, "-m", "fixtures", "--format", "jsonl", "-n", str(count), *options]
    return lambda _home: command


def _of_python(name: str, count: int, package: str) -> Generator:
    def command(home: Home) -> list[str]:
        return [str(home.python), str(_SCRIPTS / "phones_in_python.py"), name, str(count)]

    return Generator(name, command, count, Packages("pip", (package,)))


def _of_node(name: str, count: int, package: str) -> Generator:
    def command(home: Home) -> list[str]:
        schema = home.folder / "phone.json"
        components = load(PHONES).document()["components"]
        value = {"$ref": "#/components/schemas/Phone", "components": components}
        schema.write_text(json.dumps(value), encoding="utf-8")
        script = str(_SCRIPTS / "phones_in_node.mjs")
        return [tool("node"), script, name, str(count), str(home.modules), str(schema)]

    return Generator(name, command, count, Packages("npm", (package,)))


GENERATORS = (
    Generator("callcamp-fixtures", _ours(190_000), 190_000),
    *(
        Generator(f"callcamp-fixtures --numbers unassigned, {count:,}", _ours(count, "--numbers", "unassigned"), count)
        for count in (1_000, 1_000_000)
    ),
    _of_python("mimesis", 50_000, "mimesis==22.2.0"),
    _of_python("faker", 10_000, "faker==40.63.0"),
    _of_python("polyfactory", 5_000, "polyfactory==3.5.0"),
    _of_node("faker-js", 50_000, "@faker-js/faker@10.6.0"),
    _of_node("json-schema-faker", 20_000, "json-schema-faker@0.6.3"),
)
"""Ours makes nearly all reserved numbers, and unassigned ones; each peer makes as many as take a few seconds."""

"""Measures the fixtures beside Faker, mimesis, polyfactory, faker-js and json-schema-faker: phones per second to JSONL.

    python -m benchmarks.fixtures_speed --scratch FOLDER [--rounds 3] [--seed 1]

Needs Linux, taskset, time (a Debian package), node and npm; the peers are installed into FOLDER. Every generator runs
once in each round, in shuffled order and pinned to one core, and what it wrote is checked before it counts. The time is
that of the whole process, from its start to its end. The tables hold the medians of the rounds.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import click

from benchmarks.first_light import PEERS, ROOT, WrongAnswerError, machine
from fixtures import is_reserved
from openapi import PHONES, load

PYTHON_PACKAGES = ("faker==40.63.0", "mimesis==22.2.0", "polyfactory==3.5.0")
NODE_PACKAGES = ("@faker-js/faker@10.6.0", "json-schema-faker@0.6.3")
CORE = "1"
LOOKED_AT = 1000
"""So many of the records are judged by the document."""


@dataclass(frozen=True, slots=True)
class Generator:
    """One row: its command, and how many records it is asked for."""

    name: str
    command: Sequence[str]
    count: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one run: seconds by the clock and of the processor, memory at most in MB."""

    seconds: float
    busy_s: float
    memory: float


@click.command()
@click.option("--scratch", type=click.Path(file_okay=False, path_type=Path), required=True, help="For the peers.")
@click.option("--rounds", default=3, show_default=True)
@click.option("--seed", default=1, show_default=True, help="Decides the order within the rounds.")
def main(scratch: Path, rounds: int, seed: int) -> None:
    """Measure, and print the machine and the tables in Markdown."""
    scratch.mkdir(parents=True, exist_ok=True)
    out = scratch.resolve() / "phones.jsonl"
    generators = [*ours(), *installed(scratch.resolve())]
    chance = random.Random(seed)
    figures: dict[str, list[Figures]] = {one.name: [] for one in generators}
    quality: dict[str, tuple[float, float]] = {}
    for turn in range(rounds):
        for one in chance.sample(generators, len(generators)):
            click.echo(f"round {turn + 1}: {one.name}", err=True)
            figures[one.name].append(measured(one.command, out))
            quality[one.name] = check(one, out)
    out.unlink()
    click.echo(f"{machine()}, load {os.getloadavg()[0]:.1f}\n")
    click.echo("\n".join(table(generators, figures, quality)))


def ours() -> Iterator[Generator]:
    """This project: as many as there are reserved numbers for, and a million and a thousand of unassigned ones."""
    command = [sys.executable, "-m", "fixtures", "--format", "jsonl", "-n"]
    yield Generator("callcamp-fixtures", [*command, "190000"], 190_000)
    for count in (1_000, 1_000_000):
        unassigned = [*command, str(count), "--numbers", "unassigned"]
        yield Generator(f"callcamp-fixtures --numbers unassigned, {count:,}", unassigned, count)


def installed(scratch: Path) -> Iterator[Generator]:
    """The peers, installed into `scratch`, each asked for as many as take it some seconds."""
    python, modules, schema = scratch / "venv" / "bin" / "python", scratch / "node_modules", scratch / "phone.json"
    if not python.exists():
        venv.create(python.parents[1], with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *PYTHON_PACKAGES], check=True)
    subprocess.run(["npm", "install", "--silent", "--no-save", "--prefix", scratch, *NODE_PACKAGES], check=True)
    components = load(PHONES).document()["components"]
    schema.write_text(json.dumps({"$ref": "#/components/schemas/Phone", "components": components}), encoding="utf-8")
    for name, count in (("mimesis", 50_000), ("faker", 10_000), ("polyfactory", 5_000)):
        yield Generator(name, [str(python), str(PEERS / "phones_in_python.py"), name, str(count)], count)
    for name, count in (("faker-js", 50_000), ("json-schema-faker", 20_000)):
        script = [str(PEERS / "phones_in_node.mjs"), name, str(count), str(modules), str(schema)]
        yield Generator(name, ["node", *script], count)


def measured(command: Sequence[str], out: Path) -> Figures:
    """Run the command on one core, with its output in the file."""
    timed = ["/usr/bin/time", "-f", "%e %U %S %M", "-o", f"{out}.time", "taskset", "-c", CORE, *command]
    with out.open("wb") as file:
        subprocess.run(timed, cwd=ROOT, check=True, stdout=file)
    used = Path(f"{out}.time")
    seconds, user_s, system_s, memory_kb = map(float, used.read_text(encoding="utf-8").split())
    used.unlink()
    return Figures(seconds, user_s + system_s, memory_kb / 1024)


def check(generator: Generator, out: Path) -> tuple[float, float]:
    """The shares that the document takes, and whose numbers are reserved. Raises WrongAnswerError for no phones."""
    record = load(PHONES).resources["phone"].record
    members = set(record.node["properties"])
    judged: list[tuple[bool, bool]] = []
    count = 0
    with out.open(encoding="utf-8") as lines:
        for line in lines:
            count += 1
            if len(judged) < LOOKED_AT:
                phone: dict[str, Any] = json.loads(line)
                if not phone.keys() <= members or not {"uuid", "number", "status"} <= phone.keys():
                    raise WrongAnswerError(f"{generator.name} writes no phones, but {line}")
                judged.append((record.is_valid(phone), is_reserved(phone["number"])))
    if count != generator.count:
        raise WrongAnswerError(f"{generator.name} writes {count:,} records, not {generator.count:,}")
    valid, reserved = zip(*judged, strict=True)
    return sum(valid) / len(valid), sum(reserved) / len(reserved)


def table(
    generators: Sequence[Generator],
    figures: Mapping[str, Sequence[Figures]],
    quality: Mapping[str, tuple[float, float]],
) -> Iterator[str]:
    """The medians, in Markdown."""
    yield "| | records | s | records/s | records/s of processor time | memory, MB | valid | reserved |"
    yield "| --- " * 8 + "|"
    for one in generators:
        seconds = median(run.seconds for run in figures[one.name])
        busy_s = median(run.busy_s for run in figures[one.name])
        memory = median(run.memory for run in figures[one.name])
        cells = [f"{one.count:,}", f"{seconds:.2f}", f"{one.count / seconds:,.0f}", f"{one.count / busy_s:,.0f}"]
        valid, reserved = quality[one.name]
        yield f"| {one.name} | " + " | ".join([*cells, f"{memory:.0f}", f"{valid:.0%}", f"{reserved:.0%}"]) + " |"


if __name__ == "__main__":
    main()

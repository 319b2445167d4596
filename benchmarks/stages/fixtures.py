"""Phones per second as JSON lines, compared with generic generators."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.errors import BenchmarkError
from benchmarks.generators import GENERATORS, Generator
from benchmarks.installing import Home
from benchmarks.machine import ROOT, on_core, server_core, tool
from benchmarks.plan import Plan
from benchmarks.processes import finished
from benchmarks.table import NOTHING, ratio, table, times
from fixtures import is_reserved
from openapi import PHONES, load

TITLE = "The fixtures and generic generators"
_REFERENCE = "faker-js"
"""The fastest known peer."""

_LOOKED_AT = 1000
"""This many of the records are validated."""


_NOTES = f"""\
- The time is that of the whole process, on one core, to a file; the ratio is that to {_REFERENCE} in the same round.
  If other work uses the core, CPU time is the better figure.
- *Valid* are the records that match the schema, *reserved* those whose number is reserved for fiction, of the first
  {_LOOKED_AT:,}. Unassigned numbers are not reserved; their calling code is not in use.
- callcamp-fixtures validates every record before writing it; the peers validate nothing.
- Faker, mimesis and faker-js need a method for each field. polyfactory uses Python types, so numbers are any strings;
  json-schema-faker uses the schema of a phone."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One run: wall-clock and CPU seconds, peak memory in MB, and two shares.

    `valid` is the share of valid records, `reserved` the share with numbers reserved for fiction.
    """

    seconds: float
    busy_s: float
    memory: float
    valid: float
    reserved: float


def run(plan: Plan) -> Iterator[str]:
    """Measure, and yield the lines of the section."""
    tool("time")
    server_core()
    out = plan.scratch / "phones.out"
    wanted = plan.wanted(GENERATORS)
    found = plan.measured(wanted, lambda one, home: _measured(one, home, out))
    out.unlink(missing_ok=True)
    head = ["", "records", "s", "records/s", "records/s of CPU time", "memory, MB", "valid", "reserved"]
    yield from table(head, [_row(one, found) for one in wanted])
    yield ""
    yield _NOTES


def _measured(one: Generator, home: Home, out: Path) -> Figures:
    """Run it once on one core. Raises BenchmarkError."""
    used = out.with_suffix(".time")
    timed = [tool("time"), "-f", "%e %U %S %M", "-o", str(used), *on_core(server_core()), *one.command(home)]
    with out.open("wb") as file:
        finished(timed, folder=ROOT, out=file)
    seconds, user_s, system_s, memory_kb = map(float, used.read_text(encoding="utf-8").split())
    used.unlink()
    return Figures(seconds, user_s + system_s, memory_kb / 1024, *_judged(one, out))


def _judged(one: Generator, out: Path) -> tuple[float, float]:
    """The valid and the reserved share. Raises BenchmarkError for other output, or too few records."""
    record = load(PHONES).resources["phone"].record
    members = set(record.node["properties"])
    judged: list[tuple[bool, bool]] = []
    count = 0
    with out.open(encoding="utf-8") as lines:
        for line in lines:
            count += 1
            if len(judged) < _LOOKED_AT:
                phone: dict[str, Any] = json.loads(line)
                if not phone.keys() <= members or not {"uuid", "number", "status"} <= phone.keys():
                    raise BenchmarkError(f"writes no phones, but {line.strip()}")
                judged.append((record.is_valid(phone), is_reserved(phone["number"])))
    if count != one.count:
        raise BenchmarkError(f"writes {count:,} records, not {one.count:,}")
    valid, reserved = zip(*judged, strict=True)
    return sum(valid) / len(valid), sum(reserved) / len(reserved)


def _row(one: Generator, found: dict[str, dict[int, Figures]]) -> list[str]:
    rounds = found[one.name].values()
    if not rounds:
        return [one.name, f"{one.count:,}", *[NOTHING] * 6]
    seconds, busy_s = median(each.seconds for each in rounds), median(each.busy_s for each in rounds)
    memory, last = median(each.memory for each in rounds), next(reversed(rounds))
    return [
        one.name,
        f"{one.count:,}",
        f"{seconds:.2f}",
        f"{one.count / seconds:,.0f} {times(_against(one, found, 'seconds'))}".strip(),
        f"{one.count / busy_s:,.0f} {times(_against(one, found, 'busy_s'))}".strip(),
        f"{memory:.0f}",
        f"{last.valid:.0%}",
        f"{last.reserved:.0%}",
    ]


def _against(one: Generator, found: dict[str, dict[int, Figures]], figure: str) -> float | None:
    """The ratio of its records per second to the reference's."""
    counts = {generator.name: generator.count for generator in GENERATORS}
    mine, theirs = (
        {turn: counts[name] / getattr(figures, figure) for turn, figures in found.get(name, {}).items()}
        for name in (one.name, _REFERENCE)
    )
    return ratio(mine, theirs)

"""Runs the check against every differing service: nothing may be called broken, and nearly every property judged.

`python -m tests.proof.differing.measure [NAME ...]` prints a line for each service and exits with 1 if one fails.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from tests.proof.differing import table
from tests.proof.front import ServiceError
from tests.proof.preloaded import run_preloaded

ROOT = Path(__file__).parents[3]
PATIENCE_S = 600
LEAST_JUDGED = 110


@dataclass(frozen=True)
class Measured:
    """A run against a differing service: its exit code, how many properties it judged, its findings and warnings."""

    name: str
    code: int
    applicable: int
    judged: int
    accused: tuple[str, ...]
    warned: tuple[str, ...]
    misplaced: tuple[str, ...]
    requests: int
    trouble: str = ""

    @property
    def good(self) -> bool:
        """Whether the service was not accused, its difference was found, and nearly everything was judged."""
        return self.code in (0, 5) and not self.accused and self.judged >= LEAST_JUDGED and not self.trouble


def measure(name: str, seed: int = 1, profile: str = "quick") -> Measured:
    """Run the check without --strict against a differing service."""
    service = table.load()[name]
    try:
        with service.start() as front, TemporaryDirectory() as folder:
            report = Path(folder, "report.json")
            arguments = ["--target", front.url, "--allow-writes", "--profile", profile, "--seed", str(seed)]
            arguments += ["--report", f"json={report}", "--scripts", str(Path(folder, "scripts"))]
            arguments += ["--ledger", str(Path(folder, "ledger"))]
            environment = {key: text for key, text in os.environ.items() if not key.startswith("CALLCAMP")}
            environment |= {"CALLCAMP_TOKEN": service.token} if service.token else {}
            ended = run_preloaded(arguments, ROOT, {**environment, "PYTHONPATH": str(ROOT)}, PATIENCE_S)
            result: dict[str, Any] = json.loads(report.read_text()) if report.exists() else {}
    except ServiceError as error:
        return Measured(name, -1, 0, 0, (), (), (), 0, str(error)[-800:])
    if ended is None or not result:
        return Measured(name, -1, 0, 0, (), (), (), 0, "no report" if ended is None else ended.err[-800:])
    return _measured(service, ended.code, result)


def _measured(service: table.Differing, code: int, result: dict[str, Any]) -> Measured:
    properties = [one for one in result["properties"] if "does not apply" not in (one.get("why") or "")]
    judged = [one for one in properties if one["outcome"] in ("kept", "differs", "broken") and not one.get("why")]
    found = [*result["findings"], *result.get("warnings", ())]
    accused = [one for one in found if one["documented"]]
    warned = [one for one in found if not one["documented"]]
    misplaced = [f"{one['code']} {one['pointer']}" for one in warned if not _placed(service, one["pointer"])]
    errors = result["run"].get("errors") or ()
    return Measured(
        name=service.name,
        code=code,
        applicable=len(properties),
        judged=len(judged),
        accused=tuple(f"{one['code']} {one['pointer']}: {one['sentence']}" for one in accused),
        warned=tuple(f"{one['code']} {one['pointer']}" for one in warned),
        misplaced=tuple(misplaced),
        requests=int(result["run"]["requests"]),
        trouble="; ".join(map(str, errors))[:500],
    )


def _placed(service: table.Differing, pointer: str) -> bool:
    return any(f"{pointer}/".startswith(f"{place.rstrip('/')}/") for place in service.places)


def line(one: Measured) -> str:
    """One service, for a terminal."""
    mark = " " if one.good else "!"
    text = f"{mark} {one.name:30} exit {one.code}, {one.judged} of {one.applicable} judged, {one.requests} requests, "
    text += f"{len(one.warned)} differences"
    text += "".join(f"\n      ACCUSED {each}" for each in one.accused)
    text += "".join(f"\n      misplaced {each}" for each in one.misplaced)
    return text + (f"\n      {one.trouble}" if one.trouble else "")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--jobs", type=click.IntRange(min=1), default=2, show_default=True)
def main(names: Sequence[str], seed: int, jobs: int) -> None:
    """Run the check against the differing services NAMES; all of them without names."""
    known = table.load()
    chosen = [name for name in known if not names or name in names]
    found: list[Measured] = []
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        for done in as_completed([pool.submit(measure, name, seed) for name in chosen]):
            found.append(done.result())
            click.echo(line(found[-1]))
    good = sum(one.good for one in found)
    click.echo(f"{good} of {len(found)} services not accused, with at least {LEAST_JUDGED} properties judged")
    sys.exit(0 if good == len(found) else 1)


if __name__ == "__main__":
    main()

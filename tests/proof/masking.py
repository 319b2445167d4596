"""Measures masking: whether the differences of a service hide its faults, or two of them look like a broken promise.

`python -m tests.proof.masking --seed 1 --part 3` puts a third of the catalogue's faults, drawn by the seed, under each
composite of `differing`, and prints for each composite how many of the faults seen on the plain service are seen there,
at the right place. A fault that looks like a difference which the composite has anyway does not count. `--pairs 200`
checks that pairs of single differences are never called broken. It exits with 1 if fewer than 95 % are seen, or a pair
is called broken.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import combinations
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import click

from tests.proof import catalogue
from tests.proof.catalogue import Broken
from tests.proof.differing import table
from tests.proof.front import ServiceError
from tests.proof.preloaded import run_preloaded
from tests.proof.proving import PATIENCE_S, ROOT, WORDS

PLAIN = "plain"
"""The service without differences."""
_ENOUGH = 0.95


@dataclass(frozen=True)
class Seen:
    """One run: the service, the fault ("" for none), and the findings as kind, code, operation and pointer."""

    service: str
    fault: str
    code: int
    findings: frozenset[tuple[str, str, str, str]] = frozenset()
    trouble: str = ""

    def shows(self, fault: Broken, without: Seen | None) -> bool:
        """Whether a finding has an expected code and place, and does not occur `without` the fault."""
        return any(
            any(code.startswith(one) for one in fault.caught_by)
            and operation in fault.operations
            and any(
                f"{pointer}/".startswith(f"{place.rstrip('/')}/") for place in (*fault.places, *WORDS.get(code, ()))
            )
            for _, code, operation, pointer in self.findings - (without.findings if without else frozenset())
        )


def run(service: str, fault: str, seed: int, family: bool) -> Seen:
    """Check a service with a fault; `family` keeps to the properties of the families of the expected codes."""
    broken, one = catalogue.load()[fault] if fault else None, named(service)
    token = (broken.token if broken else None) or one.token
    below, document = (broken.make(), broken.document or {}) if broken else (None, {})
    select = sorted({f"{code.partition('-')[0]}-" for code in broken.caught_by}) if broken and family else []
    try:
        with one.with_fault(below, token, document) as front, TemporaryDirectory() as folder:
            report = Path(folder, "report.json")
            arguments = ["--target", front.url, "--allow-writes", "--profile", "quick", "--seed", str(seed)]
            arguments += ["--report", f"json={report}", "--scripts", folder, "--ledger", str(Path(folder, "ledger"))]
            arguments += ["--select", ",".join(select)] if select else []
            environment = {name: text for name, text in os.environ.items() if not name.startswith("CALLCAMP")}
            environment |= {"PYTHONPATH": str(ROOT), **({"CALLCAMP_TOKEN": token} if token else {})}
            ended = run_preloaded(arguments, ROOT, environment, PATIENCE_S)
            if ended is None or not report.exists():
                return Seen(service, fault, -1, trouble=ended.err[-300:] if ended else "it took too long")
            result: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    except ServiceError as error:
        return Seen(service, fault, -1, trouble=str(error)[-300:])
    found = ((one["kind"], one["code"], one["operation"], one["pointer"]) for one in result["findings"])
    return Seen(service, fault, ended.code, frozenset(found), "; ".join(result["run"]["errors"])[:300])


def named(service: str) -> table.Differing:
    """The service called so; `a+b` is a pair of differences."""
    known = table.load()
    if service == PLAIN:
        return table.Differing(PLAIN, "", (), (), {})
    return known[service] if service in known else table.joined(service, "", *service.split("+"))


def chosen_pairs(seed: int, count: int) -> list[str]:
    """Pairs of single differences, drawn by the seed."""
    single = [name for name, one in table.load().items() if not one.parts and one.token is None]
    pairs = [f"{one}+{other}" for one, other in combinations(single, 2)]
    return Random(seed).sample(pairs, min(count, len(pairs)))


def report_faults(runs: Sequence[Seen], composites: Sequence[str]) -> bool:
    """Print a line for each composite, and each fault that is hidden; whether enough is seen everywhere."""
    faults, by = catalogue.load(), {(one.service, one.fault): one for one in runs}
    seen_plain = [name for (service, name), one in by.items() if service == PLAIN and one.shows(faults[name], None)]
    good = True
    click.echo(f"seen on the plain service: {len(seen_plain)}")
    for composite in composites:
        alone = by[composite, ""]
        # What the composite shows without the fault can't show the fault.
        counted = [
            name
            for name in seen_plain
            if by[PLAIN, name].shows(faults[name], alone)
            and (composite, name) in by
            and not by[composite, name].trouble
        ]
        hidden = [name for name in counted if not by[composite, name].shows(faults[name], alone)]
        share = 1 - len(hidden) / len(counted) if counted else 0.0
        good = good and share >= _ENOUGH
        click.echo(f"{composite:24} {len(counted) - len(hidden)} of {len(counted)} seen ({share:.0%})")
        for name in hidden:
            said = ", ".join(sorted(code for _, code, _, _ in by[composite, name].findings - alone.findings))
            click.echo(f"  ! {name}: expected {faults[name].caught_by[0]}, found {said or 'nothing'}")
    return good


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--seed", type=int, default=1, show_default=True, help="For the draw, and for the runs.")
@click.option("--part", type=click.IntRange(min=1), default=3, show_default=True, help="Draw one in so many faults.")
@click.option("--pairs", type=click.IntRange(min=0), default=0, show_default=True, help="Check so many pairs instead.")
@click.option("--only", multiple=True, metavar="COMPOSITE", help="This composite; may be repeated.  [all]")
@click.option("--family", is_flag=True, help="Only properties of the same family as the expected one.")
@click.option("--jobs", type=click.IntRange(min=1), default=2, show_default=True)
def main(seed: int, part: int, pairs: int, only: Sequence[str], family: bool, jobs: int) -> None:
    """Measure whether differences hide faults."""
    faults = catalogue.load()
    composites = list(only) or [name for name, one in table.load().items() if len(one.parts) > 1]
    drawn = Random(seed).sample(sorted(faults), len(faults) // part)
    wanted = [(name, "") for name in (chosen_pairs(seed, pairs) if pairs else composites)]
    wanted += [] if pairs else [(service, name) for name in drawn for service in (PLAIN, *composites)]
    runs: list[Seen] = []
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        running: list[Future[Seen]] = [pool.submit(run, *one, seed, family) for one in wanted]
        for done in as_completed(running):
            one = done.result()
            runs.append(one)
            accused = sorted(f"{code} {pointer}" for kind, code, _, pointer in one.findings if kind == "broken")
            click.echo(f"  {one.service} {one.fault}: exit {one.code} {', '.join(accused)} {one.trouble}".rstrip())
    if not pairs:
        sys.exit(0 if report_faults(runs, composites) else 1)
    wrong = [one.service for one in runs if one.code == 1 or one.trouble]
    click.echo(f"{len(runs)} pairs of differences, {len(wrong)} called broken or not finished: {', '.join(wrong)}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

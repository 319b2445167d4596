"""Tests the check itself: it must catch every broken service and accuse no correct one.

`python -m tests.proof.prove` runs `callcamp-check` against each service, on all cores, and prints a line for each: the
first property that caught the fault, the number of requests and seconds, and anything that is not as expected: another
property, another operation or place of the document, a replay that does not report broken for the broken service and
kept for the correct one. It exits with 1 if anything is not proven.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import click

from tests.proof import catalogue
from tests.proof.apart import MISSED, SET_ASIDE, UNPROVEN
from tests.proof.correct_services import correct_services
from tests.proof.front import ServiceError
from tests.proof.proving import Outcome, Verdict, run_check
from tests.proof.schemathesis_alone import run_alone
from tests.proof.table import accusation, as_markdown, line, summary

RISING = "rising"


@dataclass(frozen=True)
class Effort:
    """How the check is run.

    `family` restricts it to the families of the expected codes, `replays` is how many findings of each service are
    replayed (None: all), `beside` also runs plain Schemathesis. The rising profile is quick, and default for the faults
    that a quick run misses and for the first seed of the correct services. Broken services are checked one property at
    a time: one that fails at every twentieth request, or under concurrent ones, then does so in the same place.
    """

    profile: str
    family: bool = False
    replays: int | None = None
    beside: bool = False
    patience_s: float | None = None

    def arguments(self, seed: int, codes: Sequence[str] = ()) -> list[str]:
        """The arguments of the check; `codes` are those of the properties that should find the fault."""
        families = sorted({f"{code.partition('-')[0]}-" for code in codes})
        select = ["--select", ",".join(families)] if self.family and codes else []
        patience = [] if self.patience_s is None else ["--patience", str(self.patience_s)]
        order = ["--concurrency", "1"] if codes else []
        return ["--strict", "--profile", self.profile, "--seed", str(seed), *select, *patience, *order]


def prove_fault(name: str, seed: int, effort: Effort) -> Outcome:
    """Run the check against a broken service; rising: if it is not caught, in the default profile too."""
    if effort.profile == RISING:
        outcome = prove_fault(name, seed, replace(effort, profile="quick"))
        again = replace(effort, profile="default", beside=False)
        return outcome if outcome.findings else replace(prove_fault(name, seed, again), alone=outcome.alone)
    fault = catalogue.load()[name]
    try:
        with fault.start() as service:
            arguments = effort.arguments(seed, fault.caught_by)
            outcome = run_check(service.url, name, arguments, fault.token, fault.start, effort.replays)
        if effort.beside:
            with fault.start() as service:
                outcome = replace(outcome, alone=run_alone(service, fault.token, seed))
    except ServiceError as error:
        return Outcome(name, effort.profile, seed, -1, 0, 0, (), str(error))
    return outcome


def prove_correct(name: str, seed: int, effort: Effort) -> Outcome:
    """Run the check against a correct service."""
    right = correct_services()[name]
    with right.start() as service:
        arguments = [one for one in effort.arguments(seed) if right.assumes or one != "--strict"]
        return replace(run_check(service.url, name, arguments, right.token), disturbed=right.changes)


def _chosen(names: Sequence[str], only: Sequence[str], group_of: dict[str, str]) -> list[str]:
    """The names in `only`, and those of the groups in it; without `only` all except the faults that are held out."""
    held = {*MISSED, *SET_ASIDE, *UNPROVEN}
    return [name for name in names if name in only or (name not in held and (not only or group_of.get(name) in only))]


def _not_run(broken: Sequence[str]) -> list[str]:
    """How many faults were not run, and why."""
    missed, unproven = ([name for name in names if name not in broken] for names in (MISSED, SET_ASIDE | UNPROVEN))
    lines = [
        f"not run: {len(missed)} faults that the check misses, {len(unproven)} that no full proof has confirmed yet"
    ]
    return [*lines, *(f"  {name}: {MISSED[name]}" for name in missed)]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--only", multiple=True, metavar="NAME", help="This fault, group or correct service; may be repeated.")
@click.option("--profile", type=click.Choice([RISING, "quick", "default", "deep"]), default=RISING, show_default=True)
@click.option(
    "--seeds", type=click.IntRange(min=1), default=5, show_default=True, help="How many seeds for correct services."
)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="The seed for the faults, and the first of several."
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=(os.cpu_count() or 1) + 1,
    show_default="one per core, and one more: some services wait",
)
@click.option("--family", is_flag=True, help="Only properties of the same family as the expected one, such as FILTER-.")
@click.option(
    "--replays", type=click.IntRange(min=0), metavar="NUMBER", help="Replay this many findings of each.  [all]"
)
@click.option("--beside", is_flag=True, help="Also run plain Schemathesis on the broken ones.")
@click.option("--markdown", type=click.Path(path_type=Path, dir_okay=False), help="Also write the table to this file.")
def main(only: Sequence[str], seeds: int, seed: int, jobs: int, markdown: Path | None, **effort: Any) -> None:
    """Run the check against every broken and every correct service."""
    faults = catalogue.load()
    broken = _chosen(list(faults), only, {name: fault.group for name, fault in faults.items()})
    right = correct_services()
    correct = _chosen(list(right), only, {name: one.group for name, one in right.items()})
    if not broken and not correct:
        raise click.UsageError(f"--only {' '.join(only)}: names no fault, no group and no correct service")
    how = Effort(**effort)
    verdicts: dict[str, Verdict] = {}
    outcomes: list[Outcome] = []
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        running: list[Future[Outcome]] = [pool.submit(prove_fault, name, seed, how) for name in broken]
        for number in range(seed, seed + seeds):
            profile = ("default" if number == seed else "quick") if how.profile == RISING else how.profile
            running += [pool.submit(prove_correct, name, number, replace(how, profile=profile)) for name in correct]
        for done in as_completed(running):
            outcome = done.result()
            if outcome.service in faults:
                verdicts[outcome.service] = Verdict(faults[outcome.service], outcome)
                click.echo(line(verdicts[outcome.service]))
            else:
                outcomes.append(outcome)
                word = "not accused" if outcome.is_clean else f"! ACCUSED {accusation(outcome)}"
                click.echo(
                    f"  correct        {outcome.service:32} seed {outcome.seed}: {word}, {outcome.seconds:.0f} s"
                )
    ordered = [verdicts[name] for name in broken]
    click.echo("\n".join(["", *summary(ordered, outcomes), *_not_run(broken)]))
    if markdown is not None:
        markdown.write_text(as_markdown(ordered, outcomes, how.profile), encoding="utf-8")
    sys.exit(0 if all(one.proven for one in ordered) and all(one.is_clean for one in outcomes) else 1)


if __name__ == "__main__":
    main()

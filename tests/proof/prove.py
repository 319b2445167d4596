"""Tests the check itself: it must catch every broken service and accuse no correct one.

`python -m tests.proof.prove` runs `callcamp-check` against each service, on all cores, and prints a line for each: the
first property that caught the fault, the number of requests and seconds, and anything that is not as expected: another
property, another operation or node of the document, a replay that does not report broken for the broken service and
kept for the correct one. It exits with 1 if anything is not proven, or not reached in `--minutes`.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import click

from tests.proof import catalogue
from tests.proof.apart import APART, MISSED
from tests.proof.correct_services import correct_services
from tests.proof.front import ServiceError
from tests.proof.pool import Crashed, as_they_come
from tests.proof.proving import Outcome, Verdict, run_check
from tests.proof.schemathesis_alone import run_alone
from tests.proof.table import Proof, as_markdown, line, line_of_correct, summary

RISING = "rising"
Part: TypeAlias = tuple[str, int]
"""A service and a seed."""
Run: TypeAlias = Callable[[], Outcome]


@dataclass(frozen=True)
class Effort:
    """How the check is run.

    `family` restricts it to the families of the expected codes, `replays` is how many findings of each service are
    replayed (None: all), `with_schemathesis` also runs plain Schemathesis. The rising profile is quick, and default for
    the faults that a quick run misses and for the first seed of the correct services. Broken services are checked one
    property at a time: one that fails at every twentieth request, or under concurrent ones, then does so at the same
    request.
    """

    profile: str
    family: bool = False
    replays: int | None = None
    with_schemathesis: bool = False
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
        again = replace(effort, profile="default", with_schemathesis=False)
        return outcome if outcome.findings else replace(prove_fault(name, seed, again), alone=outcome.alone)
    fault = catalogue.load()[name]
    try:
        with fault.start() as service:
            arguments = effort.arguments(seed, fault.caught_by)
            outcome = run_check(service.url, name, arguments, fault.token, fault.start, effort.replays)
        if effort.with_schemathesis:
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


def _chosen(names: Sequence[str], only: Sequence[str], group_of: Mapping[str, str], apart: bool) -> list[str]:
    """The names in `only`, and those of the groups in it: either the faults that are kept apart, or all others."""
    return [
        name
        for name in names
        if name in only or ((name in APART) == apart and (not only or group_of.get(name) in only))
    ]


def drawn(names: Sequence[str], group_of: Mapping[str, str], sample: int | None, seed: int) -> list[str]:
    """The names in an order drawn by the seed; a sample has a share of each group that is as large as in all of them.

    A run that is cut short has then seen something of each group.
    """
    random = Random(seed)
    mixed = random.sample(names, len(names))
    if sample is None or sample >= len(mixed):
        return mixed
    by_group = sorted(mixed, key=lambda name: group_of[name])
    start = random.random()
    return random.sample([by_group[int((index + start) * len(mixed) / sample)] for index in range(sample)], sample)


def _work(broken: Sequence[str], correct: Sequence[str], seeds: range, spread: bool, how: Effort) -> dict[Part, Run]:
    """The runs: each fault with the first seed, or with one of them in turn; each correct service with all of them."""
    of_faults = {
        (name, seed): partial(prove_fault, name, seed, how)
        for index, name in enumerate(broken)
        for seed in (seeds[index % len(seeds)] if spread else seeds[0],)
    }
    rising = how.profile == RISING
    of_correct = {
        (name, seed): partial(
            prove_correct,
            name,
            seed,
            replace(how, profile="default" if seed == seeds[0] else "quick") if rising else how,
        )
        for seed in seeds
        for name in correct
    }
    return {**of_faults, **of_correct}


def _notes(every: Sequence[str], wanted: Sequence[str], missing: Sequence[Part], proof: Proof) -> Iterator[str]:
    """What was missed and what was not run, and why."""
    for name in (one.fault.name for one in proof.faults if not one.caught):
        yield f"not found: {name}{f': {MISSED[name]}' if name in MISSED else ''}"
    if len(every) > len(wanted):
        yield f"not drawn: {len(every) - len(wanted)} of {len(every)} faults"
    if missing:
        yield f"not reached: {len(missing)}: {', '.join(f'{name} with seed {seed}' for name, seed in missing)}"
    left = [name for name in APART if name not in every]
    if left:
        known = sum(name in MISSED for name in left)
        yield f"kept apart, run by --apart: {len(left)} faults, {known} of them known to be missed"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--only", multiple=True, metavar="NAME", help="This fault, group or correct service; may be repeated.")
@click.option("--apart", is_flag=True, help="The faults kept apart, instead of all others and the correct services.")
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="Run so many of the faults, drawn by the seed, from all groups.  [all]",
)
@click.option("--profile", type=click.Choice([RISING, "quick", "default", "deep"]), default=RISING, show_default=True)
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="How many seeds, for correct services and --spread.",
)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="The seed for the faults, and the first of several."
)
@click.option("--spread", is_flag=True, help="Give each fault one of the seeds in turn, instead of the first.")
@click.option("--minutes", type=click.FloatRange(min=0), help="Start no run after so many minutes.")
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
@click.option("--beside", "with_schemathesis", is_flag=True, help="Also run plain Schemathesis on the broken ones.")
@click.option("--markdown", type=click.Path(path_type=Path, dir_okay=False), help="Also write the table to this file.")
def main(only: Sequence[str], apart: bool, markdown: Path | None, **options: Any) -> None:
    """Run the check against every broken and every correct service."""
    seeds = range(options["seed"], options.pop("seed") + options.pop("seeds"))
    sample, spread = options.pop("sample"), options.pop("spread")
    pace = {name: options.pop(name) for name in ("jobs", "minutes")}
    faults, right = catalogue.load(), correct_services()
    group_of = {name: fault.group for name, fault in faults.items()}
    every = _chosen(list(faults), only, group_of, apart)
    correct = _chosen(list(right), only, {name: one.group for name, one in right.items()}, apart)
    if not every and not correct:
        raise click.UsageError(f"--only {' '.join(only)}: names no fault, no group and no correct service")
    how = Effort(**options)
    broken = drawn(every, group_of, sample, seeds[0])
    work = _work(broken, correct, seeds, spread, how)
    proof = Proof(how.profile, Counter(group_of[name] for name in every))
    ran: set[Part] = set()
    for part, result in as_they_come(work, **pace):
        ran.add(part)
        outcome = (
            Outcome(part[0], how.profile, part[1], -1, 0, 0, (), result.why) if isinstance(result, Crashed) else result
        )
        if part[0] in faults:
            proof.faults.append(Verdict(faults[part[0]], outcome))
            click.echo(line(proof.faults[-1]))
        else:
            proof.correct.append(outcome)
            click.echo(line_of_correct(outcome))
    missing = [part for part in work if part not in ran]
    proof.faults.sort(key=lambda one: every.index(one.fault.name))
    notes = list(_notes(every, broken, missing, proof))
    click.echo("\n".join(["", *summary(proof), *notes]))
    if markdown is not None:
        markdown.write_text(as_markdown(proof, notes), encoding="utf-8")
    sys.exit(0 if ran and not missing and proof.holds else 1)


if __name__ == "__main__":
    main()

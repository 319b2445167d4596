"""Measures masking: whether the differences of a service hide its faults, or two of them look like a broken promise.

`python -m tests.proof.masking --seed 1 --part 3` puts a third of the catalogue's faults, drawn by the seed, under each
composite of `differing`, and prints for each composite how many of the faults seen on the plain service are seen there,
at the right pointer. A fault that looks like a difference which the composite has anyway does not count, nor does one
that changes no response of the composite to the requests that show it. `--sample` draws
some of these runs. `--pairs 200` checks instead that pairs of single differences are never called broken. Each run is
printed as it ends, and what is left out in the end. It exits with 1 if fewer than 95 % are seen, or a pair is called
broken.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import click

from tests.proof import catalogue
from tests.proof.apart import APART
from tests.proof.catalogue import Broken
from tests.proof.differing import table
from tests.proof.front import ServiceError
from tests.proof.pool import Crashed, as_they_come
from tests.proof.preloaded import run_preloaded
from tests.proof.proving import ROOT, WORDS

PLAIN = "plain"
"""The service without differences."""
PATIENCE_S = 240
_ENOUGH = 0.95
_REPORT = "report.json"

Found: TypeAlias = tuple[str, str, str, str]
"""The kind, code, operation and pointer of a finding."""
Address: TypeAlias = tuple[str, str | None]
"""The URL and the token of a service."""


@dataclass(frozen=True)
class Seen:
    """One run: the service, the fault ("" for none), and the findings as kind, code, operation and pointer."""

    service: str
    fault: str
    code: int
    listed: tuple[Found, ...] = ()
    trouble: str = ""

    @property
    def findings(self) -> frozenset[Found]:
        """The findings, in no order."""
        return frozenset(self.listed)

    def shows(self, fault: Broken, without: Seen | None) -> bool:
        """Whether a finding has an expected code and pointer, and does not occur `without` the fault."""
        own = self.findings - (without.findings if without else frozenset())
        return any(one_shows(finding, fault) for finding in own)


def one_shows(finding: Found, fault: Broken) -> bool:
    """Whether a finding has a code and a pointer that the catalogue expects of the fault."""
    _, code, operation, pointer = finding
    pointers = (*fault.pointers, *WORDS.get(code, ()))
    return (
        any(code.startswith(one) for one in fault.caught_by)
        and operation in fault.operations
        and any(f"{pointer}/".startswith(f"{allowed.rstrip('/')}/") for allowed in pointers)
    )


def run(service: str, fault: str, seed: int, family: bool) -> Seen:
    """Check a service with a fault; `family` keeps to the properties of the families of the expected codes."""
    try:
        with _served(service, fault) as at, TemporaryDirectory() as folder:
            return _checked(service, fault, at, Path(folder), seed, family)
    except ServiceError as error:
        return Seen(service, fault, -1, trouble=str(error)[-300:])


def is_covered(composite: str, fault: str, seed: int) -> bool:
    """Whether the composite responds to the requests that show the fault as it does without the fault.

    Each finding of the fault on the plain service is replayed on the composite, with and without the fault. Where each
    is kept or broken on both, no check could tell them apart: the framework handles HEAD itself, say, or trims texts as
    the fault does.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        with _served(PLAIN, fault) as at:
            seen = _checked(PLAIN, fault, at, folder, seed, family=True)
        one = catalogue.load()[fault]
        showing = [index for index, finding in enumerate(seen.listed, 1) if one_shows(finding, one)]
        codes = []
        for below in (fault, ""):
            with _served(composite, below) as at:
                codes.append([_replayed(f"{folder / _REPORT}#{index}", at) for index in showing])
        return bool(showing) and codes[0] == codes[1] and {*codes[0]} <= {0, 1}


@contextmanager
def _served(service: str, fault: str) -> Iterator[Address]:
    """Starts a service with a fault."""
    broken, one = catalogue.load()[fault] if fault else None, named(service)
    token = (broken.token if broken else None) or one.token
    below, document = (broken.make(), broken.document or {}) if broken else (None, {})
    with one.with_fault(below, token, document) as front:
        yield front.url, token


def _checked(service: str, fault: str, at: Address, folder: Path, seed: int, family: bool) -> Seen:
    (url, token), report = at, folder / _REPORT
    codes = catalogue.load()[fault].caught_by if fault and family else ()
    select = sorted({f"{code.partition('-')[0]}-" for code in codes})
    arguments = ["--target", url, "--allow-writes", "--profile", "quick", "--seed", str(seed)]
    arguments += ["--report", f"json={report}", "--scripts", str(folder), "--ledger", str(folder / "ledger")]
    arguments += ["--select", ",".join(select)] if select else []
    ended = run_preloaded(arguments, ROOT, _environment(token), PATIENCE_S)
    if ended is None or not report.exists():
        return Seen(service, fault, -1, trouble=ended.err[-300:] if ended else "it took too long")
    result: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    found = tuple((one["kind"], one["code"], one["operation"], one["pointer"]) for one in result["findings"])
    return Seen(service, fault, ended.code, found, "; ".join(result["run"]["errors"])[:300])


def _replayed(finding: str, at: Address) -> int:
    """The exit code of a replay of a finding on another service; -1 if it took too long."""
    url, token = at
    arguments = ["--replay", finding, "--target", url, "--allow-writes"]
    ended = run_preloaded(arguments, ROOT, _environment(token), PATIENCE_S)
    return -1 if ended is None else ended.code


def _environment(token: str | None) -> dict[str, str]:
    environment = {name: text for name, text in os.environ.items() if not name.startswith("CALLCAMP")}
    return {**environment, "PYTHONPATH": str(ROOT), **({"CALLCAMP_TOKEN": token} if token else {})}


def named(service: str) -> table.Differing:
    """The service with this name; `a+b` is a pair of differences."""
    known = table.load()
    if service == PLAIN:
        return table.Differing(PLAIN, "", (), (), {})
    return known[service] if service in known else table.joined(service, "", *service.split("+"))


def chosen_pairs(seed: int, count: int) -> list[str]:
    """Pairs of single differences, drawn by the seed."""
    single = [name for name, one in table.load().items() if not (one.parts or one.token or one.breaks_promise)]
    pairs = [f"{one}+{other}" for one, other in combinations(single, 2)]
    return Random(seed).sample(pairs, min(count, len(pairs)))


@dataclass(frozen=True)
class Share:
    """How many of the faults that can be told apart are seen on a composite, and which are not, with what was found.

    `covered` are faults that do not count: the composite responds as without them, as `is_covered` shows.
    """

    composite: str
    counted: int
    hidden: Mapping[str, str]
    covered: tuple[str, ...] = ()

    def without(self, covered: Collection[str]) -> Share:
        """The same without those of the hidden faults that are covered."""
        left = {name: codes for name, codes in self.hidden.items() if name not in covered}
        above = tuple(name for name in self.hidden if name in covered)
        return replace(self, counted=self.counted - len(above), hidden=left, covered=above)

    @property
    def seen(self) -> int:
        """How many are seen."""
        return self.counted - len(self.hidden)

    @property
    def enough(self) -> bool:
        """Whether these are enough."""
        return self.seen >= _ENOUGH * self.counted


def shares(runs: Sequence[Seen], composites: Sequence[str]) -> list[Share]:
    """What is seen on each composite, of the faults that are seen on the plain service."""
    faults, by = catalogue.load(), {(one.service, one.fault): one for one in runs if not one.trouble}
    found = []
    for composite in composites:
        alone = by.get((composite, ""))
        on = {name: one for (service, name), one in by.items() if service == composite and name}
        if alone is None:
            on = {}
        # What the composite shows without the fault can't show the fault.
        counted = [name for name in on if (PLAIN, name) in by and by[PLAIN, name].shows(faults[name], alone)]
        hidden = {
            name: ", ".join(sorted(code for _, code, _, _ in on[name].findings - (alone.findings if alone else set())))
            for name in counted
            if not on[name].shows(faults[name], alone)
        }
        found.append(Share(composite, len(counted), hidden))
    return found


def as_markdown(found: Sequence[Share]) -> str:
    """The table of docs/proof.md: a row for each composite."""
    rows = ["| composite | faults | seen | not seen | covered |", "| --- | --- | --- | --- | --- |"]
    rows += [
        f"| `{one.composite}` | {one.counted} | {one.seen} | {', '.join(one.hidden) or '-'} "
        f"| {', '.join(one.covered) or '-'} |"
        for one in found
    ]
    return "\n".join(rows) + "\n"


def _report(found: Sequence[Share]) -> None:
    faults = catalogue.load()
    for one in found:
        share = f"{one.seen / one.counted:.0%}" if one.counted else "none to tell apart"
        click.echo(f"{one.composite:24} {one.seen} of {one.counted} seen ({share})")
        for name, codes in one.hidden.items():
            click.echo(f"  ! {name}: expected {faults[name].caught_by[0]}, found {codes or 'nothing'}")
        for name in one.covered:
            click.echo(f"    {name}: does not count, since the composite responds as it does without the fault")
    counted, seen = sum(one.counted for one in found), sum(one.seen for one in found)
    click.echo(f"{'all':24} {seen} of {counted} seen")


def _wanted_faults(seed: int, part: int, sample: int | None, composites: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of a composite and a fault, drawn by the seed; the faults are those that a full proof has confirmed."""
    faults = [name for name in sorted(catalogue.load()) if name not in APART]
    drawn = Random(seed).sample(faults, len(faults) // part)
    each = len(drawn) if sample is None else min(len(drawn), max(1, sample // len(composites)))
    # A run that is cut short has then seen something of each composite.
    wanted = [
        (composite, name) for composite in composites for name in Random(f"{seed} {composite}").sample(drawn, each)
    ]
    return Random(seed).sample(wanted, len(wanted))


def _in_order(wanted: Sequence[tuple[str, str]], composites: Sequence[str]) -> list[tuple[str, str]]:
    """What has to run, so that it can be counted early: the composites alone, then each fault on the plain service."""
    order = dict.fromkeys((composite, "") for composite in composites)
    for composite, name in wanted:
        order |= dict.fromkeys([(PLAIN, name), (composite, name)])
    return list(order)


def _all_run(wanted: Sequence[tuple[str, str]], seed: int, family: bool, **how: Any) -> list[Seen]:
    """Run everything, and print each run as it ends; a fault on the plain service needs its own properties only."""
    work = {one: partial(run, *one, seed, family or one[0] == PLAIN) for one in wanted}
    runs: list[Seen] = []
    for (service, fault), result in as_they_come(work, **how):
        one = Seen(service, fault, -1, trouble=result.why) if isinstance(result, Crashed) else result
        runs.append(one)
        accused = sorted(f"{code} {pointer}" for kind, code, _, pointer in one.findings if kind == "broken")
        click.echo(f"  {len(runs)}/{len(wanted)} {service} {fault}: exit {one.code} {', '.join(accused)} {one.trouble}")
    return runs


def _uncovered(found: Sequence[Share], seed: int, how: Mapping[str, Any]) -> list[Share]:
    """The shares without the faults that a composite covers by its own response."""
    hidden = [(one.composite, name) for one in found for name in one.hidden]
    work = {pair: partial(is_covered, *pair, seed) for pair in hidden}
    covered = {pair for pair, result in as_they_come(work, **how) if result is True}
    return [one.without({name for composite, name in covered if composite == one.composite}) for one in found]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--seed", type=int, default=1, show_default=True, help="For the draw, and for the runs.")
@click.option("--part", type=click.IntRange(min=1), default=3, show_default=True, help="Draw one in so many faults.")
@click.option(
    "--sample", type=click.IntRange(min=1), help="Run so many of these faults, evenly on the composites.  [all]"
)
@click.option("--pairs", type=click.IntRange(min=0), default=0, show_default=True, help="Check so many pairs instead.")
@click.option("--only", multiple=True, metavar="COMPOSITE", help="This composite; may be repeated.  [all]")
@click.option("--family", is_flag=True, help="Only properties of the same family as the expected one.")
@click.option("--jobs", type=click.IntRange(min=1), default=2, show_default=True)
@click.option("--minutes", type=click.FloatRange(min=0), help="Start no run after so many minutes.")
@click.option("--markdown", type=click.Path(path_type=Path), help="Write the table to this file.")
def main(seed: int, pairs: int, only: Sequence[str], markdown: Path | None, part: int, **options: Any) -> None:
    """Measure whether differences hide faults."""
    sample, family = options.pop("sample"), options.pop("family")
    if pairs:
        sys.exit(0 if _check_pairs(seed, pairs, options) else 1)
    composites = list(only) or [name for name, one in table.load().items() if len(one.parts) > 1]
    wanted = _wanted_faults(seed, part, sample, composites)
    runs = _all_run(_in_order(wanted, composites), seed, family, **options)
    found = _uncovered(shares(runs, composites), seed, options)
    _report(found)
    ran = {(one.service, one.fault) for one in runs if not one.trouble}
    done, every = sum(one in ran for one in wanted), len(_wanted_faults(seed, part, None, composites))
    left = f"{every - len(wanted)} not drawn, {len(wanted) - done} not reached or broken off"
    click.echo(f"{done} of {every} faults on composites run; {left}")
    if markdown:
        markdown.write_text(as_markdown(found), encoding="utf-8")
    sys.exit(0 if done and all(one.enough for one in found) else 1)


def _check_pairs(seed: int, count: int, how: Mapping[str, Any]) -> bool:
    """Whether no pair of differences is called broken, and all ran."""
    chosen = chosen_pairs(seed, count)
    runs = _all_run([(name, "") for name in chosen], seed, family=False, **how)
    wrong = [one.service for one in runs if one.code or one.trouble]
    click.echo(f"{len(runs)} of {len(chosen)} pairs of differences run, {len(runs) - len(wrong)} with exit 0")
    click.echo("".join(f"  ! {name}\n" for name in wrong), nl=False)
    return not wrong and len(runs) == len(chosen)


if __name__ == "__main__":
    main()

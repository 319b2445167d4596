"""Runs the check against every differing service, and again with the overlay that describes it.

Nothing may be called broken, nearly every property is judged, and each difference is reported at its pointer; a service
that differs in one point has one. With the overlay, the check has nothing to say about the service even with --strict,
except what no overlay can express, and the mock that is started with it passes the check.

`python -m tests.proof.differing.measure [NAME ...]` prints a line for each service as it is done, and exits with 1 if
one fails. `--sample` takes some of the services, `--minutes` bounds the time; both say what they leave out.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import click

from tests.proof.differing import table
from tests.proof.front import ServiceError
from tests.proof.pool import Crashed, as_they_come
from tests.proof.preloaded import run_preloaded

ROOT = Path(__file__).parents[3]
PATIENCE_S = 180
LEAST_JUDGED = 110
_UNSAID = "an overlay can't express this: "


@dataclass(frozen=True)
class Checked:
    """One run of the check: its exit code, its findings by code and pointer, and how many properties it judged."""

    code: int
    applicable: int = 0
    judged: int = 0
    accused: tuple[str, ...] = ()
    differences: tuple[tuple[str, str], ...] = ()
    sentences: tuple[str, ...] = ()
    requests: int = 0
    unsaid: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def found(self) -> tuple[str, ...]:
        """Every finding, in a line."""
        differing = (
            f"{code} {pointer}: {text}" for (code, pointer), text in zip(self.differences, self.sentences, strict=True)
        )
        return (*self.accused, *differing)


@dataclass(frozen=True)
class RoundTrip:
    """A differing service checked without an overlay, with its overlay, and the mock checked with that overlay.

    A single difference contradicts so many `nodes` of the document; `misplaced` are nodes where one is reported and
    should not be. If it `breaks_promise`, it is to be called broken once, and nothing else may suffer from that.
    """

    name: str
    first: Checked
    nodes: int | None = 1
    breaks_promise: bool = False
    misplaced: tuple[str, ...] = ()
    has_overlay: bool = False
    again: Checked | None = None
    mock: Checked | None = None

    @property
    def good(self) -> bool:
        """Whether the service was not accused, unless it breaks a promise, and nearly everything was judged."""
        first, broken = self.first, int(self.breaks_promise)
        as_it_is = first.code == broken and len(first.accused) == broken
        return as_it_is and first.judged >= LEAST_JUDGED and not first.trouble

    @property
    def placed(self) -> bool:
        """Whether each difference is reported at its pointer, and a single one once, with a finding for each node."""
        found = len(self.first.differences) + len(self.first.accused)
        return not self.misplaced and (self.nodes is None or found == self.nodes)

    @property
    def closed(self) -> bool:
        """Whether the overlay, if there is one, leaves nothing to say but what no overlay can express."""
        if self.again is None or self.mock is None:
            has_nothing_to_say = bool(self.first.unsaid or not self.first.differences)
            return not self.first.trouble and not self.has_overlay and has_nothing_to_say
        unsaid = set(self.first.unsaid)
        left = [one for one in self.again.sentences if one not in unsaid]
        return not left and not self.again.accused and not self.again.trouble and self.mock.code == 0


def measure(name: str, seed: int = 1, profile: str = "quick", back: bool = True) -> RoundTrip:
    """Run the check against a differing service; with `back`, also with its overlay, and against the mock with it."""
    service = table.load()[name]
    with TemporaryDirectory() as folder:
        overlay = Path(folder, "overlay.yaml")
        first = _on_service(service, Path(folder), ["--write-overlay", str(overlay)], seed, profile)
        pointers = [pointer for _, pointer in first.differences] + [one.split()[1].rstrip(":") for one in first.accused]
        misplaced = tuple(pointer for pointer in pointers if not _placed(service, pointer))
        trip = RoundTrip(name, first, service.nodes, service.breaks_promise, misplaced, overlay.exists())
        if not back or not overlay.exists():
            return trip
        again = _on_service(service, Path(folder), ["--overlay", str(overlay), "--strict"], seed, profile)
        mock = _check(Path(folder), ["--target", "mock", "--overlay", str(overlay)], None, seed, profile)
        return replace(trip, again=again, mock=mock)


def _on_service(service: table.Differing, folder: Path, arguments: Sequence[str], seed: int, profile: str) -> Checked:
    try:
        with service.start() as front:
            target = ["--target", front.url, "--allow-writes"]
            return _check(folder, [*target, *arguments], service.token, seed, profile)
    except ServiceError as error:
        return Checked(-1, trouble=str(error)[-800:])


def _check(folder: Path, arguments: Sequence[str], token: str | None, seed: int, profile: str) -> Checked:
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    common = ["--profile", profile, "--seed", str(seed), "--report", f"json={report}"]
    common += ["--scripts", str(folder / "scripts"), "--ledger", str(folder / "ledger")]
    environment = {key: text for key, text in os.environ.items() if not key.startswith("CALLCAMP")}
    environment |= {"CALLCAMP_TOKEN": token} if token else {}
    ended = run_preloaded([*arguments, *common], ROOT, {**environment, "PYTHONPATH": str(ROOT)}, PATIENCE_S)
    if ended is None or not report.exists():
        why = f"it took over {PATIENCE_S} s" if ended is None else ended.err[-800:] or "it ended without a report"
        return Checked(-1 if ended is None else ended.code, trouble=why)
    unsaid = tuple(line.partition(_UNSAID)[2].partition(": ")[2] for line in ended.err.splitlines() if _UNSAID in line)
    return _checked(ended.code, json.loads(report.read_text()), unsaid)


def _checked(code: int, result: dict[str, Any], unsaid: tuple[str, ...]) -> Checked:
    properties = [one for one in result["properties"] if "does not apply" not in (one.get("why") or "")]
    judged = [one for one in properties if one["outcome"] in ("kept", "differs", "broken") and not one.get("why")]
    found = [*result["findings"], *result.get("warnings", ())]
    warned = [one for one in found if not one["documented"]]
    return Checked(
        code=code,
        applicable=len(properties),
        judged=len(judged),
        accused=tuple(f"{one['code']} {one['pointer']}: {one['sentence']}" for one in found if one["documented"]),
        differences=tuple((one["code"], one["pointer"]) for one in warned),
        sentences=tuple(one["sentence"] for one in warned),
        requests=int(result["run"]["requests"]),
        unsaid=unsaid,
        trouble="; ".join(map(str, result["run"].get("errors") or ()))[:500],
    )


def _placed(service: table.Differing, pointer: str) -> bool:
    return any(f"{pointer}/".startswith(f"{one.rstrip('/')}/") for one in service.pointers)


def line(one: RoundTrip) -> str:
    """One service, for a terminal."""
    first = one.first
    mark = " " if one.good and one.closed and one.placed else "!"
    text = f"{mark} {one.name:30} exit {first.code}, {first.judged} of {first.applicable} judged, "
    text += f"{first.requests} requests, {len(first.differences)} differences"
    if one.again and one.mock:
        text += f"; with the overlay: service exit {one.again.code}, mock exit {one.mock.code}"
    text += "".join(f"\n      ACCUSED {each}" for each in first.accused)
    text += "".join(f"\n      misplaced {each}" for each in one.misplaced)
    if not one.placed:
        text += "".join(f"\n      reported: {each}" for each in first.found)
    text += "".join(f"\n      no overlay can say: {each}" for each in first.unsaid)
    for where, run in (("service", one.again), ("mock", one.mock)):
        text += "".join(f"\n      {where} with the overlay: {each}" for each in (run.found if run else ()))
    troubles = (run.trouble for run in (first, one.again, one.mock) if run)
    return text + "".join(f"\n      {trouble}" for trouble in troubles if trouble)


def as_markdown(found: Sequence[RoundTrip], order: Sequence[str]) -> str:
    """The table of docs/proof.md: a row for each service, in the given order."""
    heads = ("service", "judged", "requests", "differences", "left to say", "service with its overlay", "mock with it")
    rows = [f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads)]
    for one in sorted(found, key=lambda each: order.index(each.name)):
        first, codes = one.first, [f"exit {run.code}" if run else "-" for run in (one.again, one.mock)]
        judged = f"{first.judged} of {first.applicable}" if first.applicable else "did not finish"
        numbers = (judged, f"{first.requests:,}", len(first.differences), len(first.unsaid), *codes)
        rows.append(f"| `{one.name}` | {' | '.join(map(str, numbers))} |")
    return "\n".join(rows) + "\n"


def _summary(found: Sequence[RoundTrip], left: Sequence[str]) -> list[str]:
    many = len(found)
    lines = [
        f"{sum(one.good for one in found)} of {many} services not accused, with at least {LEAST_JUDGED} judged",
        f"{sum(one.placed for one in found)} of {many} services with each difference at its pointer, a single one once",
        f"{sum(one.closed for one in found)} of {many} services described by their overlay, and imitated by the mock",
    ]
    return lines + ([f"{len(left)} services left out: {', '.join(left)}"] if left else [])


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1)
@click.option("--seed", type=int, default=1, show_default=True, help="For the runs, and for --sample.")
@click.option("--sample", type=click.IntRange(min=1), help="Run so many of the services, drawn by the seed.")
@click.option("--jobs", type=click.IntRange(min=1), default=2, show_default=True)
@click.option("--minutes", type=click.FloatRange(min=0), help="Start no service after so many minutes.")
@click.option("--back/--no-back", default=True, help="Also run with the overlay.", show_default=True)
@click.option("--markdown", type=click.Path(path_type=Path), help="Write the table to this file, after each service.")
def main(names: Sequence[str], seed: int, sample: int | None, back: bool, markdown: Path | None, **how: Any) -> None:
    """Run the check against the differing services NAMES; all of them without names."""
    known = list(table.load())
    unknown = [name for name in names if name not in known]
    if unknown:
        raise click.UsageError(f"no differing service is called {' or '.join(unknown)}")
    chosen = [name for name in known if name in names or not names]
    drawn = chosen if sample is None else Random(seed).sample(chosen, min(sample, len(chosen)))
    # The composites take longest, so they come first.
    work: dict[str, Callable[[], RoundTrip]] = {
        name: partial(measure, name, seed, "quick", back) for name in reversed(chosen) if name in drawn
    }
    found: list[RoundTrip] = []
    for name, result in as_they_come(work, **how):
        found.append(RoundTrip(name, Checked(-1, trouble=result.why)) if isinstance(result, Crashed) else result)
        click.echo(line(found[-1]))
        if markdown:
            markdown.write_text(as_markdown(found, known), encoding="utf-8")
    done = {one.name for one in found}
    click.echo("\n".join(_summary(found, [name for name in chosen if name not in done])))
    sys.exit(0 if found and all(one.good and one.placed and one.closed for one in found) else 1)


if __name__ == "__main__":
    main()

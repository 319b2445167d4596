"""Runs the check against every differing service, and again with the overlay that describes it.

Nothing may be called broken, and nearly every property judged. With the overlay, the check has nothing to say about the
service even with --strict, except what no overlay can express, and the mock that is started with it passes the check.

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
_UNSAID = "no overlay can say this: "


@dataclass(frozen=True)
class Checked:
    """One run of the check: its exit code, its findings by code and place, and how many properties it judged."""

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
        said = (f"{code} {place}: {text}" for (code, place), text in zip(self.differences, self.sentences, strict=True))
        return (*self.accused, *said)


@dataclass(frozen=True)
class RoundTrip:
    """A differing service checked without an overlay, with its overlay, and the mock checked with that overlay."""

    name: str
    first: Checked
    misplaced: tuple[str, ...] = ()
    has_overlay: bool = False
    again: Checked | None = None
    mock: Checked | None = None

    @property
    def good(self) -> bool:
        """Whether the service was not accused, its difference was found, and nearly everything was judged."""
        first = self.first
        return first.code == 0 and not first.accused and first.judged >= LEAST_JUDGED and not first.trouble

    @property
    def closed(self) -> bool:
        """Whether the overlay, if there is one, leaves nothing to say but what no overlay can express."""
        if self.again is None or self.mock is None:
            return self.has_overlay is False and bool(self.first.unsaid or not self.first.differences)
        unsaid = set(self.first.unsaid)
        left = [one for one in self.again.sentences if one not in unsaid]
        return not left and not self.again.accused and not self.again.trouble and self.mock.code == 0


def measure(name: str, seed: int = 1, profile: str = "quick", back: bool = True) -> RoundTrip:
    """Run the check against a differing service; with `back`, also with its overlay, and against the mock with it."""
    service = table.load()[name]
    with TemporaryDirectory() as folder:
        overlay = Path(folder, "overlay.yaml")
        first = _on_service(service, Path(folder), ["--write-overlay", str(overlay)], seed, profile)
        places = [place for _, place in first.differences]
        misplaced = tuple(place for place in places if not _placed(service, place))
        if not back or not overlay.exists():
            return RoundTrip(name, first, misplaced, overlay.exists())
        again = _on_service(service, Path(folder), ["--overlay", str(overlay), "--strict"], seed, profile)
        mock = _check(Path(folder), ["--target", "mock", "--overlay", str(overlay)], None, seed, profile)
        return RoundTrip(name, first, misplaced, True, again, mock)


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
        return Checked(-1 if ended is None else ended.code, trouble="no report" if ended is None else ended.err[-800:])
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
    return any(f"{pointer}/".startswith(f"{place.rstrip('/')}/") for place in service.places)


def line(one: RoundTrip) -> str:
    """One service, for a terminal."""
    first = one.first
    mark = " " if one.good and one.closed else "!"
    text = f"{mark} {one.name:30} exit {first.code}, {first.judged} of {first.applicable} judged, "
    text += f"{first.requests} requests, {len(first.differences)} differences"
    if one.again and one.mock:
        text += f"; with the overlay: service exit {one.again.code}, mock exit {one.mock.code}"
    text += "".join(f"\n      ACCUSED {each}" for each in first.accused)
    text += "".join(f"\n      misplaced {each}" for each in one.misplaced)
    text += "".join(f"\n      no overlay can say: {each}" for each in first.unsaid)
    for where, run in (("service", one.again), ("mock", one.mock)):
        text += "".join(f"\n      {where} with the overlay: {each}" for each in (run.found if run else ()))
    troubles = (run.trouble for run in (first, one.again, one.mock) if run)
    return text + "".join(f"\n      {trouble}" for trouble in troubles if trouble)


def as_markdown(found: Sequence[RoundTrip], order: Sequence[str]) -> str:
    """The table of docs/proof.md: a row for each service, in the given order."""
    rows = ["| service | judged | requests | differences | left to say | service | mock |", "|" + " --- |" * 7]
    for one in sorted(found, key=lambda each: order.index(each.name)):
        first, codes = one.first, [str(run.code) if run else "-" for run in (one.again, one.mock)]
        judged = f"{first.judged} of {first.applicable}"
        numbers = (judged, first.requests, len(first.differences), len(first.unsaid), *codes)
        rows.append(f"| `{one.name}` | {' | '.join(map(str, numbers))} |")
    return "\n".join(rows) + "\n"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--jobs", type=click.IntRange(min=1), default=2, show_default=True)
@click.option("--back/--no-back", default=True, help="Also run with the overlay.", show_default=True)
@click.option("--markdown", type=click.Path(path_type=Path), help="Write the table to this file.")
def main(names: Sequence[str], seed: int, jobs: int, back: bool, markdown: Path | None) -> None:
    """Run the check against the differing services NAMES; all of them without names."""
    known = table.load()
    chosen = [name for name in names or known if name in known]
    found: list[RoundTrip] = []
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        for done in as_completed([pool.submit(measure, name, seed, "quick", back) for name in chosen]):
            found.append(done.result())
            click.echo(line(found[-1]))
    if markdown:
        markdown.write_text(as_markdown(found, chosen), encoding="utf-8")
    good = sum(one.good for one in found)
    click.echo(f"{good} of {len(found)} services not accused, with at least {LEAST_JUDGED} properties judged")
    closed = sum(one.closed for one in found)
    click.echo(f"{closed} of {len(found)} services described by their overlay, and imitated by the mock with it")
    sys.exit(0 if good == closed == len(found) else 1)


if __name__ == "__main__":
    main()

"""Benchmarks this project and its alternatives: `python -m benchmarks --scratch FOLDER`.

Exit codes: 0, 1 if something could not be measured, 2 usage, 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from benchmarks.commands import MISSED, ended, scratch_option, seconds_option
from benchmarks.generators import GENERATORS
from benchmarks.machine import described, load, measuring_time
from benchmarks.plan import Plan, Row
from benchmarks.servers import SERVERS
from benchmarks.stages import STAGES
from benchmarks.stages.forwarding import PROXIES

_NAME = "python -m benchmarks"
_ROWS: tuple[Row, ...] = (*SERVERS, *GENERATORS, *PROXIES)
_PEERS = {one.name.lower(): one.name for one in _ROWS if one.packages}


def _peers(_context: click.Context, _parameter: click.Parameter, names: Sequence[str]) -> frozenset[str]:
    for name in names:
        if name.lower() not in _PEERS:
            raise click.BadParameter(f"unknown peer {name!r}; choose from {', '.join(_PEERS.values())}")
    return frozenset(_PEERS[name.lower()] for name in names)


def _sizes(_context: click.Context, _parameter: click.Parameter, text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.strip().isdecimal() and int(part) >= 20 for part in parts):
        raise click.BadParameter(f"{text!r}: write numbers of at least 20, such as 100,10000")
    return tuple(sorted({int(part) for part in parts}))


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@scratch_option("Install the peers and write the records here")
@click.option(
    "--rounds",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="Number of rounds; each has its own order.",
)
@seconds_option
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the orders.")
@click.option(
    "--stage", "stages", type=click.Choice(list(STAGES)), multiple=True, help="Run only this stage; repeatable.  [all]"
)
@click.option(
    "--peers",
    metavar="NAME",
    multiple=True,
    callback=_peers,
    help=f"Compare with this peer only; repeatable: {', '.join(_PEERS.values())}.  [all]",
)
@click.option(
    "--sizes",
    default="100,10000,100000,1000000",
    show_default=True,
    callback=_sizes,
    metavar="NUMBERS",
    help="Numbers of phones in the growth stage.",
)
@click.option(
    "--start-limit",
    "start_limit_s",
    type=click.FloatRange(min=1),
    default=120.0,
    show_default=True,
    metavar="S",
    help="Longest start of a server with many phones.",
)
@click.option(
    "--markdown",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also write the report to this file.",
)
def command(markdown: Path | None, stages: tuple[str, ...], scratch: Path, **options: Any) -> int:
    """Measure, and print a table in Markdown for each stage.

    The peers come from the registries that npm and pip are configured for. It needs Linux with two cores, taskset, wrk
    and time, and node, npm and Java for the peers. What can't be measured is reported on stderr; the rest continues.

    Exit codes: 0, 1 if something could not be measured, 2 usage.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    plan = Plan(scratch.resolve(), **options)
    written: list[str] = []
    for line in _report(plan, stages or tuple(STAGES)):
        click.echo(line)
        written.append(line)
        if markdown:
            markdown.write_text("\n".join(written) + "\n", encoding="utf-8")
    return MISSED if plan.troubles else 0


def _report(plan: Plan, stages: Sequence[str]) -> Iterator[str]:
    """The machine and the sections, line by line as they are measured."""
    yield f"Measured on {measuring_time()}, by"
    yield ""
    yield "```sh"
    yield f"{_NAME} --scratch FOLDER {_options_of(plan, stages)}"
    yield "```"
    yield ""
    yield f"{described()}. Medians of {plan.rounds} round{'s' if plan.rounds > 1 else ''}."
    for name in stages:
        yield from ("", f"## {STAGES[name].title}", "")
        before, troubles = load(), len(plan.troubles)
        with plan.noting(f"stage {name}"):
            yield from STAGES[name].run(plan)
        yield f"- Load before: {before}; after: {load()}."
        missed = (trouble.replace(str(plan.scratch), "FOLDER") for trouble in plan.troubles[troubles:])
        yield from (f"- Not measured: {trouble}" for trouble in missed)


def _options_of(plan: Plan, stages: Sequence[str]) -> str:
    """The options that repeat these measurements."""
    options = [f"--rounds {plan.rounds} --seconds {plan.seconds} --seed {plan.seed}"]
    if set(stages) != set(STAGES):
        options += [f"--stage {name}" for name in stages]
    options += [f"--peers {name}" for name in sorted(plan.peers)]
    if "growth" in stages:
        options.append(f"--sizes {','.join(map(str, plan.sizes))} --start-limit {plan.start_limit_s:g}")
    return " ".join(options)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv` (default: the process's arguments) and return its exit code."""
    return ended(lambda: command.main(None if argv is None else list(argv), prog_name=_NAME, standalone_mode=False))


if __name__ == "__main__":
    sys.exit(main())

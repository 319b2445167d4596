"""Compares the mocks of two commits: `python -m benchmarks.compare OLD NEW --scratch FOLDER`.

Each is checked out and installed in its own folder, and they are measured in alternation (old, new; new, old; ...).
Exit codes: 0, 1 if something could not be measured, 2 usage, 130 interrupted.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import click

from benchmarks.commands import ended, scratch_option, seconds_option
from benchmarks.errors import BenchmarkError
from benchmarks.installing import Home
from benchmarks.load import PHONES, measured
from benchmarks.machine import described, load, on_core, server_core
from benchmarks.noise import compared
from benchmarks.phones import Phones
from benchmarks.processes import finished
from benchmarks.servers import SERVERS, Server
from benchmarks.stages.check import measured as checked
from benchmarks.stages.start import help_s
from benchmarks.table import figure, table
from benchmarks.trees import Tree, laid_out
from benchmarks.wrk import WHATS

_NAME = "python -m benchmarks.compare"
_CONNECTIONS = 16
_NOTES = """\
- The medians of the rounds, and the median, lowest and highest ratio within a round. *Processor*: CPU time of the
  server's process for a request under load; *in process*: CPU time of the mock's own code without a server.
- *Within the noise*: with 95 percent confidence, the median ratio may be 1. Of twenty figures that do not differ,
  expect one that seems to."""
_IN_PROCESS = Path("benchmarks", "in_process.py")


@dataclass(frozen=True, slots=True)
class Options:
    """The options. `seconds` is the duration of each load; `help_time` and `check` add figures."""

    scratch: Path
    rounds: int
    seconds: int
    help_time: bool
    check: bool


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("old")
@click.argument("new")
@scratch_option("Check out and install the commits here")
@click.option(
    "--rounds",
    type=click.IntRange(min=1),
    default=6,
    show_default=True,
    help="Number of rounds; both commits run in each.",
)
@seconds_option
@click.option("--help-time", is_flag=True, help="Also measure callcamp-mock --help.")
@click.option("--check", is_flag=True, help="Also measure the contract check in its default profile.")
def command(old: str, new: str, scratch: Path, **options: Any) -> None:
    """Measure the mocks of the commits OLD and NEW in alternation, and report differences beyond noise.

    A commit is a branch, a tag or a hash; for uncommitted changes use $(git stash create). Comparing a commit with
    itself shows the noise.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    chosen = Options(scratch.resolve(), **options)
    trees = [laid_out(name, chosen.scratch, with_check=chosen.check) for name in (old, new)]
    before = load()
    sides = _measured(trees, chosen)
    click.echo(f"{described()}. Load before: {before}; after: {load()}.\n")
    click.echo("\n".join([*_table(trees, *sides), "", _NOTES]))


def _measured(trees: Sequence[Tree], chosen: Options) -> tuple[list[Mapping[str, float]], list[Mapping[str, float]]]:
    """The figures of both commits by round."""
    phones = Phones(chosen.scratch, PHONES)
    sides: tuple[list[Mapping[str, float]], list[Mapping[str, float]]] = ([], [])
    for turn in range(chosen.rounds):
        for side in (0, 1) if turn % 2 == 0 else (1, 0):
            click.echo(f"round {turn + 1} of {chosen.rounds}: {trees[side].name}", err=True)
            try:
                sides[side].append(dict(_figures(trees[side], phones, chosen)))
            except BenchmarkError as error:
                raise BenchmarkError(f"{trees[side].name}: {error}") from None
    return sides


def _figures(tree: Tree, phones: Phones, chosen: Options) -> Iterator[tuple[str, float]]:
    """The figures of one commit in one round, by their names in the table."""
    ran = measured(_server(tree), Home(tree.folder), phones, _CONNECTIONS, chosen.seconds)
    yield from ((f"{what}/s", ran.reports[what].per_second) for what in WHATS)
    yield from ((f"{what}, p99, ms", ran.reports[what].p99) for what in WHATS)
    yield from ((f"{what}, us of the processor", ran.busy_us[what]) for what in WHATS)
    yield from ((f"{what}, us in process", cost) for what, cost in _in_process(tree).items())
    yield from (("first answer, ms", ran.first_response_s * 1000), ("memory at the start, MB", ran.memory_at_start))
    if chosen.help_time:
        yield "callcamp-mock --help, ms", help_s(tree.python, "callcamp-mock") * 1000
    if chosen.check:
        yield "callcamp-check, s", checked(tree.python, "default", 1, tree.folder, chosen.scratch).seconds


def _server(tree: Tree) -> Server:
    def start(_home: Home, phones: Phones) -> list[str]:
        return [str(tree.python), "-m", "mock_server", "--data", str(phones.array()), "--port", "{port}"]

    return replace(SERVERS[0], command=start)


def _in_process(tree: Tree) -> dict[str, float]:
    """Each commit runs its own benchmark, since the internal interfaces differ; empty if it has none."""
    script = tree.folder / _IN_PROCESS
    if not script.exists() or "--json" not in script.read_text(encoding="utf-8"):
        return {}
    # -P keeps the script's folder off sys.path.
    with TemporaryFile() as out:
        finished([*on_core(server_core()), tree.python, "-P", script, "--json"], folder=tree.folder, out=out)
        out.seek(0)
        costs: dict[str, float] = json.loads(out.read())
        return costs


def _table(
    trees: Sequence[Tree], old: Sequence[Mapping[str, float]], new: Sequence[Mapping[str, float]]
) -> Iterator[str]:
    """One row for each figure."""
    head = ["", *(f"{tree.name} ({tree.commit[:9]})" for tree in trees), "new / old", "least - most", ""]
    rows = []
    for name in (name for name in old[0] if name in new[0]):
        one = compared([each[name] for each in old], [each[name] for each in new])
        verdict = one.verdict(more_is_better=name.endswith("/s"))
        spread = f"{one.least:.2f} - {one.most:.2f}"
        rows.append([name, figure(one.old), figure(one.new), f"{one.ratio:.2f}x", spread, verdict])
    return table(head, rows)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv` (default: the process's arguments) and return its exit code."""
    return ended(lambda: command.main(None if argv is None else list(argv), prog_name=_NAME, standalone_mode=False))


if __name__ == "__main__":
    sys.exit(main())

"""The options of a run, its rounds, and what could not be measured."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

import click

from benchmarks.errors import BenchmarkError
from benchmarks.installing import Home, Packages, home, install
from benchmarks.machine import ROOT
from benchmarks.phones import Phones


class Row(Protocol):
    """A row of a table. This project's own rows have no packages."""

    @property
    def name(self) -> str:
        """Its name in the table."""

    @property
    def packages(self) -> Packages | None:
        """The packages to install."""


_R = TypeVar("_R", bound=Row)
_F = TypeVar("_F")


@dataclass(frozen=True, slots=True)
class Plan:
    """The options. `seconds` is the duration of each load; `peers` are the chosen ones, empty for all.

    `troubles` collects one line for each failure.
    """

    scratch: Path
    rounds: int = 3
    seconds: int = 2
    seed: int = 1
    peers: frozenset[str] = frozenset()
    sizes: tuple[int, ...] = (100, 10_000, 100_000, 1_000_000)
    start_limit_s: float = 120.0
    troubles: list[str] = field(default_factory=list)

    def wanted(self, rows: Sequence[_R]) -> list[_R]:
        """The chosen rows; this project's are always included."""
        return [one for one in rows if one.packages is None or not self.peers or one.name in self.peers]

    def installed(self, rows: Sequence[Row]) -> dict[str, Home]:
        """The folders of the rows that could be installed, by name."""
        homes: dict[str, Home] = {}
        for one in rows:
            with self.noting(one.name):
                its_home = Home(ROOT) if one.packages is None else home(self.scratch, one.name)
                install(its_home, one.packages)
                homes[one.name] = its_home
        return homes

    def measured(self, rows: Sequence[_R], measure: Callable[[_R, Home], _F]) -> dict[str, dict[int, _F]]:
        """The results of `measure` by name and round. A row that fails once is not measured again."""
        found: dict[str, dict[int, _F]] = {one.name: {} for one in rows}
        homes = self.installed(rows)
        for turn, one in self.shuffled(rows):
            its_home = homes.pop(one.name, None)
            if its_home is not None:
                self.tell(turn, one.name)
                with self.noting(one.name):
                    found[one.name][turn] = measure(one, its_home)
                    homes[one.name] = its_home
        return found

    def shuffled(self, rows: Sequence[_F]) -> Iterator[tuple[int, _F]]:
        """Each round's number with each of `rows`, reshuffled for each round."""
        chance = random.Random(self.seed)
        for turn in range(self.rounds):
            for one in chance.sample(rows, len(rows)):
                yield turn, one

    def phones(self, count: int) -> Phones:
        """`count` generated phones."""
        return Phones(self.scratch, count)

    def tell(self, turn: int, what: str) -> None:
        """Report progress on stderr."""
        click.echo(f"round {turn + 1} of {self.rounds}: {what}", err=True)

    @contextmanager
    def noting(self, what: str) -> Iterator[None]:
        """Record and report a BenchmarkError about `what`, and continue."""
        try:
            yield
        except BenchmarkError as error:
            self.troubles.append(f"{what}: {error}")
            click.echo(f"not measured: {what}: {error}", err=True)

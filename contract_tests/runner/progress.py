"""Progress of a run: a bar on a terminal, a line for each property elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from contract_tests.calibration.words import Learnt
from contract_tests.reports import PropertyRun
from contract_tests.target.printing import printable
from openapi.wording import counted

_OUTCOMES = {"kept": "ok", "broken": "BROKEN", "not judged": "not judged", "not checked": "does not apply"}


@dataclass
class Meter:
    """Prints progress to stderr, within `shown`."""

    total: int = 0
    requests: int = 0
    done: int = 0
    began_s: float = field(default_factory=time.monotonic)
    _bar: Progress | None = None

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the bar if stderr is a terminal."""
        console = Console(stderr=True)
        if not console.is_terminal:
            yield
            return
        columns = [
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[requests]:,} requests, {task.fields[rate]:.0f}/s"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        ]
        with Progress(*columns, console=console, transient=True) as self._bar:
            self._bar.add_task("checking", total=None, requests=0, rate=0.0)
            yield

    def collected(self, total: int) -> None:
        """Set how many properties will be checked."""
        self.total = total
        if self._bar:
            self._bar.update(self._bar.task_ids[0], total=total)

    def calibrated(self, learnt: Sequence[Learnt], requests: int) -> None:
        """Print the result of the calibration."""
        self.requests += requests
        differing = [one for one in learnt if one.differs]
        found = f"{counted(len(learnt), 'question')}, {counted(len(differing), 'difference')}"
        text = f"calibration: {found} ({counted(requests, 'request')})"
        if self._bar:
            self._bar.console.print(text, highlight=False, markup=False)
        else:
            click.echo(text, err=True)

    def waiting_for(self, names: Sequence[str]) -> None:
        """Show which properties are running."""
        if self._bar and names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            self._bar.update(self._bar.task_ids[0], description=f"{printable(names[0])}{more}")

    def checked(self, one: PropertyRun) -> None:
        """Count one property."""
        self.done += 1
        self.requests += one.requests
        outcome, name = _OUTCOMES[one.outcome], printable(one.name)
        if not self._bar:
            count = f"[{self.done:>{len(str(self.total))}}/{self.total}]"
            cost = f"{counted(one.requests, 'request')}, {one.seconds:.1f} s"
            click.echo(f"{count} {name} {outcome} ({cost})", err=True)
            return
        rate = self.requests / max(time.monotonic() - self.began_s, 0.001)
        task = self._bar.task_ids[0]
        self._bar.update(task, advance=1, requests=self.requests, rate=rate)
        if one.outcome == "broken":
            self._bar.console.print(f"{outcome} {name}", style="red", highlight=False, markup=False)

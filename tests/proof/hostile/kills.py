"""Interrupts runs at random moments and cleans up: `python -m tests.proof.hostile.kills [HOW-MANY [SEED]]`."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import click

from tests.proof.correct import Correct
from tests.proof.front import Front
from tests.proof.messages import Request, ServiceResponse
from tests.proof.proving import ROOT

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
LAST_REQUEST = 900
"""About how many requests a quick run makes."""
_PATIENCE_S = 300


@dataclass(frozen=True)
class Killed:
    """A run that was interrupted at a request, and what remained after a clean-up.

    `unexplained` are own records that are left and that the clean-up does not list. `untagged` are those that it lists
    because they don't carry the tag.
    """

    number: signal.Signals
    at_request: int
    left_by_run: int
    foreign_changed: int
    unexplained: int
    untagged: int
    traceback: bool

    @property
    def clean(self) -> bool:
        """Whether nothing foreign was changed and nothing of ours is left unexplained."""
        return not (self.foreign_changed or self.unexplained or self.traceback)


def kill(number: signal.Signals, at_request: int, arguments: Sequence[str] = ()) -> Killed:
    """Run the check with writes, send it the signal at a request, and clean up."""
    running: list[subprocess.Popen[str]] = []
    requests = 0

    def handler(request: Request, correct: Correct) -> ServiceResponse:
        nonlocal requests
        requests += 1
        response = correct(request)
        if requests == at_request and running:
            running[0].send_signal(number)
        return response

    with Front(handler) as front, TemporaryDirectory() as folder:
        before = front.correct.records()
        ledger = str(Path(folder, "ledger"))
        options = ["--target", front.url, "--allow-writes", "--profile", "quick", "--ledger", ledger]
        options += ["--scripts", folder, *arguments]
        with _started(options) as process:
            running.append(process)
            _, errors = process.communicate(timeout=_PATIENCE_S)
        left_by_run = len(front.correct.records()) - len(before)
        cleaned = ""
        if Path(ledger).exists():
            with _started(["--clean-up", ledger, "--target", front.url]) as process:
                _, cleaned = process.communicate(timeout=_PATIENCE_S)
        after = {phone["uuid"]: phone for phone in front.correct.records()}
    foreign = {phone["uuid"] for phone in before}
    left = [key for key in after if key not in foreign]
    listed = [key for key in left if re.search(f"{key}'?   # it does not show the tag", cleaned)]
    return Killed(
        number,
        at_request,
        left_by_run,
        foreign_changed=sum(after.get(phone["uuid"]) != phone for phone in before),
        unexplained=len(left) - len(listed),
        untagged=len(listed),
        traceback="Traceback" in errors + cleaned,
    )


def _started(arguments: Sequence[str]) -> subprocess.Popen[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("CALLCAMP_", "PYTEST_"))}
    return subprocess.Popen(
        [sys.executable, "-m", "contract_tests", *arguments],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def main(how_many: int, seed: int) -> int:
    """Interrupt so many runs at requests drawn by a seed; returns the exit code."""
    random, bad = Random(seed), 0
    for index in range(how_many):
        killed = kill(SIGNALS[index % len(SIGNALS)], random.randrange(2, LAST_REQUEST))
        bad += not killed.clean
        click.echo(f"{'' if killed.clean else '! '}{killed}")
    click.echo(f"{how_many} runs interrupted, {bad} not clean")
    return 1 if bad else 0


if __name__ == "__main__":
    numbers = [int(one) for one in sys.argv[1:]]
    sys.exit(main(*(*numbers, *(50, 1)[len(numbers) :])))

"""The README's commands do what the README says."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_VARYING = (
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "TIME"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"\d+(\.\d+)?( ?s\b|/s\b)"), "N s"),
    (re.compile(r"\d[\d,]* requests"), "N requests"),
    (re.compile(r"requests +[\d,]+ in .*"), "requests N"),
    (re.compile(r"\d+ created, \d+ removed"), "N created, N removed"),
)


class Step(NamedTuple):
    """A command of the README and its documented output."""

    command: str
    printed: str


def steps(text: str) -> list[Step]:
    """The commands of every console block, in order."""
    found = []
    for block in _BLOCK.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, printed = part.partition("\n")
            found.append(Step(command, printed))
    return found


def plain(text: str) -> str:
    """`text` with everything that varies between runs replaced."""
    for pattern, word in _VARYING:
        text = pattern.sub(word, text)
    return text.rstrip("\n")


STEPS = steps(README.read_text())
_START = "make mock"
_LONGEST_STEP_S = 120.0
_LONGEST_RUN_S = 600.0
_LONGEST_STOP_S = 5.0


class Started(subprocess.Popen[str]):
    """A command in its own process group, which is stopped after `with`, or after `seconds`."""

    def __init__(self, command: list[str], environ: dict[str, str], seconds: float, stderr: int) -> None:
        super().__init__(
            command,
            cwd=ROOT,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            start_new_session=True,
        )
        self._timer = Timer(seconds, self.end, [signal.SIGKILL])
        self._timer.start()

    def end(self, number: signal.Signals) -> None:
        """Send a signal to the whole group."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def __exit__(self, *raised: object) -> None:
        self.end(signal.SIGTERM)
        try:
            self.wait(_LONGEST_STOP_S)
        except subprocess.TimeoutExpired:
            self.end(signal.SIGKILL)
            self.wait()
        self._timer.cancel()
        assert self.stdout is not None
        self.stdout.close()


@pytest.fixture(scope="module")
def mock() -> Iterator[tuple[str, str]]:
    """A mock started as the README says, but at a free port: its address and what it printed."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "--no-print-directory", "mock", "ARGS=--port 0 --no-log"]
    with Started(command, environ, _LONGEST_RUN_S, subprocess.DEVNULL) as process:
        assert process.stdout is not None
        printed = ""
        for line in process.stdout:
            printed += line
            if line.startswith("listening on "):
                break
        address = re.search(r"127\.0\.0\.1:\d+", printed)
        assert address is not None, printed
        yield address[0], printed


def test_the_mock_starts_as_shown(mock: tuple[str, str]) -> None:
    """`make mock` prints what the README shows."""
    shown = next(step.printed for step in STEPS if step.command == _START)
    assert plain(mock[1]) == plain(shown)


@pytest.mark.parametrize("step", [step for step in STEPS if step.command != _START], ids=lambda step: step.command)
def test_commands_print_what_the_readme_shows(step: Step, mock: tuple[str, str]) -> None:
    """Every other command of the README, run in its order of appearance or alone, prints what the README shows."""
    command = step.command.replace("127.0.0.1:4010", mock[0])
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environ = {**os.environ, "PATH": path, "NO_COLOR": "1", "COLUMNS": "100"}
    with Started(["bash", "-c", command], environ, _LONGEST_STEP_S, subprocess.STDOUT) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
    assert plain(printed) == plain(step.printed)

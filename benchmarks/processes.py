"""Processes that are measured: servers, which run as long as they are asked, and commands, which end by themselves.

Whatever happens, every one of them is ended, by its id.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from textwrap import shorten
from time import perf_counter, sleep
from typing import IO

from benchmarks.calls import call
from benchmarks.errors import BenchmarkError
from benchmarks.machine import on_core, server_core

LONGEST_START_S = 30.0
_LONGEST_END_S = 20.0


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers: its process, its port, and the seconds from the command to the first answer."""

    pid: int
    port: int
    first_answer_s: float

    def memory_mb(self) -> float:
        """Its resident memory (proc(5), VmRSS)."""
        found = re.search(r"VmRSS:\s*(\d+) kB", Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8"))
        if found is None:
            raise BenchmarkError("the server has ended while it was measured: start it by hand to see why")
        return int(found[1]) / 1024

    def busy_s(self) -> float:
        """The processor time that it has used (proc(5), utime and stime)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class NotStartedError(BenchmarkError):
    """A server that gives no answer in time."""


@contextmanager
def started(
    command: Sequence[str],
    path: str,
    *,
    folder: Path,
    limit_s: float = LONGEST_START_S,
    errors: IO[bytes] | None = None,
) -> Iterator[Running]:
    """The server of `command`, in which {port} is filled in, on a core of its own; it serves `path`.

    `folder` is where it works, `errors` takes its stderr. Raises BenchmarkError, NotStartedError after `limit_s`.
    """
    port = free_port()
    whole = [*on_core(server_core()), *(part.replace("{port}", str(port)) for part in command)]
    began = perf_counter()
    # In a session of its own, so that a Ctrl-C reaches this process alone, which then ends the server and its children.
    with subprocess.Popen(
        whole,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors or subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            deadline = began + limit_s
            while not _answers(port, path, deadline):
                by_hand = f"to see why: {shlex.join(whole)}"
                if process.poll() is not None:
                    raise BenchmarkError(f"ends with {process.returncode} at its start; {by_hand}")
                if perf_counter() > deadline:
                    raise NotStartedError(f"gives no answer within {limit_s:g} s; {by_hand}")
                sleep(0.002)
            yield Running(process.pid, port, perf_counter() - began)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _answers(port: int, path: str, deadline: float) -> bool:
    """Whether somebody answers with 200."""
    try:
        return call(port, "GET", path, timeout_s=max(deadline - perf_counter(), 0.01))[0] == 200
    except (OSError, HTTPException, ValueError):
        return False


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def finished(
    command: Sequence[str | Path],
    *,
    folder: Path,
    out: IO[bytes] | int = subprocess.DEVNULL,
    limit_s: float = 600.0,
    environment: Mapping[str, str] | None = None,
) -> float:
    """Run a command to its end, with its stdout in `out`; `environment` is added to ours. Returns its seconds.

    Raises BenchmarkError where it fails or takes longer than `limit_s`, with the last lines that it says on stderr.
    """
    began = perf_counter()
    with subprocess.Popen(
        [str(part) for part in command],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.PIPE,
        env={**os.environ, **(environment or {})},
        start_new_session=True,
    ) as process:
        try:
            said = process.communicate(timeout=limit_s)[1]
        except subprocess.TimeoutExpired:
            raise BenchmarkError(f"takes longer than {limit_s:g} s: {shlex.join(map(str, command))}") from None
        finally:
            _end(process)
    if process.returncode != 0:
        # The last line of npm only names its log.
        last = " / ".join([line for line in said.decode(errors="replace").splitlines() if line.strip()][-2:])
        told = shorten(last, 300, placeholder=" ...")
        raise BenchmarkError(f"{shlex.join(map(str, command))} ends with {process.returncode}: {told}")
    return perf_counter() - began


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let it tidy up after itself, as the check does with the mock that it started; then insist."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(_LONGEST_END_S)
    except subprocess.TimeoutExpired:
        process.kill()

"""The measured processes: servers, which run until they are stopped, and commands, which end by themselves.

Each is always ended, by its id.
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
    """A running server: its process, its port, and the seconds from the command to the first response."""

    pid: int
    port: int
    first_response_s: float

    def memory_mb(self) -> float:
        """Its resident memory (proc(5), VmRSS)."""
        found = re.search(r"VmRSS:\s*(\d+) kB", Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8"))
        if found is None:
            raise BenchmarkError("the server ended during the measurement; start it by hand to see why")
        return int(found[1]) / 1024

    def busy_s(self) -> float:
        """The CPU time used so far (proc(5), utime and stime)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class NotStartedError(BenchmarkError):
    """A server does not respond in time."""


@contextmanager
def started(
    command: Sequence[str],
    path: str,
    *,
    folder: Path,
    limit_s: float = LONGEST_START_S,
    errors: IO[bytes] | None = None,
) -> Iterator[Running]:
    """A server on its own core, started with `command` after filling in {port}; it must respond to a GET of `path`.

    `folder` is its working directory, `errors` receives its stderr. Raises BenchmarkError, after `limit_s`
    NotStartedError.
    """
    port = free_port()
    whole = [*on_core(server_core()), *(part.replace("{port}", str(port)) for part in command)]
    began = perf_counter()
    # In its own session: Ctrl-C then reaches only this process, which ends the server and its children.
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
            while not _responds(port, path, deadline):
                by_hand = f"to see why: {shlex.join(whole)}"
                if process.poll() is not None:
                    raise BenchmarkError(f"exits with {process.returncode} at its start; {by_hand}")
                if perf_counter() > deadline:
                    raise NotStartedError(f"does not respond within {limit_s:g} s; {by_hand}")
                sleep(0.002)
            yield Running(process.pid, port, perf_counter() - began)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _responds(port: int, path: str, deadline: float) -> bool:
    """Whether a GET returns 200."""
    try:
        return call(port, "GET", path, timeout_s=max(deadline - perf_counter(), 0.01))[0] == 200
    except (OSError, HTTPException, ValueError):
        return False


def free_port() -> int:
    """A free port of 127.0.0.1."""
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
    """Run a command with its stdout in `out` and `environment` added to this process's. Returns its seconds.

    Raises BenchmarkError, with the last lines of stderr, if it fails or takes longer than `limit_s`.
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
        shortened = shorten(last, 300, placeholder=" ...")
        raise BenchmarkError(f"{shlex.join(map(str, command))} exits with {process.returncode}: {shortened}")
    return perf_counter() - began


def _end(process: subprocess.Popen[bytes]) -> None:
    """Terminate it, so that it can clean up; kill it if that takes too long."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(_LONGEST_END_S)
    except subprocess.TimeoutExpired:
        process.kill()

"""The machine: its description, its load, and the cores and programs that the benchmarks use."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.errors import BenchmarkError

ROOT = Path(__file__).parents[1]
_HOW_TO_GET = {
    "wrk": "install it (on Debian: apt-get install wrk)",
    "taskset": "install util-linux; the measurements need Linux",
    "time": "install it (on Debian: apt-get install time)",
    "node": "install node 20 or newer",
    "npm": "install it with node; the peers come from its registry",
    "java": "install Java 17 or newer (on Debian: apt-get install default-jre-headless)",
    "git": "install it",
    "make": "install it",
    "tar": "install it",
}


def tool(name: str) -> str:
    """The path of a program. Raises BenchmarkError if it is not installed."""
    found = shutil.which(name)
    if found is None:
        raise BenchmarkError(f"{name} is missing: {_HOW_TO_GET[name]}")
    return found


def client_core() -> int:
    """The core for the client. Raises BenchmarkError."""
    return _cores()[0]


def server_core() -> int:
    """The core for the server. Raises BenchmarkError."""
    return _cores()[1]


def _cores() -> tuple[int, int]:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise BenchmarkError("only one core is available; two are needed, one for the server and one for wrk")
    return cores[0], cores[-1]


def on_core(core: int) -> list[str]:
    """The start of a command line that runs the rest on `core`. Raises BenchmarkError."""
    return [tool("taskset"), "-c", str(core)]


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """Runs this process on `core` inside the context."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def described() -> str:
    """The machine and the versions in one line."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = [
        model[1] if model else platform.machine(),
        f"{len(os.sched_getaffinity(0))} cores",
        f"{memory:.0f} GB",
        f"{platform.system()} {platform.release()}",
        f"Python {platform.python_version()}",
        f"node {_said('node', '--version') or 'missing'}",
    ]
    return ", ".join(parts)


def load() -> str:
    """The load averages over one and five minutes: processes that ran or waited for a core."""
    one, five, _ = os.getloadavg()
    return f"{one:.1f} ({five:.1f} over five minutes)"


def measuring_time() -> str:
    """Today's date and the measured commit."""
    commit = _said("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")
    changed = " with changes" if commit and _said("git", "-C", str(ROOT), "status", "--porcelain") else ""
    return f"{datetime.now(UTC):%Y-%m-%d}" + (f", commit {commit}{changed}" if commit else "")


def _said(*command: str) -> str:
    """A program's output; empty if it is missing or fails."""
    if shutil.which(command[0]) is None:
        return ""
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=30).stdout.strip()

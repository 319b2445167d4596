"""Commits of this project, each checked out and installed in its own folder."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.errors import BenchmarkError
from benchmarks.machine import ROOT, tool
from benchmarks.processes import finished

_WHOLE = "laid-out.txt"


@dataclass(frozen=True, slots=True)
class Tree:
    """A commit: its name as given, its hash, its folder, and the interpreter with its locked dependencies."""

    name: str
    commit: str
    folder: Path

    @property
    def python(self) -> Path:
        """The interpreter of its environment."""
        return self.folder / ".venv" / "bin" / "python"


def laid_out(name: str, scratch: Path, *, with_check: bool) -> Tree:
    """The tree of a commit in `scratch`, installed with its own Makefile. Raises BenchmarkError.

    The repository is left unchanged. `with_check` adds the dependencies of the contract check.
    """
    commit = _commit(name)
    folder = scratch / "trees" / commit[:12]
    if not (folder / _WHOLE).exists():
        folder.mkdir(parents=True, exist_ok=True)
        archive = folder.with_suffix(".tar")
        finished([tool("git"), "archive", "--output", archive, commit], folder=ROOT)
        finished([tool("tar"), "--extract", "--file", archive, "--directory", folder], folder=ROOT)
        archive.unlink()
        (folder / _WHOLE).write_text(commit, encoding="utf-8")
    stamp = ".venv/dev.stamp" if with_check else ".venv/runtime.stamp"
    # The flags of an outer make must not reach it.
    finished([tool("make"), stamp, f"PYTHON={sys.executable}"], folder=folder, environment={"MAKEFLAGS": ""})
    return Tree(name, commit, folder)


def _commit(name: str) -> str:
    command = [tool("git"), "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"]
    said = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True).stdout.strip()
    if not said:
        raise BenchmarkError(f"{name} is not a commit of this repository; write a branch, a tag or a hash")
    return said

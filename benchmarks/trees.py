"""Commits of this project, laid out and installed, each in a folder of its own."""

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
    """A commit: its name as given, its hash, its folder, and the interpreter that has what its lock file names."""

    name: str
    commit: str
    folder: Path

    @property
    def python(self) -> Path:
        """The interpreter of its own environment."""
        return self.folder / ".venv" / "bin" / "python"


def laid_out(name: str, scratch: Path, *, with_check: bool) -> Tree:
    """The tree of a commit below `scratch`, installed as its own Makefile does. Raises BenchmarkError.

    Nothing is left in the repository. With `with_check` it has what the contract check needs too.
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
    # Flags of a make that this one runs under are not meant for it.
    finished([tool("make"), stamp, f"PYTHON={sys.executable}"], folder=folder, environment={"MAKEFLAGS": ""})
    return Tree(name, commit, folder)


def _commit(name: str) -> str:
    asked = [tool("git"), "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"]
    said = subprocess.run(asked, cwd=ROOT, check=False, capture_output=True, text=True).stdout.strip()
    if not said:
        raise BenchmarkError(f"{name} is no commit of this repository: write a branch, a tag or a hash")
    return said

"""Installs the peers into the scratch folder, from the registries that npm and pip are configured for."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.errors import BenchmarkError
from benchmarks.machine import tool
from benchmarks.processes import finished

_INSTALLED = "installed.txt"


@dataclass(frozen=True, slots=True)
class Home:
    """One peer's folder in the scratch folder: its packages and the files generated for it."""

    folder: Path

    @property
    def modules(self) -> Path:
        """The folder of its node packages."""
        return self.folder / "node_modules"

    @property
    def python(self) -> Path:
        """The interpreter that has its Python packages."""
        return self.folder / "venv" / "bin" / "python"


@dataclass(frozen=True, slots=True)
class Packages:
    """Packages with their versions, and the registry they come from."""

    registry: Literal["npm", "pip"]
    names: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(self.names)


def home(scratch: Path, name: str) -> Home:
    """The folder of the peer `name`."""
    folder = scratch / re.sub(r"\W+", "-", name)
    folder.mkdir(parents=True, exist_ok=True)
    return Home(folder)


def install(home: Home, packages: Packages | None) -> None:
    """Install what is missing. Raises BenchmarkError."""
    done = home.folder / _INSTALLED
    if packages is None or (done.exists() and done.read_text(encoding="utf-8") == str(packages)):
        return
    command = _npm(home, packages.names) if packages.registry == "npm" else _pip(home, packages.names)
    try:
        finished(command, folder=home.folder)
    except BenchmarkError as error:
        raise BenchmarkError(
            f"can't be installed: {error}; check the registry, or choose other peers with --peers"
        ) from None
    done.write_text(str(packages), encoding="utf-8")


def _npm(home: Home, names: Sequence[str]) -> list[str]:
    # Without it, npm uses a package.json of a parent folder.
    (home.folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
    options = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--loglevel", "error"]
    return [tool("npm"), "install", "--prefix", str(home.folder), *options, *names]


def _pip(home: Home, names: Sequence[str]) -> list[str]:
    if not home.python.exists():
        finished([sys.executable, "-m", "venv", str(home.python.parents[1])], folder=home.folder)
    return [str(home.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *names]

"""Runs node programs if node, a browser and the packages are installed; downloads nothing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

CHROMIUM = shutil.which("chromium") or ""
LONGEST_RUN_S = 120.0
_MODULES = os.environ.get("CALLCAMP_NODE_MODULES", "")
_NO_FETCHING = {"npm_config_offline": "true", "npm_config_update_notifier": "false"}


def missing(*programs: str) -> str:
    """What is missing, in words; '' if nothing is."""
    words = [f"there is no {program}" for program in programs if shutil.which(program) is None]
    if not _MODULES:
        words.append("CALLCAMP_NODE_MODULES names no folder of packages (see docs/recipes.md)")
    elif not Path(_MODULES).is_dir():
        words.append(f"CALLCAMP_NODE_MODULES: there is no folder {_MODULES}")
    return "; ".join(words)


def prepare(folder: Path, files: Mapping[str, str]) -> None:
    """Make a folder with the packages and the given files."""
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "node_modules").symlink_to(Path(_MODULES).resolve())
    for name, text in files.items():
        (folder / name).write_text(text)


def run(folder: Path, commands: str, environ: Mapping[str, str]) -> str:
    """Run bash commands, all of which must succeed. Returns their output."""
    with subprocess.Popen(
        ["bash", "-euc", commands],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "NO_COLOR": "1", **_NO_FETCHING, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            printed, _ = process.communicate(timeout=LONGEST_RUN_S)
        except subprocess.TimeoutExpired:
            # The browser and the development server too.
            os.killpg(process.pid, signal.SIGKILL)
            raise
    assert process.returncode == 0, printed
    return printed

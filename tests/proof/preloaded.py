"""Runs `callcamp-check` in a separate process that has already imported everything.

A proof consists of many hundreds of short runs, and imports take a quarter of each. One process imports what they all
need, and each run is a fork of it (multiprocessing's fork server; on systems without one, a new process).
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from unittest import mock

from _pytest.config import default_plugins

from contract_tests.__main__ import main

# Also what pytest and Schemathesis import only when they run.
_IMPORTED = (
    "contract_tests.cli.check",
    "contract_tests.runner.schemathesis_cases",
    "contract_tests.runner.state_machine",
    "hypothesis.stateful",
    *(f"_pytest.{name}" for name in default_plugins),
    "pdb",
    "tests.proof.warmed_up",  # after our modules, and before Hypothesis's plugin for pytest
    "_hypothesis_pytestplugin",
    "pyrate_limiter",
    "requests",
    "rich.console",
    "schemathesis",
    "schemathesis.openapi.checks",
    "schemathesis.pytest.plugin",
    "schemathesis.reporting.html.build",
    "schemathesis.specs.openapi.adapter",
    "schemathesis.specs.openapi.schemas",
    "schemathesis.transport.requests",
)


class Ended(NamedTuple):
    """How a run ended: its exit code and what it printed."""

    code: int
    out: str
    err: str


def run_preloaded(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], patience_s: float
) -> Ended | None:
    """Run the check in `folder` with only this environment. Returns None if it took longer than `patience_s` seconds.

    An exception becomes exit code 1 and a traceback on its stderr.
    """
    context = get_context("forkserver") if "forkserver" in get_all_start_methods() else get_context("spawn")
    context.set_forkserver_preload(list(_IMPORTED))
    with TemporaryDirectory() as own:
        out, err = Path(own, "out"), Path(own, "err")
        out.touch()
        err.touch()
        process = context.Process(target=_run, args=(list(arguments), folder, dict(environment), out, err))
        process.start()
        process.join(patience_s)
        if process.exitcode is None:
            process.kill()
            process.join()
            return None
        return Ended(process.exitcode, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))


def _run(arguments: list[str], folder: Path, environment: dict[str, str], out: Path, err: Path) -> None:
    # By number, to catch tracebacks and output that bypasses sys.stdout and sys.stderr.
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY), number)
    # The garbage collector of this run need not visit the imported objects, and copy their pages.
    gc.freeze()
    # Nobody reads the ledgers of a proof after a power cut, so they need not wait for the disk.
    mock.patch.object(os, "fsync").start()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.exit(main(arguments))

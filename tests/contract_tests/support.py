"""What the tests of the check share: the command in a process of its own, and a look at the service behind its back."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mock_server import MockServer

REPOSITORY = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "contract_tests")
_LONGEST_RUN_S = 60


class Ended(NamedTuple):
    """How a command ended: its exit code and what it printed."""

    code: int
    out: str
    err: str


def check(
    *arguments: str,
    environ: Mapping[str, str] = {},
    command: tuple[str, ...] = COMMAND,
    started: Callable[[subprocess.Popen[str]], None] = lambda _process: None,
) -> Ended:
    """Run `command` with `arguments` to its end; `started` is told of the process as soon as there is one."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CALLCAMP_", "PYTEST_"))}
    with subprocess.Popen(
        [*command, *arguments],
        cwd=REPOSITORY,
        env={**clean, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            started(process)
            out, err = process.communicate(timeout=_LONGEST_RUN_S)
        finally:
            process.kill()
    return Ended(process.returncode, out, err)


def records(server: MockServer) -> list[dict[str, Any]]:
    """The phones that the service has, without a request over the network."""
    answer = server.app.test_client().get("/api/phones?limit=100")
    phones: list[dict[str, Any]] = answer.get_json()["phones"]
    return phones


def records_behind(server: MockServer) -> list[Any]:
    """The phones that the service has, past whatever answers in its place."""
    return list(server.app.mock.state["phone"].list({}).items)

"""What the tests of the check share: runs of the command, and direct access to the records of the service."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mock_server import MockServer
from mock_server.store.store import ALL
from tests.proof.preloaded import Ended, run_preloaded

REPOSITORY = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "contract_tests")
_LONGEST_RUN_S = 60
PATIENCE_S = 0.2
"""How long a run of the tests waits before it calls a service broken: theirs respond at once."""


def check(*arguments: str, environ: Mapping[str, str] = {}) -> Ended:
    """Run the command with `arguments` to its end, in a process that has imported everything already."""
    ended = run_preloaded(arguments, REPOSITORY, {**_clean_environ(), **environ}, _LONGEST_RUN_S)
    assert ended is not None, f"{arguments} took over {_LONGEST_RUN_S} s"
    return ended


def check_in_new_process(
    *arguments: str,
    command: tuple[str, ...] = COMMAND,
    started: Callable[[subprocess.Popen[str]], None] = lambda _process: None,
) -> Ended:
    """Run `command` with `arguments` to its end, as a shell would; `started` gets the process as soon as it exists."""
    with subprocess.Popen(
        [*command, *arguments],
        cwd=REPOSITORY,
        env=_clean_environ(),
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


def _clean_environ() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("CALLCAMP_", "PYTEST_"))}
    return {**inherited, "CALLCAMP_CHECK_PATIENCE": str(PATIENCE_S)}


def records(server: MockServer) -> list[dict[str, Any]]:
    """The phones of the service, without a network request."""
    response = server.app.test_client().get("/api/phones?limit=100")
    phones: list[dict[str, Any]] = response.get_json()["phones"]
    return phones


def stored_records(server: MockServer) -> list[Any]:
    """The phones of the service, read from its store."""
    return list(server.app.mock.state["phone"].list(ALL).items)

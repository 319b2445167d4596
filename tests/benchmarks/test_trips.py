"""Counts of the files that run in a trip."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import fixtures
from benchmarks.trips import Tracer, records, requests


def test_a_trip_lists_the_files_that_run() -> None:
    """A trip has the files of the product that run in it, by their paths in the checkout, and no others."""
    with Tracer() as tracer:
        found = records(tracer)["phone()"]
    root = Path(fixtures.__file__).parents[1]
    assert "fixtures/generation/generator.py" in found
    assert [file for file in found if not (root / file).is_file() or file.startswith("mock_server")] == []


def test_the_servers_threads_are_traced() -> None:
    """A request is followed into the server's thread; code that ran before it is not counted."""
    with Tracer() as tracer:
        found = requests(tracer)
    assert {"mock_server/server/protocol.py", "mock_server/web/router.py"} <= found["list"] & found["register"]
    assert "mock_server/__main__.py" not in found["list"]


def test_trips_stay_within_their_limits() -> None:
    """A request and a record go through at most 15 modules, and a property of the check through at most 22."""
    most = {"request": 15, "property": 22, "record": 15}
    command = [sys.executable, "-m", "benchmarks.trips"]
    done = subprocess.run(command, cwd=Path(fixtures.__file__).parents[1], capture_output=True, text=True, check=True)
    counted = [line.split() for line in done.stdout.splitlines() if line.endswith(" files")]
    assert [name for kind, name, files, _ in counted if int(files) > most[kind]] == []
    assert len(counted) == 5

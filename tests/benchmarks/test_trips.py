"""The count of files that a trip goes through."""

from __future__ import annotations

from pathlib import Path

import fixtures
from benchmarks.trips import Tracer, records, requests


def test_a_file_counts_when_one_of_its_functions_runs() -> None:
    """A trip has the files of the product that run in it, by their paths in the checkout, and no others."""
    with Tracer() as tracer:
        found = records(tracer)["phone()"]
    root = Path(fixtures.__file__).parents[1]
    assert "fixtures/generation/generator.py" in found
    assert [file for file in found if not (root / file).is_file() or file.startswith("mock_server")] == []


def test_the_servers_threads_count() -> None:
    """A request is followed into the thread that answers it; what ran before it does not count."""
    with Tracer() as tracer:
        found = requests(tracer)
    assert {"mock_server/server/protocol.py", "mock_server/web/router.py"} <= found["list"] & found["register"]
    assert "mock_server/__main__.py" not in found["list"]

"""Counts the files of the product that one request, one property and one fixture record go through.

    python -m benchmarks.trips [--files]

A file counts when one of its functions runs; importing it does not count. Before each count the mock has started, the
check is running and the document is read. With --files, the files of each trip are listed. To count in another
checkout, run this file there with that checkout's Python.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from types import FrameType
from typing import Any, Self
from urllib.parse import urlsplit

import click
import pytest

import fixtures
from mock_server import MockServer

PACKAGES = ("openapi", "mock_server", "contract_tests", "fixtures")
READS, WRITES = "LIST-PAGES", "UPDATE-ONLY-NAMED"
"""One property that only reads, and one that creates, changes and deletes a record."""
_SETTLED_S = 0.1


class Tracer:
    """Inside `with`, notes which files of the product run functions, in this thread and in those that start then."""

    def __init__(self) -> None:
        self.root = Path(fixtures.__file__).parents[1]
        self._prefixes = tuple(f"{self.root / package}{os.sep}" for package in PACKAGES)
        self._files: set[str] | None = None

    def __enter__(self) -> Self:
        sys.setprofile(self._profile)
        threading.setprofile(self._profile)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        threading.setprofile(None)

    def _profile(self, frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        if self._files is None or event != "call" or code.co_name == "<module>":
            return
        if code.co_filename.startswith(self._prefixes):
            self._files.add(str(Path(code.co_filename).relative_to(self.root)))

    @contextmanager
    def trip(self) -> Iterator[set[str]]:
        """The files that run in the block; the set is complete at its end."""
        self._files = files = set[str]()
        try:
            yield files
        finally:
            self._files = None


class PropertyTrips:
    """A pytest plugin that counts each test of a property, which is one property on one resource."""

    def __init__(self, tracer: Tracer) -> None:
        self.found: dict[str, set[str]] = {}
        self._tracer = tracer

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Count the files that the test goes through."""
        name, _, parameters = item.name.partition("[")
        if name != "test_property":
            return (yield)
        with self._tracer.trip() as self.found[parameters.removesuffix("-phone]")]:
            return (yield)


def requests(tracer: Tracer) -> dict[str, set[str]]:
    """A list and a registration, each sent to the built-in server once before it is counted."""
    numbers = iter(("+12025550143", "+12025550144"))
    found = {}
    with MockServer(log="off") as mock, closing(HTTPConnection(urlsplit(mock.url).netloc, timeout=5)) as connection:

        def send(method: str, path: str) -> None:
            body = json.dumps({"number": next(numbers), "name": "x"}) if method == "POST" else None
            connection.request(method, urlsplit(mock.url).path + path, body, {"Content-Type": "application/json"})
            connection.getresponse().read()
            # What the server does after its response, such as the journal, belongs to the request.
            time.sleep(_SETTLED_S)

        for name, method, path in (("list", "GET", "/phones?limit=2&status=active"), ("register", "POST", "/phones")):
            send(method, path)
            with tracer.trip() as found[name]:
                send(method, path)
    return found


def properties(tracer: Tracer) -> dict[str, set[str]]:
    """One property that reads and one that writes, from the start of its test to its verdict."""
    plugin, folder = PropertyTrips(tracer), tracer.root / "contract_tests"
    options = [
        "-c",
        str(folder / "pytest.ini"),
        "--rootdir",
        str(folder),
        "-p",
        "no:terminal",
        "-p",
        "no:cacheprovider",
    ]
    pytest.main([str(folder), *options, "--assert", "plain", "--select", f"{READS},{WRITES}"], plugins=[plugin])
    return plugin.found


def records(tracer: Tracer) -> dict[str, set[str]]:
    """One phone from Python, after another one."""
    fixtures.phone()
    with tracer.trip() as files:
        fixtures.phone(seed=3)
    return {"phone()": files}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--files", "listed", is_flag=True, help="List the files of each trip.")
def command(listed: bool) -> None:
    """Count the files of the product that each trip goes through."""
    for kind, trips in (("request", requests), ("property", properties), ("record", records)):
        with Tracer() as tracer:
            found = trips(tracer)
        for name, files in found.items():
            click.echo(f"{kind:8}  {name:20} {len(files):3} files")
            for file in sorted(files) if listed else ():
                click.echo(f"    {file}")


if __name__ == "__main__":
    command()

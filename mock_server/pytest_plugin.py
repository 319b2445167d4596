"""The pytest plugin: the fixture `callcamp_mock`, a mock of its own for each test. docs/mock.md tells more.

It is loaded in every run of pytest where this project is installed: it imports nothing before the fixture is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from mock_server.server.server import MockServer
    from mock_server.testing import MockSession

_SETTINGS = {
    "spec": "The OpenAPI document that callcamp_mock serves (default: the phone API).",
    "data": "The file of records that callcamp_mock begins with (default: some that are made up).",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--callcamp-spec`, `--callcamp-data`, and an ini setting for each."""
    group = parser.getgroup("callcamp-mock", "the fixture callcamp_mock")
    for name, text in _SETTINGS.items():
        group.addoption(f"--callcamp-{name}", metavar="FILE", help=text)
        parser.addini(f"callcamp_{name}", text)


@pytest.fixture(scope="session")
def callcamp_server(pytestconfig: pytest.Config) -> Iterator[MockServer]:
    """The server behind `callcamp_mock`: one for each process that runs tests. The same records at every start."""
    serving = import_module("mock_server.server.server").MockServer
    options = {name: str(path) for name in _SETTINGS if (path := _path(pytestconfig, name)) is not None}
    try:
        server: MockServer = serving(seed=1, **options)
    except ValueError as error:
        pytest.fail(f"callcamp_mock: {error}", pytrace=False)
    with server:
        yield server


@pytest.fixture
def callcamp_mock(callcamp_server: MockServer, request: pytest.FixtureRequest) -> Iterator[MockSession]:
    """A mock that nobody else sees: records, rules, clock and journal of its own, gone after the test."""
    session: MockSession = import_module("mock_server.testing").MockSession(callcamp_server.url, request.node.name)
    yield session
    session.forget()


def _path(config: pytest.Config, name: str) -> Path | None:
    """The file that an option names from here, or the ini setting from where the ini file is."""
    given = config.getoption(f"callcamp_{name}")
    if given:
        return config.invocation_params.dir / str(given)
    configured = config.getini(f"callcamp_{name}")
    return (config.inipath or config.rootpath / "x").parent / str(configured) if configured else None

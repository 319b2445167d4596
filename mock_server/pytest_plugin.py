"""The pytest plugin: the fixture `callcamp_mock`, a mock session for each test. See docs/mock.md.

pytest loads it in every run where this project is installed, so it imports nothing until the fixture is used.
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
    "data": "The file with the initial records of callcamp_mock (default: generated records).",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--callcamp-spec`, `--callcamp-data`, `--callcamp-overlay`, and an ini setting for each."""
    group = parser.getgroup("callcamp-mock", "the fixture callcamp_mock")
    for name, text in _SETTINGS.items():
        group.addoption(f"--callcamp-{name}", metavar="FILE", help=text)
        parser.addini(f"callcamp_{name}", text)
    text = "An OpenAPI Overlay to apply to the document of callcamp_mock; repeatable."
    group.addoption("--callcamp-overlay", metavar="FILE", action="append", default=[], help=text)
    parser.addini("callcamp_overlays", text, type="linelist")


@pytest.fixture(scope="session")
def callcamp_server(pytestconfig: pytest.Config) -> Iterator[MockServer]:
    """The server behind `callcamp_mock`: one per process, with the same records at every start."""
    serving = import_module("mock_server.server.server").MockServer
    options = {name: str(path) for name in _SETTINGS if (path := _path(pytestconfig, name)) is not None}
    try:
        server: MockServer = serving(seed=1, overlays=_overlays(pytestconfig), **options)
    except (ValueError, import_module("openapi").SpecError) as error:
        pytest.fail(f"callcamp_mock: {error}", pytrace=False)
    with server:
        yield server


@pytest.fixture
def callcamp_mock(callcamp_server: MockServer, request: pytest.FixtureRequest) -> Iterator[MockSession]:
    """A separate mock session for each test: records, rules, clock, journal; deleted after the test."""
    session: MockSession = import_module("mock_server.testing").MockSession(callcamp_server.url, request.node.name)
    yield session
    session.forget()


def _path(config: pytest.Config, name: str) -> Path | None:
    """The file of an option, relative to the current folder, or of the ini setting, relative to the ini file."""
    given = config.getoption(f"callcamp_{name}")
    if given:
        return config.invocation_params.dir / str(given)
    configured = config.getini(f"callcamp_{name}")
    return _ini_folder(config) / str(configured) if configured else None


def _overlays(config: pytest.Config) -> list[Path]:
    given = [config.invocation_params.dir / str(file) for file in config.getoption("callcamp_overlay")]
    return given or [_ini_folder(config) / file for file in config.getini("callcamp_overlays")]


def _ini_folder(config: pytest.Config) -> Path:
    return (config.inipath or config.rootpath / "x").parent

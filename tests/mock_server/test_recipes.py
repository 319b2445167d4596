"""docs/recipes.md works as written. Skipped without node, a browser or the packages; downloads nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import request

from mock_server.server.listener import Listener
from mock_server.server.server import MockServer
from tests.mock_server.node import CHROMIUM, missing, prepare, run

PAGE = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text(encoding="utf-8")
TOKEN = "a-token-of-the-recipes"
SITES: list[str | None] = []
_FILE = re.compile(r"`([a-z]+(?:\.[a-z]+)+)`[^`\n]*:\n\n```[a-z]+\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def section(title: str) -> str:
    """The text under a heading."""
    found = re.search(rf"^## {title}\b.*?(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None, title
    return found[0]


def note_site() -> None:
    """Record the Sec-Fetch-Site of each request; programs send none."""
    if request.method != "OPTIONS":
        SITES.append(request.headers.get("Sec-Fetch-Site"))


@pytest.fixture
def mock() -> Iterator[MockServer]:
    """A mock that requires a token."""
    server = MockServer(token=TOKEN, seed=1)
    server.app.before_request(note_site)
    SITES.clear()
    with server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the packages and every file of the page."""
    prepare(tmp_path, dict(_FILE.findall(PAGE)))
    return tmp_path


def follow(folder: Path, mock: MockServer, title: str, environ: Mapping[str, str]) -> str:
    """Run a recipe's commands, all of which must succeed. Returns their output."""
    (commands,) = _COMMANDS.findall(section(title))
    return run(folder, commands, {"MOCK": mock.url.removesuffix("/api"), "VITE_TOKEN": TOKEN, **environ})


def test_every_recipe_file_is_on_the_page() -> None:
    """The page has each file that the tests use once."""
    names = [name for name, _ in _FILE.findall(PAGE)]
    assert names == [
        "vite.config.js",
        "index.html",
        "main.js",
        "mock.js",
        "playwright.config.js",
        "phones.spec.js",
        "phones.test.js",
        "typed.ts",
    ]


@pytest.mark.skipif(missing("node", "chromium") != "", reason=missing("node", "chromium"))
@pytest.mark.parametrize(("way", "site"), [("through the proxy", "same-origin"), ("from elsewhere", "cross-site")])
def test_the_playwright_recipe_runs(folder: Path, mock: MockServer, way: str, site: str) -> None:
    """Playwright runs all five operations, an error by a rule and one by Prefer, each in its own session."""
    listener = Listener("127.0.0.1", 0)
    listener.close()
    environ = {"VITE_PORT": str(listener.port), "CHROMIUM": CHROMIUM}
    if way == "from elsewhere":
        environ["VITE_API"] = mock.url
    printed = follow(folder, mock, "Playwright", environ)
    assert "3 passed" in printed
    assert {one for one in SITES if one} == {site}
    assert [session.name for session in mock.app.mock.sessions.all()] == ["default"]
    assert not len(mock.app.mock.sessions.default.journal)


@pytest.mark.skipif(missing("node") != "", reason=missing("node"))
def test_the_msw_recipe_passes_requests_through(folder: Path, mock: MockServer) -> None:
    """MSW passes requests to the mock through and handles the others."""
    printed = follow(folder, mock, "MSW", {})
    assert "# pass 3\n" in printed or "pass 3\n" in printed
    (session,) = (one for one in mock.app.mock.sessions.all() if one.name.startswith("msw-"))
    assert len(session.journal) == 4


@pytest.mark.skipif(missing("node") != "", reason=missing("node"))
def test_the_generated_types_match_the_mock(folder: Path, mock: MockServer) -> None:
    """The served document gives types that compile and reject what the mock rejects."""
    printed = follow(folder, mock, "openapi-fetch", {})
    assert "registered +12025550143 pending\nrefused /type\n" in printed

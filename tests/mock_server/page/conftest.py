"""One Chromium and one mock for all tests of the page; each test has its own session and browser profile."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from mock_server.server.server import MockServer
from mock_server.testing import MockSession

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PATIENCE_MS = 20_000
"""How long to wait for what will come: long, since a busy machine is no reason to fail."""

_OF_THE_BROWSER = ("Failed to load resource", "Access to fetch")
"""How the browser's own reports of requests that were refused begin; what a page does then is for a test to say."""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The browser."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium: install Debian's package chromium, or Google Chrome")
    expect.set_options(timeout=_PATIENCE_MS)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def server() -> Iterator[MockServer]:
    """The mock."""
    with MockServer(seed=1) as server:
        yield server


@pytest.fixture
def mock(server: MockServer, request: pytest.FixtureRequest) -> Iterator[MockSession]:
    """A separate session on the mock."""
    session = MockSession(server.url, request.node.name)
    yield session
    session.forget()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A separate browser profile. The test fails if a page writes to the console or raises an error."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(_PATIENCE_MS)
    messages: list[str] = []
    context.on("console", lambda message: messages.append(message.text))
    context.on("weberror", lambda error: messages.append(str(error.error)))
    yield context
    context.close()
    assert [text for text in messages if not text.startswith(_OF_THE_BROWSER)] == []


@pytest.fixture
def page(context: BrowserContext, mock: MockSession) -> Page:
    """A tab that shows the records of the session."""
    page = context.new_page()
    page.goto(mock.url.removesuffix("/api") + "/__mock/page/records")
    return page

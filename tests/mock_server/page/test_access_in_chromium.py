"""Who may use the page in a browser: the token, and pages of other origins."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import BrowserContext, expect

from mock_server.server.server import MockServer
from mock_server.testing import MockSession

ATTEMPT = """async ([method, url]) => {
    const init = method === "GET" ? {} : {method, body: "{}", headers: {"Content-Type": "text/plain"}};
    const read = await fetch(url, init).then((response) => response.text(), (error) => error.name);
    const sent = await fetch(url, {...init, mode: "no-cors"});
    return `${read}, ${sent.type}`;
}"""
"""Sends a request as a page of another origin can: once to read the response, once only to send it."""


class _Page(BaseHTTPRequestHandler):
    """An empty page at every path."""

    def do_GET(self) -> None:
        """Respond to a GET."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>elsewhere</title>")

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The URL of a page of another origin on this machine, which the browser lets talk to it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    with ThreadPoolExecutor(1) as executor:
        serving = executor.submit(server.serve_forever, 0.01)
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        serving.result()
    server.server_close()


def test_foreign_pages_can_neither_read_nor_write(context: BrowserContext, mock: MockSession, elsewhere: str) -> None:
    """A page of another origin reads nothing from /__mock/, changes nothing there, and can't frame the page."""
    mock.admin("DELETE", f"records/phone/{mock.records[0]['uuid']}")
    before = mock.records
    page = context.new_page()
    page.goto(elsewhere)
    root = mock.url.removesuffix("/api")
    for method, path in (
        ("GET", "state"),
        ("GET", "page/records"),
        ("GET", "requests/stream"),
        ("POST", "reset"),
        ("POST", "seed"),
        ("POST", "records/phone"),
        ("POST", "snapshots/x/restore"),
    ):
        assert page.evaluate(ATTEMPT, [method, f"{root}/__mock/{path}"]) == "TypeError, opaque", path
    assert mock.records == before
    assert mock.admin("GET", "clock")["frozen"] is False
    page.evaluate(
        """(url) => new Promise((loaded) => {
        const frame = document.createElement("iframe");
        frame.onload = loaded;
        frame.src = url;
        document.body.append(frame);
    })""",
        f"{root}/__mock/page/records",
    )
    assert all(frame.locator("table").count() == 0 for frame in page.frames)


def test_the_page_keeps_the_token_for_the_tab(context: BrowserContext) -> None:
    """A wrong token opens nothing; with the right one links, forms, the live list and a reload work."""
    with MockServer(seed=1, admin_token="right") as server:
        page = context.new_page()
        page.goto(server.url.removesuffix("/api"))
        expect(page.get_by_role("heading", name="Admin token")).to_be_visible()
        page.get_by_label("Token").fill("wrong")
        page.get_by_role("button", name="Open").click()
        expect(page.get_by_text("Wrong token.")).to_be_visible()
        page.get_by_label("Token").fill("right")
        page.keyboard.press("Enter")
        expect(page.locator(".live.on")).to_be_visible()
        page.get_by_role("link", name="Records").click()
        expect(page.locator("tbody tr")).to_have_count(12)
        page.get_by_role("searchbox").fill("nothing like this")
        expect(page.get_by_text("Nothing matches")).to_be_visible()
        page.get_by_role("searchbox").fill("")
        page.get_by_role("button", name="Delete").first.click()
        page.get_by_role("button", name="Confirm").click()
        expect(page.locator("tbody tr")).to_have_count(11)
        page.reload()
        expect(page.locator("tbody tr")).to_have_count(11)
        other = context.new_page()
        other.goto(server.url.removesuffix("/api"))
        expect(other.get_by_role("heading", name="Admin token")).to_be_visible()

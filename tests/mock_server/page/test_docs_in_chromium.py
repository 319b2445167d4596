"""/docs in a browser."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Locator, Page, expect

from mock_server.testing import MockSession


def open_docs(context: BrowserContext, mock: MockSession) -> Page:
    """Show the page of the session."""
    page = context.new_page()
    page.goto(mock.url.removesuffix("/api") + "/docs")
    return page


def execute(page: Page, operation: str) -> Locator:
    """Open an operation and execute it with the prefilled values. Returns the element that shows its status."""
    block = page.locator(f"#operations-Phone_numbers-{operation}")
    block.locator(".opblock-summary-control").click()
    block.locator(".execute").click()
    return block.locator(".live-responses-table .response-col_status").nth(1)


def test_operations_can_be_tried_unchanged(context: BrowserContext, mock: MockSession) -> None:
    """The examples succeed unchanged: the record exists, and no filter is set. No other server gets a request.

    A response is forced by the field Prefer, and the page is dark where the system is.
    """
    origins = set[str]()
    context.on("request", lambda request: origins.add(urlsplit(request.url).netloc))
    page = open_docs(context, mock)
    expect(page).to_have_title("Call Camp phone numbers")
    expect(page.locator(".opblock")).to_have_count(5)
    for operation, status in (("getPhone", "200"), ("registerPhone", "201"), ("listPhones", "200")):
        expect(execute(page, operation)).to_contain_text(status)
    assert [request["status"] for request in mock.requests] == [200, 201, 200]
    assert mock.requests[2].get("query") is None
    assert origins == {urlsplit(mock.url).netloc}
    block = page.locator("#operations-Phone_numbers-listPhones")
    block.locator("tr[data-param-name=Prefer] input").fill("code=429")
    block.locator(".execute").click()
    expect(block.locator(".live-responses-table .response-col_status").nth(1)).to_contain_text("429")
    html = page.locator("html")
    expect(html).not_to_have_class("dark-mode")
    page.emulate_media(color_scheme="dark")
    expect(html).to_have_class("dark-mode")
    for names in (".headers td", ".examples-select__section-label"):
        expect(page.locator(names).first).to_have_css("color", "rgb(228, 230, 230)")

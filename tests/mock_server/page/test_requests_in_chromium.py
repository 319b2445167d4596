"""The page of requests in a browser: the journal as it grows."""

from __future__ import annotations

import pytest
import requests
from playwright.sync_api import BrowserContext, Page, expect

from mock_server.testing import MockSession
from tests.mock_server.support import NUMBER


def open_requests(page: Page, mock: MockSession) -> None:
    """Show the journal, connected."""
    page.goto(mock.url.removesuffix("/api") + "/__mock/page/requests")
    expect(page.locator(".live.on")).to_have_text("Live")


def test_new_requests_appear_at_once(page: Page, mock: MockSession) -> None:
    """Each request is added on top at once with its violations; a paused list does not change, and catches up."""
    open_requests(page, mock)
    expect(page.get_by_text("Waiting for requests")).to_be_visible()
    requests.get(f"{mock.url}/phones", params={"search": "<i>desk"}, timeout=5)
    expect(page.locator("#rows tr")).to_have_count(1)
    expect(page.locator("#rows .path")).to_contain_text("/api/phones?search=%3Ci%3Edesk")
    requests.post(f"{mock.url}/phones", json={"number": "0171"}, timeout=5)
    first = page.locator("#rows tr").first
    expect(first).to_contain_text("400")
    expect(first).to_contain_text("1 violation")
    page.get_by_role("button", name="Pause").click()
    requests.get(f"{mock.url}/phones/none", timeout=5)
    requests.get(f"{mock.url}/phone", timeout=5)
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#rows tr")).to_have_count(4)
    expect(page.locator("#rows tr").first).to_contain_text("The nearest operation is")
    requests.get(f"{mock.url}/phones", timeout=5)
    expect(page.locator("#rows tr")).to_have_count(5)


def test_filters_apply_to_new_requests(page: Page, mock: MockSession) -> None:
    """Operation, status and body text filter existing and new requests."""
    for index in range(3):
        requests.post(f"{mock.url}/phones", json={"number": f"+1202555014{index}"}, timeout=5)
    requests.get(f"{mock.url}/phones/none", timeout=5)
    open_requests(page, mock)
    expect(page.locator("#rows tr")).to_have_count(4)
    page.get_by_role("searchbox").fill("2025550141")
    expect(page.locator("#rows tr")).to_have_count(1)
    page.get_by_role("searchbox").fill("")
    page.get_by_label("status").select_option("4XX")
    expect(page.locator("#rows tr")).to_have_count(1)
    expect(page.locator(".live.on")).to_be_visible()
    requests.get(f"{mock.url}/phones", timeout=5)
    requests.get(f"{mock.url}/phones/other", timeout=5)
    expect(page.locator("#rows tr")).to_have_count(2)
    expect(page.locator("#rows tr").first).to_contain_text("other")


def test_a_click_shows_request_and_response(page: Page, mock: MockSession, context: BrowserContext) -> None:
    """Bodies and headers of both are shown without secrets, with a shell command and a button to repeat the request."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    headers = {"Authorization": "Bearer abc"}
    requests.post(f"{mock.url}/phones", json={"number": NUMBER, "name": "It's"}, headers=headers, timeout=5)
    open_requests(page, mock)
    page.locator("#rows button").focus()
    page.keyboard.press("Enter")
    dialog = page.locator("#dialog")
    expect(dialog.locator("pre").nth(0)).to_contain_text('"name": "It\'s"')
    expect(dialog.locator("pre").nth(1)).to_contain_text('"status": "registered"')
    assert "abc" not in dialog.inner_html()
    dialog.get_by_role("button", name="Copy as curl").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    command: str = page.evaluate("navigator.clipboard.readText()")
    origin = mock.url.split("/__s/")[0]
    assert command.startswith(f"curl -i -X POST {origin}/api/phones -H ")
    assert '-H "authorization: Bearer $SECRET"' in command
    assert f"-H 'X-Mock-Session: {mock.name}'" in command
    assert """--data-raw '{"number": "+12025550143", "name": "It'"'"'s"}'""" in command
    dialog.get_by_role("button", name="Send again").click()
    expect(page.locator("#rows tr")).to_have_count(2)
    expect(page.locator("#rows tr").first).to_contain_text("409")


def test_broken_connections_are_shown(page: Page, mock: MockSession) -> None:
    """The page says that the connection was broken, and shows no message that the client can't have received."""
    mock.rule("listPhones", fault="reset", times=1)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{mock.url}/phones", timeout=5)
    open_requests(page, mock)
    page.locator("#rows button").click()
    expect(page.get_by_text("The client got no response: the connection was broken.")).to_be_visible()
    expect(page.locator("#dialog .why")).to_have_count(0)


def test_bursts_of_requests_keep_their_order(page: Page, mock: MockSession) -> None:
    """Of many simultaneous requests the newest are shown, in their order."""
    open_requests(page, mock)
    with requests.Session() as client:
        for index in range(120):
            client.get(f"{mock.url}/phones/{index}", timeout=5)
    expect(page.locator("#rows tr").first).to_contain_text("/phones/119")
    shown = [int(target.rpartition("/")[2]) for target in page.locator("#rows .path").all_inner_texts()]
    assert shown == sorted(shown, reverse=True)
    assert len(shown) >= 100

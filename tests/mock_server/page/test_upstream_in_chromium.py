"""The service behind the mock, in a browser."""

from __future__ import annotations

import requests
from playwright.sync_api import BrowserContext, expect

from mock_server.server.server import MockServer
from tests.mock_server.upstream.services import json_response, scripted


def test_modes_can_be_switched_and_forwarded_requests_shown(context: BrowserContext) -> None:
    """The page shows and changes who responds to each operation, and lists violations, but not the address."""
    with scripted(lambda _: json_response(b'{"phones": []}')) as service, MockServer(upstream=service.url) as mock:
        root = mock.url.removesuffix("/api")
        page = context.new_page()
        requests.get(f"{mock.url}/phones", timeout=10)
        page.goto(f"{root}/__mock/page/network")
        mode = page.get_by_label("Who answers listPhones")
        expect(mode).to_have_value("forward")
        assert page.get_by_label("Who answers registerPhone").locator("option").count() == 1
        mode.select_option("mock")
        expect(page.get_by_text("Saved.")).to_be_visible()
        assert requests.get(f"{mock.url}/phones", timeout=10).headers["X-Mock-Source"] == "mock"
        page.goto(f"{root}/__mock/page/requests")
        row = page.get_by_role("row").filter(has_text="forwarded")
        expect(row).to_contain_text("4 deviations")
        row.locator("button.link").click()
        expect(page.locator("#dialog")).to_contain_text("response body /total total is required (documented)")
        assert service.url.split("/")[2] not in page.content()
        # Its stream would report the end of the mock.
        page.close()

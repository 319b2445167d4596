"""The page of rules in a browser, and what a frontend in a browser sees of them."""

from __future__ import annotations

import json

import requests
from playwright.sync_api import BrowserContext, Page, expect

from mock_server.testing import MockSession
from tests.mock_server.support import NUMBER, number


def open_part(page: Page, mock: MockSession, part: str) -> None:
    """Show a part of the page, in front: Chromium draws a tab behind another one once a second."""
    page.bring_to_front()
    page.goto(f"{mock.url.removesuffix('/api')}/__mock/page/{part}")


def frontend(context: BrowserContext, server: str) -> Page:
    """A tab with a page of another origin, from where requests to the mock are sent."""
    origin = "/".join(server.split("/", 3)[:3])
    page = context.new_page()
    page.route(f"{origin}/elsewhere", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    page.goto(f"{origin}/elsewhere")
    return page


def fetch(page: Page, method: str, url: str, body: object = None) -> str | int:
    """The status that a page's script gets, or the name of its error."""
    script = """async ([method, url, body]) => {
        const init = body === null ? {method} : {method, body, headers: {"Content-Type": "application/json"}};
        try { return (await fetch(url, init)).status } catch (error) { return error.name }
    }"""
    result: str | int = page.evaluate(script, [method, url, None if body is None else json.dumps(body)])
    return result


def test_two_clicks_turn_a_request_into_a_rule(page: Page, mock: MockSession, context: BrowserContext) -> None:
    """After "Fail this next time" and "Add rule", the same request of a frontend fails once, then succeeds."""
    uuid = mock.records[0]["uuid"]
    app = frontend(context, mock.url)
    assert fetch(app, "GET", f"{mock.url}/phones/{uuid}") == 200
    open_part(page, mock, "requests")
    page.locator("#rows button").click()
    page.get_by_role("button", name="Fail this next time").click()
    page.locator("#dialog").get_by_role("button", name="Add rule").click()
    expect(page.locator("#dialog")).to_be_hidden()
    assert mock.admin("GET", "rules")["rules"] == [
        {"id": 1, "operationId": "getPhone", "match": {"path": {"uuid": uuid}}, "status": 500, "times": 1}
    ]
    assert fetch(app, "GET", f"{mock.url}/phones/{mock.records[1]['uuid']}") == 200
    assert fetch(app, "GET", f"{mock.url}/phones/{uuid}") == 500
    assert fetch(app, "GET", f"{mock.url}/phones/{uuid}") == 200


def test_a_rule_can_be_added_edited_disabled_and_deleted(page: Page, mock: MockSession) -> None:
    """The form offers what the document declares for the operation, and shows errors at the field."""
    open_part(page, mock, "rules")
    expect(page.get_by_text("No rules")).to_be_visible()
    page.locator(".head").get_by_role("button", name="Add rule").click()
    page.get_by_label("Operation").select_option("registerPhone")
    page.get_by_label("Declared response").select_option(label="409 example taken")
    page.locator("#r-times").fill("0")
    page.locator("#dialog").get_by_role("button", name="Add rule").click()
    expect(page.locator("#r-times-problem")).to_contain_text("minimum 1")
    page.locator("#r-times").fill("2")
    page.keyboard.press("Enter")
    expect(page.locator("td[data-name=response]")).to_have_text("409 taken")
    assert requests.post(f"{mock.url}/phones", json={"number": NUMBER}, timeout=5).status_code == 409
    page.reload()
    expect(page.locator("td[data-name='times left']")).to_have_text("1")
    page.get_by_role("checkbox").uncheck()
    expect(page.locator("tr.spent")).to_be_visible()
    assert requests.post(f"{mock.url}/phones", json={"number": NUMBER}, timeout=5).status_code == 201
    page.get_by_role("button", name="Edit rule 1").click()
    page.get_by_label("Declared response").select_option("")
    page.locator("#r-fault").select_option("drip")
    page.locator("#dialog").get_by_role("button", name="Save").click()
    expect(page.locator("td[data-name=response]")).to_have_text("fault drip")
    page.get_by_role("button", name="Delete rule 1").click()
    expect(page.get_by_text("No rules")).to_be_visible()


def test_a_single_reset_reaches_the_browser(page: Page, mock: MockSession) -> None:
    """A browser silently repeats a request after a reset; the fault covers that repetition, and no more."""
    open_part(page, mock, "rules")
    for method, path, operation, body, usual in (
        ("GET", "/phones", "listPhones", None, 200),
        ("POST", "/phones", "registerPhone", {"number": NUMBER}, 201),
    ):
        fetch(page, "GET", f"{mock.url}/phones?limit=1")  # Its connection is kept open.
        mock.rule(operation, fault="reset", times=1)
        assert fetch(page, method, f"{mock.url}{path}", body) == "TypeError"
        other = body and {"number": number(1)}
        assert fetch(page, method, f"{mock.url}{path}?page=2", other) == usual

"""Every part of the page in a browser: on a narrow screen, and with headings and names for screen readers."""

from __future__ import annotations

import requests
from playwright.sync_api import BrowserContext, Page, expect

from mock_server.page.rendering import TABS
from mock_server.testing import MockSession

CONTROLS = {"button", "checkbox", "combobox", "link", "radio", "searchbox", "spinbutton", "switch", "textbox"}
MISNAMED = """() => [...document.querySelectorAll("[aria-label]")]
    .filter((one) => one.matches("button, a") && !one.ariaLabel.startsWith(one.innerText.trim()))
    .map((one) => one.outerHTML)"""
"""The buttons and links with a name that does not begin with their text, by which people call them."""

SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
"""By how many pixels the page can be scrolled sideways."""


def unnamed(page: Page) -> list[str]:
    """The roles of the controls without a name for screen readers."""
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")
    shown = [node for node in tree["nodes"] if not node["ignored"]]
    controls = [node for node in shown if node["role"]["value"] in CONTROLS]
    assert controls
    return [node["role"]["value"] for node in controls if not node.get("name", {}).get("value")]


def test_every_part_fits_a_narrow_screen(context: BrowserContext, mock: MockSession) -> None:
    """At 360 pixels no part scrolls sideways, every control has a name, and every part has one heading."""
    requests.post(f"{mock.url}/phones", json={"number": "0171" * 30, "a" * 60: 1}, timeout=5)
    requests.get(f"{mock.url}/{'x' * 300}", timeout=5)
    mock.rule("registerPhone", status=409, match={"body": {"name": "y" * 90}})
    page = context.new_page()
    page.set_viewport_size({"width": 360, "height": 640})
    for tab in TABS:
        page.goto(f"{mock.url.removesuffix('/api')}/__mock/page/{tab.path}")
        expect(page.locator("h1")).to_have_text(tab.name)
        expect(page.locator(".side [aria-current]")).to_have_text(tab.name)
        assert page.evaluate(SIDEWAYS) == 0, tab
        assert unnamed(page) == [], tab
        assert page.evaluate(MISNAMED) == [], tab


def test_every_dialog_fits_a_narrow_screen(context: BrowserContext, mock: MockSession) -> None:
    """At 360 pixels the forms and the details of a request fit too."""
    requests.post(f"{mock.url}/phones", json={"number": "0171" * 30, "a" * 60: 1}, timeout=5)
    page = context.new_page()
    page.set_viewport_size({"width": 360, "height": 640})
    for part, button in (("records", "Add phone"), ("rules", "Add rule"), ("requests", "/api/phones")):
        page.goto(f"{mock.url.removesuffix('/api')}/__mock/page/{part}")
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.locator("#dialog")).to_be_visible()
        wide = page.evaluate(
            "() => { const one = document.getElementById('dialog'); return one.scrollWidth - one.clientWidth }"
        )
        assert (wide, page.evaluate(SIDEWAYS)) == (0, 0), part
        assert unnamed(page) == [], part
        assert page.evaluate(MISNAMED) == [], part

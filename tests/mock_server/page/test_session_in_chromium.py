"""The pages of network, clock and sessions in a browser."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from mock_server.testing import MockSession


def open_part(page: Page, mock: MockSession, part: str) -> None:
    """Show a part of the page."""
    page.goto(f"{mock.url.removesuffix('/api')}/__mock/page/{part}")


def test_network_changes_apply_at_once(page: Page, mock: MockSession) -> None:
    """Profile and delay can be set for the session and for one operation; errors are shown, and nothing is lost."""
    open_part(page, mock, "network")
    page.locator("#n-profile").select_option("slow")
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.locator("#n-delay").fill("1-2")
    page.get_by_label("Delay of getPhone in ms").fill("0")
    page.get_by_label("Profile of listPhones").select_option("offline")
    page.locator("#n-validate").select_option("warn")
    page.locator("#n-lifecycle").check()
    expect(page.locator(".toast")).to_have_count(6)
    assert mock.admin("GET", "settings") == {
        "delay": ["1-2", "getPhone=0"],
        "profile": "slow",
        "profiles": {"listPhones": "offline"},
        "validate": "warn",
        "lifecycle": True,
    }
    page.get_by_label("Delay of getPhone in ms").fill("soon")
    page.get_by_label("Profile of listPhones").select_option("")
    expect(page.locator(".problem.summary")).to_contain_text("getPhone=soon")
    page.get_by_label("Delay of getPhone in ms").fill("")
    page.locator("#n-profile").select_option("")
    expect(page.locator(".problem.summary")).to_be_empty()
    page.reload()
    settings = mock.admin("GET", "settings")
    assert (settings["delay"], settings["profile"], settings["profiles"]) == (["1-2"], None, {})


def test_the_clock_can_be_frozen_moved_and_set(page: Page, mock: MockSession) -> None:
    """The page shows the running or frozen clock, and new records have its time."""
    open_part(page, mock, "clock")
    before = page.locator("time").inner_text()
    expect(page.locator("time")).not_to_have_text(before)
    page.locator(".moment").fill("noon")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.locator(".clock .problem")).to_contain_text("noon")
    page.locator(".moment").fill("2026-03-01T12:00:00Z")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.locator("time")).to_have_text("2026-03-01 12:00:00")
    page.get_by_role("button", name="+1 day").click()
    expect(page.locator("time")).to_have_text("2026-03-02 12:00:00")
    assert mock.admin("GET", "clock") == {"now": "2026-03-02T12:00:00.000Z", "frozen": True}
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("running", exact=True)).to_be_visible()


def test_sessions_can_be_opened_and_deleted(page: Page, mock: MockSession) -> None:
    """The page continues in the opened session; another session is deleted after a confirmation."""
    open_part(page, mock, "sessions")
    page.get_by_role("textbox", name="Open").fill("mine.2")
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.locator("#session")).to_have_value("mine.2")
    expect(page).to_have_url(re.compile(r"/__s/mine\.2/__mock/page/sessions$"))
    page.get_by_role("link", name="Records").click()
    expect(page).to_have_url(re.compile(r"/__s/mine\.2/__mock/page/records$"))
    page.locator("#session").select_option(mock.name)
    expect(page.locator("#session")).to_have_value(mock.name)
    open_part(page, mock, "sessions")
    page.get_by_role("button", name="Delete mine.2").click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Session mine.2 was deleted.")).to_be_visible()
    assert "mine.2" not in [session["name"] for session in mock.admin("GET", "sessions")["sessions"]]

"""The page of records in a browser."""

from __future__ import annotations

import json
from pathlib import Path

import requests
from playwright.sync_api import BrowserContext, Page, expect

from fixtures import phones
from mock_server.server.server import MockServer
from mock_server.testing import MockSession
from openapi import PHONES
from tests.mock_server.support import NUMBER, number

CAMPAIGNS = PHONES.with_name("campaigns.yaml")


def table(page: Page) -> list[str]:
    """The numbers in the table."""
    return page.locator("td[data-name=number]").all_inner_texts()


def test_a_record_can_be_added_edited_and_deleted(page: Page, mock: MockSession) -> None:
    """The form adds and changes a record, the table shows it at once, and delete asks for confirmation."""
    page.get_by_role("button", name="Add phone").click()
    page.locator("#f-number").fill(NUMBER)
    page.locator("dialog[open]").get_by_role("button", name="Add").click()
    expect(page.locator("td[data-name=number]").first).to_have_text(NUMBER)
    page.get_by_role("button", name="Edit").first.click()
    page.locator("#f-name").fill("Night desk")
    page.locator("#f-status").select_option("inactive")
    page.locator("#dialog").get_by_role("button", name="Save").click()
    expect(page.locator("td[data-name=name]").first).to_have_text("Night desk")
    record = mock.records[0]
    assert (record["number"], record["name"], record["status"]) == (NUMBER, "Night desk", "inactive")
    page.get_by_role("button", name="Delete").first.click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Delete").first.click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("td[data-name=number]").first).not_to_have_text(NUMBER)
    assert len(mock.records) == 12


def test_errors_are_shown_at_their_field(page: Page, mock: MockSession) -> None:
    """An error shows at the invalid field, which gets the focus, and the form stays open."""
    page.get_by_role("button", name="Add phone").click()
    field = page.locator("#f-number")
    field.fill("0171")
    page.locator("#f-countryCode").fill("Germany")
    page.locator("dialog[open]").get_by_role("button", name="Add").click()
    expect(page.locator("#f-number-problem")).to_contain_text('"0171" does not match')
    expect(page.locator("#f-countryCode-problem")).to_contain_text('"Germany" does not match')
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill(mock.records[3]["number"])
    page.locator("#f-countryCode").fill("US")
    page.keyboard.press("Enter")
    expect(page.locator("#f-number-problem")).to_contain_text("another phone has it already")
    expect(page.locator("#f-countryCode-problem")).to_be_empty()
    assert len(mock.records) == 12


def test_search_filters_and_pages_survive_a_reload(page: Page, mock: MockSession) -> None:
    """The mock searches, filters and pages; the URL has the current view, so a reload shows it again."""
    mock.records = [{**phone, "number": number(index)} for index, phone in enumerate(phones(60, seed=3))]
    page.reload()
    assert len(table(page)) == 25
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("26 to 50 of 60")).to_be_visible()
    page.get_by_role("searchbox").press_sequentially("9460007")
    expect(page.locator("td[data-name=number]")).to_have_text([number(7)])
    page.reload()
    expect(page.locator("td[data-name=number]")).to_have_text([number(7)])
    page.get_by_role("searchbox").fill("")
    page.get_by_label("status").select_option("pending")
    pending = [phone["number"] for phone in mock.records if phone["status"] == "pending"]
    expect(page.locator("td[data-name=number]")).to_have_text(pending[:25])
    page.get_by_role("searchbox").fill("nothing like this")
    expect(page.get_by_text("Nothing matches")).to_be_visible()


def test_the_menu_seeds_saves_resets_and_transfers_records(page: Page, mock: MockSession, tmp_path: Path) -> None:
    """The menu generates records, saves and restores them, exports them to a file, imports one, and resets."""
    page.get_by_role("button", name="Data…").click()
    page.get_by_label("Records", exact=True).fill("3")
    page.get_by_role("button", name="Generate").click()
    expect(page.locator("td[data-name=number]")).to_have_count(3)
    three = mock.records
    page.get_by_role("textbox", name="Name").fill("three")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#data-menu b")).to_have_text("three")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Export").click()
    assert downloading.value.suggested_filename == "phone.json"
    assert json.loads(downloading.value.path().read_bytes()) == three
    one = tmp_path / "one.json"
    one.write_text(json.dumps(three[:1]))
    page.locator("[data-import]").set_input_files(one)
    expect(page.locator("td[data-name=number]")).to_have_count(1)
    one.write_text(json.dumps([{**three[0], "status": "lost"}]))
    page.locator("[data-import]").set_input_files(one)
    expect(page.locator(".toast.bad")).to_contain_text("/0/status")
    page.get_by_role("button", name="Restore").click()
    expect(page.locator("td[data-name=number]")).to_have_count(3)
    page.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("td[data-name=number]")).to_have_count(12)
    page.get_by_role("button", name="Data…").click()
    page.get_by_role("button", name="Delete snapshot three").click()
    expect(page.get_by_text("None yet.")).to_be_visible()


def test_record_content_is_never_executed(page: Page, mock: MockSession) -> None:
    """Markup, template code and attribute breaks in a record are text, in the table and in the form."""
    text = """<img src=x onerror=alert(1)>{{ 7*7 }}" onfocus="x' hx-get=/x"""
    mock.records = [{**mock.records[0], "name": text, "uuid": 'a"b/<i>'}]
    page.reload()
    expect(page.locator("td[data-name=name]")).to_have_text(text[:59] + "…" if len(text) > 60 else text)
    assert page.locator("td img, td i").count() == 0
    page.get_by_role("button", name="Edit").click()
    expect(page.locator("#f-name")).to_have_value(text)
    page.locator("#f-status").select_option("active")
    page.locator("#dialog").get_by_role("button", name="Save").click()
    expect(page.locator("td[data-name=status]")).to_have_text("active")
    assert mock.records[0]["name"] == text


def test_everything_is_reachable_by_keyboard(page: Page, mock: MockSession) -> None:
    """Without a mouse: the skip link, the form, its first field, and the way back after Escape."""
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Add phone")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#f-number")).to_be_focused()
    page.keyboard.type(NUMBER)
    page.keyboard.press("Enter")
    expect(page.locator("td[data-name=number]").first).to_have_text(NUMBER)
    page.get_by_role("button", name="Add phone").press("Enter")
    page.locator("dialog[open]").wait_for()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Add phone")).to_be_focused()
    assert mock.records[0]["number"] == NUMBER


def test_references_can_be_followed_and_chosen(context: BrowserContext) -> None:
    """A key in the table opens the referenced record, and the form offers the existing keys."""
    with MockServer(CAMPAIGNS, seed=3) as mock:
        phone = requests.get(f"{mock.url}/phones", timeout=5).json()["phones"][0]
        body = {"name": "Spring", "type": "outbound", "outboundPhoneUuid": phone["uuid"]}
        campaign = requests.post(f"{mock.url}/campaigns", json=body, timeout=5).json()
        page = context.new_page()
        page.goto(f"{mock.url.removesuffix('/api')}/__mock/page/records/campaign")
        page.get_by_role("button", name="Show the phone of outboundPhoneUuid").first.click()
        expect(page.locator("#dialog")).to_contain_text("Edit phone")
        expect(page.locator("#f-number")).to_have_value(phone["number"])
        page.get_by_role("button", name="Cancel").click()
        page.get_by_role("button", name=f"Edit {campaign['uuid']}").click()
        offered = page.locator("#f-outboundPhoneUuid-list option")
        expect(offered).to_have_count(12)
        expect(offered.first).to_contain_text(phone["number"])
        other = offered.nth(1).get_attribute("value")
        page.locator("#f-outboundPhoneUuid").fill(str(other))
        page.locator("#dialog").get_by_role("button", name="Save").click()
        expect(page.locator("#dialog")).to_be_hidden()
        changed = requests.get(f"{mock.url}/campaigns/{campaign['uuid']}", timeout=5).json()
        assert changed["outboundPhoneUuid"] == other

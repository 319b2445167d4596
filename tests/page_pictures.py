"""Takes the pictures of the page for the docs: `python -m tests.page_pictures` writes docs/page/*.png.

It takes Chromium. The mock's clock is frozen and its seed fixed, so the pictures change only where the page does.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

import requests
from playwright.sync_api import Browser, Page, expect, sync_playwright

from mock_server.server.server import MockServer
from tests.mock_server.page.conftest import ARGUMENTS, CHROMIUM

FOLDER = Path(__file__).parents[1] / "docs" / "page"
_WIDE, _NARROW = (1120, 640), (360, 640)


class Picture(NamedTuple):
    """A picture: of which part, how wide, in which colours, and what is done before it is taken."""

    name: str
    part: str
    size: tuple[int, int]
    scheme: Literal["light", "dark"]
    before: Callable[[Page], None]


def _wait_for_live(page: Page) -> None:
    expect(page.locator(".live.on")).to_be_visible()


def _open_request(page: Page) -> None:
    page.locator("#rows tr:has-text('2 violations') button").click()
    expect(page.locator("#dialog pre").first).to_be_visible()


def _open_rule(page: Page) -> None:
    page.locator("#rows tr:has-text('PATCH') button").click()
    page.get_by_role("button", name="Fail this next time").click()
    expect(page.get_by_role("heading", name="Add rule")).to_be_visible()


def _nothing(page: Page) -> None:
    expect(page.locator("h1")).to_be_visible()


PICTURES = (
    Picture("requests", "requests", _WIDE, "light", _wait_for_live),
    Picture("request", "requests", _WIDE, "dark", _open_request),
    Picture("rule", "requests", _WIDE, "light", _open_rule),
    Picture("records", "records", _WIDE, "dark", _nothing),
    Picture("network", "network", _WIDE, "light", _nothing),
    Picture("contract", "contract", _WIDE, "light", _nothing),
    Picture("narrow", "requests", _NARROW, "dark", _wait_for_live),
)


def main() -> None:
    """Take them all."""
    FOLDER.mkdir(exist_ok=True)
    with MockServer(seed=1, now="2026-03-01T12:00:00Z", port=4010) as server, sync_playwright() as driver:
        _send_requests(server.url)
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS])
        for picture in PICTURES:
            _take(browser, f"{server.url.removesuffix('/api')}/__mock/page/{picture.part}", picture)
        browser.close()


def _send_requests(url: str) -> None:
    """Some requests for the journal, good ones and others."""
    phones = requests.get(f"{url}/phones", params={"limit": 5}, timeout=5).json()["phones"]
    requests.get(f"{url}/phones/{phones[0]['uuid']}", headers={"Authorization": "Bearer secret"}, timeout=5)
    requests.get(f"{url.removesuffix('/api')}/phones", timeout=5)
    requests.post(f"{url}/phones", json={"number": "0171", "nmae": "Desk"}, timeout=5)
    requests.post(f"{url}/phones", json={"number": "+12025550143", "name": "Desk"}, timeout=5)
    requests.post(f"{url}/phones", json={"number": "+12025550143", "name": "Desk"}, timeout=5)
    requests.get(f"{url}/phones?search=+1202", timeout=5)
    requests.patch(f"{url}/phones/{phones[1]['uuid']}", json={"status": "inactive"}, timeout=5)
    requests.get(f"{url}/phones", headers={"Prefer": "code=503"}, timeout=5)
    requests.delete(f"{url}/phones/{phones[2]['uuid']}", timeout=5)


def _take(browser: Browser, url: str, picture: Picture) -> None:
    width, height = picture.size
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=picture.scheme)
    page.goto(url)
    picture.before(page)
    page.screenshot(path=FOLDER / f"{picture.name}.png", animations="disabled")
    page.close()


if __name__ == "__main__":
    main()

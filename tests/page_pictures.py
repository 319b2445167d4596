"""Takes the pictures of the page for the docs: `python -m tests.page_pictures` writes docs/page/*.png.

It takes Chromium. The mock's clock is frozen and its seed fixed, so the pictures change only where the page does.
`--every FOLDER` takes every part of the page in light, dark and narrow instead, to look at; `--data FILE` has records
for them, such as a million of callcamp-fixtures.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, NamedTuple

import requests
from playwright.sync_api import Browser, Page, expect, sync_playwright

from mock_server.server.server import MockServer
from openapi import PHONES
from tests.mock_server.page.conftest import ARGUMENTS, CHROMIUM
from tests.mock_server.page.test_contract_page import REPORT
from tests.mock_server.page.test_records_in_chromium import CAMPAIGNS

CHECKED = {
    **REPORT,
    "verdict": "holds",
    "summary": "Nothing that the vendor documents is broken; one assumption is refuted.",
    "run": {"target": "https://staging.example/api", "began": "2026-03-01T09:12:44Z"},
    "findings": [
        {
            **REPORT["findings"][0],
            "kind": "refuted",
            "code": "ERROR-STATUS",
            "sentence": "A phone with the number 0171 is refused with another status.",
            "expected": "400",
            "observed": "422",
            "pointer": "/x-http/refusals/statuses",
            "assumption": "No error is documented [D]",
            "amendment": "write invalid: 422",
            "actions": [{"target": "$['x-http']['refusals']['statuses']", "update": {"invalid": 422}}],
            "commands": [
                {"number": 1, "line": """curl -i "$BASE/phones" --json '{"number": "0171"}'""", "note": "422"},
            ],
        }
    ],
}
"""A report of the check with one difference."""
NOW = "2026-03-01T12:00:00Z"
FOLDER = Path(__file__).parents[1] / "docs" / "page"
_WIDE, _TALL, _NARROW = (1120, 640), (1120, 960), (360, 640)


class Picture(NamedTuple):
    """A picture: its part of the page, width, colours, and the actions before it is taken."""

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


def _open_finding(page: Page) -> None:
    page.locator("details.finding summary").first.click()
    expect(page.get_by_role("button", name="Accept")).to_be_visible()


def _show_references(page: Page) -> None:
    page.locator("main .scroll").evaluate("(one) => one.scrollTo(one.scrollWidth, 0)")


def _open_form(page: Page) -> None:
    page.get_by_role("button", name="Edit").first.click()
    expect(page.get_by_role("heading", name="Edit")).to_be_visible()


def _add_rule(page: Page) -> None:
    _open_rule(page)
    page.get_by_role("button", name="Add rule").click()
    page.get_by_role("link", name="Rules").click()
    expect(page.locator("main table")).to_be_visible()


def _nothing(page: Page) -> None:
    expect(page.locator("h1")).to_be_visible()


PICTURES = (
    Picture("requests", "requests", _WIDE, "light", _wait_for_live),
    Picture("request", "requests", _WIDE, "dark", _open_request),
    Picture("rule", "requests", _WIDE, "light", _open_rule),
    Picture("records", "records", _WIDE, "dark", _nothing),
    Picture("network", "network", _WIDE, "light", _nothing),
    Picture("contract", "contract", _WIDE, "light", _nothing),
    Picture("differences", "contract", _TALL, "dark", _open_finding),
    Picture("narrow", "requests", _NARROW, "dark", _wait_for_live),
)
OF_A_PROXY = (Picture("service", "network", _TALL, "light", _nothing),)
OF_CAMPAIGNS = (Picture("references", "records/campaign", _WIDE, "light", _show_references),)


def _every() -> Iterator[Picture]:
    """Every part of the page in light, dark and narrow."""
    parts = {
        "requests": ("requests", _wait_for_live),
        "request": ("requests", _open_request),
        "records": ("records", _nothing),
        "form": ("records", _open_form),
        "rule": ("requests", _open_rule),
        "rules": ("requests", _add_rule),
        "network": ("network", _nothing),
        "clock": ("clock", _nothing),
        "sessions": ("sessions", _nothing),
        "contract": ("contract", _nothing),
        "differences": ("contract", _open_finding),
    }
    for name, (part, before) in parts.items():
        yield Picture(f"{name}-light", part, _WIDE, "light", before)
        yield Picture(f"{name}-dark", part, _WIDE, "dark", before)
        yield Picture(f"{name}-narrow", part, _NARROW, "light", before)


def main() -> None:
    """Take the pictures for the docs, or every part."""
    parser = argparse.ArgumentParser(description="Take pictures of the page.")
    parser.add_argument("--every", type=Path, metavar="FOLDER", help="every part, in light, dark and narrow")
    parser.add_argument("--data", metavar="FILE", help="records, with --every")
    options = parser.parse_args()
    with TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS])
        if options.every:
            with _mock(Path(folder), options.data) as server:
                _take_all(browser, server.url, list(_every()), options.every)
        else:
            _take_for_docs(browser, Path(folder))
        browser.close()


def _take_for_docs(browser: Browser, folder: Path) -> None:
    with _mock(folder, port=4010) as server:
        _take_all(browser, server.url, PICTURES, FOLDER)
        with MockServer(seed=1, now=NOW, upstream=server.url, learn=True) as proxy:
            _send_requests(proxy.url)
            _take_all(browser, proxy.url, OF_A_PROXY, FOLDER)
    with MockServer(CAMPAIGNS, seed=3, now=NOW) as server:
        _take_all(browser, server.url, OF_CAMPAIGNS, FOLDER)


@contextmanager
def _mock(folder: Path, data: str | None = None, port: int = 0) -> Iterator[MockServer]:
    """A mock with a journal and a report of the check."""
    report = folder / "report.json"
    report.write_text(json.dumps(CHECKED), encoding="utf-8")
    options: dict[str, Any] = {"data": data} if data else {"seed": 1}
    with MockServer(
        PHONES,
        now=NOW,
        port=port,
        report_json=report,
        write_overlay=folder / "accepted.yaml",
        write_baseline=folder / "known.toml",
        **options,
    ) as server:
        _send_requests(server.url)
        yield server


def _take_all(browser: Browser, url: str, pictures: Sequence[Picture], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for picture in pictures:
        _take(browser, f"{url.removesuffix('/api')}/__mock/page/{picture.part}", picture, folder)


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


def _take(browser: Browser, url: str, picture: Picture, folder: Path) -> None:
    width, height = picture.size
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=picture.scheme)
    page.goto(url)
    picture.before(page)
    page.screenshot(path=folder / f"{picture.name}.png", animations="disabled")
    page.close()


if __name__ == "__main__":
    main()

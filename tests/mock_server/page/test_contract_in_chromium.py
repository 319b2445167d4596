"""The contract's part of the page in a browser: differences are accepted and ignored in files."""

from __future__ import annotations

import json
from pathlib import Path

import requests
from playwright.sync_api import BrowserContext, expect

from contract_tests.findings.baseline import read_baseline
from mock_server.server.server import MockServer
from openapi import PHONES, Refusal, load
from tests.mock_server.page.test_contract_page import REPORT

INVALID = {"target": "$['x-http']['refusals']['statuses']", "update": {"invalid": 422}}


def test_differences_can_be_accepted_or_ignored(context: BrowserContext, tmp_path: Path) -> None:
    """Accept writes the overlay, which the mock then follows; ignore writes the baseline; both are shown."""
    report, overlay, baseline = (tmp_path / name for name in ("report.json", "overlay.yaml", "baseline.toml"))
    (finding,) = REPORT["findings"]
    wrong_status = {
        "code": "ERROR-STATUS",
        "sentence": "An invalid request gets 422.",
        "pointer": "/x-http",
        "actions": [INVALID],
    }
    other = {"code": "ERROR-SHAPE", "sentence": "An error has no message.", "actions": []}
    report.write_text(json.dumps({**REPORT, "findings": [finding | wrong_status, finding | other]}))
    with MockServer(
        PHONES, seed=1, watch=True, report_json=report, write_overlay=overlay, write_baseline=baseline
    ) as mock:
        page = context.new_page()
        page.goto(f"{mock.url.removesuffix('/api')}/__mock/page/contract")
        first, second = (page.locator("details.finding").nth(index) for index in (0, 1))
        first.locator("summary").click()
        first.get_by_role("button", name="Accept").click()
        expect(first.locator("summary")).to_contain_text("accepted")
        expect(page.locator(".toast")).to_contain_text("Accepted")
        second.locator("summary").click()
        second.get_by_role("button", name="Accept").click()
        expect(second.locator("[id^=accept][id$=problem]")).to_contain_text("changes nothing")
        second.get_by_label("Reason to ignore it").fill("")
        second.get_by_role("button", name="Ignore").click()
        expect(second.locator("[id^=reason][id$=problem]")).not_to_be_empty()
        second.get_by_label("Reason to ignore it").fill("ticket 4711")
        second.get_by_label("Until").fill("2027-01-31")
        second.get_by_role("button", name="Ignore").click()
        expect(second).to_contain_text("Ignored until 2027-01-31: ticket 4711")
        for _ in range(2000):
            if requests.get(f"{mock.url}/phones?limit=0", timeout=5).status_code == 422:
                break
    assert load(PHONES, [overlay]).refusals.statuses[Refusal.INVALID] == 422
    assert [(one.code, one.reason) for one in read_baseline(baseline)] == [("ERROR-SHAPE", "ticket 4711")]

"""/docs in a browser. Skipped where node, Chromium or the packages are missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from mock_server.server.server import MockServer
from mock_server.testing import MockSession
from tests.mock_server.node import CHROMIUM, missing, prepare, run

VISIT = """
import { chromium } from 'playwright-core';

const [executablePath, url] = process.argv.slice(2);
const args = ['--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const browser = await chromium.launch({ executablePath, args });
const page = await browser.newPage();
const origins = new Set();
page.on('console', (message) => console.log('said', message.text()));
page.on('pageerror', (error) => console.log('failed', error.message));
page.on('request', (request) => origins.add(new URL(request.url()).origin));
await page.goto(url);
const operation = page.locator('.opblock-post');
await operation.locator('.opblock-summary-control').click();
await operation.locator('.execute').click();
const answer = operation.locator('.live-responses-table .response-col_status').nth(1);
console.log('title', await page.title());
console.log('operations', await page.locator('.opblock').count());
console.log('status', (await answer.textContent()).trim());
console.log('origins', ...origins);
await browser.close();
"""


@pytest.mark.skipif(missing("node", "chromium") != "", reason=missing("node", "chromium"))
def test_an_operation_is_tried(tmp_path: Path) -> None:
    """The page shows every operation and carries one out in its session, asks nobody else and breaks no policy."""
    prepare(tmp_path, {"visit.js": VISIT})
    with MockServer(empty=True) as server:
        mock = MockSession(server.url, "docs")
        page = mock.url.removesuffix("/api") + "/docs"
        printed = run(tmp_path, f"node visit.js '{CHROMIUM}' {page}", {})
        assert [request["status"] for request in mock.requests] == [201]
    assert printed.splitlines() == [
        "title Call Camp phone numbers",
        "operations 5",
        "status 201",
        f"origins {server.url.removesuffix('/api')}",
    ]

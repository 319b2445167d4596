"""Who gets the page, and what of it."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

import mock_server.page
from mock_server.settings.settings import Settings
from mock_server.web.app import create_app
from openapi import Contract

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PAGE = "/__mock/page/requests"
ASSETS = Path(mock_server.page.__file__).with_name("assets")


@pytest.mark.parametrize("path", ["/", "/__mock/", "/__mock/page/"])
def test_browsers_are_redirected_to_the_page(contract: Contract, path: str) -> None:
    """A browser is redirected to the page from the root and from /__mock/, in the session of its path."""
    client = create_app(contract).test_client()
    assert client.get(path, headers=HTML).headers["Location"] == PAGE
    assert client.get(f"/__s/mine{path}", headers=HTML).headers["Location"] == f"/__s/mine{PAGE}"
    shown = client.get(path, headers=HTML, follow_redirects=True)
    assert shown.content_type == "text/html; charset=utf-8"
    assert "default-src 'none'; script-src 'self'" in shown.headers["Content-Security-Policy"]


def test_other_clients_get_json(contract: Contract) -> None:
    """A client that does not prefer HTML gets the list of paths, and a 404 at the root."""
    client = create_app(contract).test_client()
    paths = json.loads(client.get("/__mock/").data)["places"]
    assert "GET /__mock/records" in paths
    assert not [path for path in paths if "/page/" in path]
    assert client.get("/").status_code == 404
    assert client.post("/", headers=HTML).status_code == 404


@pytest.mark.parametrize("settings", [Settings(ui=False), Settings(admin=False)])
def test_no_ui_turns_the_page_off(contract: Contract, settings: Settings) -> None:
    """With --no-ui, a browser gets what every other client gets."""
    client = create_app(contract, settings).test_client()
    assert client.get("/", headers=HTML).status_code == 404
    assert client.get(PAGE, headers=HTML).status_code == 404
    assert client.get("/__mock/", headers=HTML).content_type == "application/json"


def test_browsers_need_the_token(contract: Contract) -> None:
    """Without the token a browser gets a form and no data, with it the page; scripts get JSON."""
    client = create_app(contract, Settings(admin_token="right")).test_client()
    refused = client.get(PAGE, headers=HTML)
    assert refused.status_code == 403
    assert "Admin token" in refused.text
    assert contract.title not in refused.text
    assert client.get(PAGE).json == {"error": "Send Authorization: Bearer with the admin token."}
    assert client.get("/__mock/page/assets/scripts.js").status_code == 200
    assert client.get(PAGE, headers={**HTML, "Authorization": "Bearer right"}).status_code == 200


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_the_access_rules_apply_to_the_page(contract: Contract, headers: dict[str, str]) -> None:
    """A foreign host, a page of another origin and a frame on one are refused, and get no page."""
    client = create_app(contract).test_client()
    refused = client.get(PAGE, headers={**HTML, **headers})
    assert refused.status_code == 403
    assert refused.content_type == "application/json"


@pytest.mark.parametrize("path", ["/__mock/page/records/cars", "/__mock/page/record-form/phone/none"])
def test_unknown_resources_and_records_are_404(contract: Contract, path: str) -> None:
    """An unknown resource or record is a 404 that names it."""
    refused = create_app(contract).test_client().get(path, headers=HTML)
    assert refused.status_code == 404
    assert path.rpartition("/")[2] in json.loads(refused.data)["error"]


def test_vendored_files_match_their_release() -> None:
    """Each file has the SHA-256 in the note next to it, and no page loads anything from another host."""
    note = (ASSETS / "vendored.txt").read_text()
    for name in ("htmx.min.js", "hx-sse.min.js", "htmx-license.txt"):
        assert hashlib.sha256((ASSETS / name).read_bytes()).hexdigest() in note, name
    for template in ASSETS.with_name("templates").iterdir():
        assert "://" not in template.read_text(), template.name


def _luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb` (WCAG 2.2)."""
    shares = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_and_controls_have_enough_contrast(scheme: int) -> None:
    """Text has a contrast of 4.5 to 1 on every background, control edges 3 to 1 (WCAG 2.2, AA, 1.4.3 and 1.4.11)."""
    css = (ASSETS / "page.css").read_text()
    pairs = re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", css)
    colours = {name: schemes[scheme] for name, *schemes in pairs}
    for ground in ("ground", "surface", "sunken", "hover"):
        for text in ("text", "muted", "accent", "good", "warn", "bad", "other"):
            assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        assert _contrast(colours["edge"], colours[ground]) >= 3, ground
    assert _contrast(colours["on-accent"], colours["accent"]) >= 4.5

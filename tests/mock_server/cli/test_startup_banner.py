"""The start-up output."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

from fixtures import phone
from mock_server.cli.startup_banner import announcement, announcement_json
from mock_server.server.listener import Listener
from mock_server.settings.settings import Settings
from mock_server.web.app import create_app
from openapi import PHONES, load
from tests.mock_server.support import Caller


def lines(settings: Settings, spec: Path = PHONES) -> tuple[Caller, list[str]]:
    """A caller of a mock, and its start-up output."""
    app = create_app(load(spec), settings)
    listener = Listener("127.0.0.1", 0)
    listener.close()
    return Caller(app), announcement(app, listener).splitlines()


def test_printed_item_urls_name_existing_records() -> None:
    """Every printed URL leads to something."""
    call, printed = lines(Settings(seed=1))
    addresses = [word for line in printed[1:-1] for word in line.split() if word.startswith("http://")]
    assert len(addresses) == 7
    first = call.get("/api/phones").body["phones"][0]["uuid"]
    assert [urlsplit(address).path for address in addresses[2:5]] == [f"/api/phones/{first}"] * 3
    for address in addresses:
        assert call.app.test_client().get(urlsplit(address).path).status_code == 200
    assert printed[-1].startswith("listening on http://127.0.0.1:")


def test_the_banner_counts_records(tmp_path: Path) -> None:
    """The output counts the records of each resource; one is "1 record"."""
    one = tmp_path / "one.json"
    one.write_text(json.dumps([phone()]), encoding="utf-8")
    assert "  1 record of phone" in lines(Settings(data=one))[1]
    assert "  12 records of phone" in lines(Settings())[1]


def test_the_banner_lists_only_what_is_served() -> None:
    """The output lists only what is served."""
    _, printed = lines(Settings(empty=True, admin=False))
    assert not [line for line in printed if "__mock" in line]


def test_no_docs_page_is_listed_for_a_document_with_docs(tmp_path: Path) -> None:
    """If the document has an operation at /docs, the output lists no docs page."""
    file = tmp_path / "own.yaml"
    text = PHONES.read_text(encoding="utf-8").replace(
        "  - url: http://callcamp.ai/api\n", "  - url: http://callcamp.ai\n"
    )
    for before in ("\n  ", "collection: ", "item: "):
        text = text.replace(f"{before}/phones", f"{before}/docs")
    file.write_text(text)
    call, printed = lines(Settings(empty=True), file)
    assert call.get("/docs").body["total"] == 0
    assert not [line for line in printed if line.startswith("  docs ")]


def test_the_banner_as_json_has_every_url() -> None:
    """One line of JSON has every URL of the text output, and null for what is not served."""
    app = create_app(load(PHONES), Settings(seed=1, ui=False))
    listener = Listener("127.0.0.1", 0)
    listener.close()
    text = announcement_json(app, listener)
    facts = json.loads(text)
    printed = announcement(app, listener)
    assert len(text.splitlines()) == 1
    urls = [facts["url"], facts["docs"], facts["admin"], *(one["url"] for one in facts["operations"])]
    assert [url for url in urls if url not in printed] == []
    assert (facts["records"], facts["inferred"], facts["trust"], facts["modes"]) == ({"phone": 12}, False, None, None)

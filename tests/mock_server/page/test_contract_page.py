"""The page of the contract: operations in words, assumptions, and the report of a check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mock_server.page.contract import read_decisions, read_report
from mock_server.page.operation_words import sentences
from mock_server.settings.settings import Settings
from mock_server.web.app import create_app
from openapi import Contract, load
from tests.mock_server.test_other_documents import DOCUMENTS

REPORT: dict[str, Any] = {
    "verdict": "broken",
    "summary": "The contract is broken: 1 finding.",
    "run": {"target": "http://127.0.0.1:9/api", "began": None},
    "findings": [
        {
            "name": "the number",
            "kind": "broken",
            "code": "SCHEMA-BODY",
            "sentence": '/number is <b>"0171"</b>.',
            "expected": "a pattern",
            "observed": "0171",
            "operation": "getPhone",
            "pointer": "/paths/~1phones~1{uuid}/get/responses/200",
            "documented": False,
            "assumption": "E.164 [S]",
            "amendment": "drop the pattern",
            "actions": [{"target": "$['paths']", "update": {"x-observed": {"seen": "<i>"}}}],
            "known": None,
            "commands": [{"number": 1, "line": 'curl "$BASE/phones/1"', "note": ""}],
        }
    ],
}


def test_operations_are_described(contract: Contract) -> None:
    """Each operation is described from the document's resources."""
    texts = {one.id: " ".join(sentences(contract, one)) for one in contract.operations.values()}
    assert texts["listPhones"] == (
        "Lists the phone records. The newest records come first. "
        "Filters by status and type; records must match all filters. "
        "search selects the records in which number, name or provider contains the text, ignoring case. "
        "page and limit choose the page."
    )
    assert "Refuses a second record with the same number." in texts["registerPhone"]
    assert "status starts as registered, pending if type is ordered." in texts["registerPhone"]
    assert "countryCode starts as the country of number, or US." in texts["registerPhone"]
    assert "after 30 seconds or 3 reads" in texts["getPhone"]
    assert "uuid and createdAt never change. updatedAt moves forward." in texts["updatePhone"]
    assert texts["deletePhone"].endswith("It disappears at once from reads, lists and totals.")


def test_operations_of_other_documents_are_described() -> None:
    """Order, replacement and operations without records are described too."""
    books = load(DOCUMENTS / "books.yaml")
    texts = {one.id: " ".join(sentences(books, one)) for one in books.operations.values()}
    assert "Ordered by pages, descending." in texts["listBooks"]
    assert "omitted fields are reset. id and shelved never change. moved moves forward." in texts["replaceBook"]
    tags = load(DOCUMENTS / "tags.yaml")
    assert sentences(tags, tags.operations["health"]) == [
        "Changes no records: it responds with the document's example."
    ]


def test_references_and_actions_are_described() -> None:
    """The page says what happens to other records, which of them reads show, and what an action sets."""
    rooms = load(DOCUMENTS / "rooms.yaml")
    texts = {one.id: " ".join(sentences(rooms, one)) for one in rooms.operations.values()}
    guest = "guest must be null or the key of an existing guest"
    assert f"room must be the key of an existing room. {guest}" in texts["addBooking"]
    assert "likes must have only keys of existing room records." in texts["addGuest"]
    assert (
        "bookings is the number of the booking records that refer to it, if status is open or paid." in texts["getRoom"]
    )
    assert "Unsets likes of the guest records that refer to it there. Refused while" in texts["removeRoom"]
    assert "Deletes the note records that refer to it in booking, too." in texts["removeBooking"]
    assert texts["payBooking"] == (
        "Sets status to paid and paid to the time of the action in the booking record with this uuid. "
        "Refused unless status is open."
    )


def test_every_assumption_is_shown_with_its_reason(contract: Contract) -> None:
    """The page names each assumption, and escapes the reasons."""
    text = create_app(contract).test_client().get("/__mock/page/contract").text
    assert f"{len(contract.assumptions)} assumptions" in text
    for assumption in contract.assumptions.values():
        assert f"<code>{assumption.pointer}</code>" in text
    assert '<h2 id="c-report">' not in text


def test_the_report_of_a_check_is_shown(contract: Contract, tmp_path: Path) -> None:
    """The verdict and the findings are shown, each with overlay actions and a baseline entry to copy; all escaped."""
    file = tmp_path / "report.json"
    client = create_app(contract, Settings(report_json=file)).test_client()
    assert f"No report at {file} yet." in client.get("/__mock/page/contract").text
    file.write_text(json.dumps(REPORT))
    text = client.get("/__mock/page/contract").text
    assert "The contract is broken: 1 finding." in text
    assert "/number is &lt;b&gt;" in text
    assert "<i>" not in text
    assert "Start the mock with --write-overlay FILE" in text
    assert "Start the mock with --write-baseline FILE" in text
    (finding,) = read_report(file, read_decisions(Settings())).findings
    assert json.loads(str(finding["actions"])) == REPORT["findings"][0]["actions"]
    assert str(finding["entry"]).startswith(
        '[[known]]\ncode = "SCHEMA-BODY"\npointer = "/paths/~1phones~1{uuid}/get/responses/200"\n'
    )


def test_a_finding_without_actions_offers_a_template(tmp_path: Path) -> None:
    """The template targets the node that the finding rests on."""
    file = tmp_path / "report.json"
    file.write_text(json.dumps({**REPORT, "findings": [{**REPORT["findings"][0], "actions": []}]}))
    (finding,) = read_report(file, read_decisions(Settings())).findings
    assert json.loads(str(finding["actions"])) == [
        {
            "target": "$['paths']['/phones/{uuid}']['get']['responses']['200']",
            "description": '/number is <b>"0171"</b>.',
            "update": {},
        }
    ]


def test_accepted_and_ignored_findings_are_marked(contract: Contract, tmp_path: Path) -> None:
    """Findings that the overlay accepts or the baseline ignores say so; a file that can't be read is named."""
    report, overlay, baseline = (tmp_path / name for name in ("report.json", "o.yaml", "b.toml"))
    report.write_text(json.dumps(REPORT))
    settings = Settings(report_json=report, write_overlay=overlay, write_baseline=baseline)
    client = create_app(contract, settings).test_client()
    assert '<button class="primary">Accept' in client.get("/__mock/page/contract").text
    client.post("/__mock/overlay", json={"actions": REPORT["findings"][0]["actions"]})
    entry = {name: REPORT["findings"][0][name] for name in ("code", "pointer")}
    client.post("/__mock/baseline", json={**entry, "reason": "ticket 4711", "until": "2027-01-31"})
    text = client.get("/__mock/page/contract").text
    assert f"Accepted in {overlay}." in text
    assert "Ignored until 2027-01-31: ticket 4711" in text
    overlay.write_text("overlay: 1.0.0")
    assert f"{overlay}:1: the document: has no info" in client.get("/__mock/page/contract").text


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"verdict": "holds", "summary": "", "run": {}}', "\xff"])
def test_an_invalid_report_file_is_named(contract: Contract, tmp_path: Path, text: str) -> None:
    """The page names the file and what is wrong, and shows the rest."""
    file = tmp_path / "report.json"
    file.write_bytes(text.encode("latin-1"))
    page = create_app(contract, Settings(report_json=file)).test_client().get("/__mock/page/contract")
    assert page.status_code == 200
    assert str(file) in page.text
    assert "listPhones" in page.text

"""The overlay of a service's differences: with it, the document describes the service."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
import yaml

from contract_tests.calibration.facts import Facts
from contract_tests.calibration.overlay import DescribedDifferences, describe, with_actions, write_overlay
from contract_tests.calibration.stored import stored_differences
from contract_tests.findings.finding import Finding
from contract_tests.findings.raised import FindingRaisedError
from contract_tests.properties import CATALOGUE
from contract_tests.runner.attempt import checking
from contract_tests.runner.plugin import CALIBRATION
from contract_tests.runner.run import Run
from contract_tests.settings import Settings
from mock_server import MockServer
from openapi import PHONES, Contract, JsonValue, Refusal, Role, load
from openapi.overlay import overlay_of
from tests.contract_tests.support import PATIENCE_S
from tests.proof.differing import table

TODAY = "2026-03-02"


def checked(name: str, codes: str, contract: Contract, folder: Path) -> tuple[list[Finding], DescribedDifferences]:
    """The findings of some properties on a differing service, by one contract, and their overlay."""
    with table.load()[name].start() as front:
        return checked_at(front.url, codes, contract, folder)


def checked_at(url: str, codes: str, contract: Contract, folder: Path) -> tuple[list[Finding], DescribedDifferences]:
    """The findings of some properties on the service at `url`, by one contract, and their overlay."""
    ledger = folder / f"ledger-{len(list(folder.iterdir()))}"
    settings = Settings(url, allow_writes=True, profile="quick", ledger=ledger, patience=PATIENCE_S)
    run = Run(settings, contract, 1)
    try:
        run.check_reachable()
        (api,) = run.resources
        # A run lists before it creates, so that no new record has a number of another one.
        api.listed(api.client.send(api.call(Role.LIST, query={"limit": 100})))
        with checking(run, api, CALIBRATION):
            run.calibrate(api)
        for code in codes.split():
            check = CATALOGUE[code].check
            assert check
            with suppress(FindingRaisedError), checking(run, api, code):
                check(api)
    finally:
        run.finish()
    findings = with_actions(contract, run.findings, run.facts, TODAY, run.learnt)
    return findings, describe(contract, findings, run.facts, TODAY, run.learnt)


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("created-is-200", "CREATE-ACCEPTED"),
        ("no-location", "CREATE-ACCEPTED"),
        ("invalid-is-422", "ERROR-STATUS ERROR-TYPE"),
        ("conflict-is-400", "CREATE-UNIQUE UPDATE-NO-TRACE CREATE-UNIQUE"),
        ("method-is-404", "HTTP-METHOD HTTP-ALLOW"),
        ("no-allow", "HTTP-METHOD HTTP-ALLOW"),
        ("nulls-left-out", "CREATE-START READ-AFTER-WRITE"),
        ("unknown-fields-ignored", "ERROR-UNKNOWN-MEMBER UPDATE-REFUSED"),
        ("empty-update-accepted", "ERROR-REQUIRED UPDATE-REFUSED"),
        ("number-twice", "CREATE-UNIQUE"),
        ("starts-shared", "CREATE-START"),
        ("sms-enabled", "CREATE-START"),
        ("status-from-the-body", "ERROR-SERVER-MADE"),
        ("unknown-fields-stored", "ERROR-UNKNOWN-MEMBER"),
        ("errors-with-error", "ERROR-STATUS READ-UNKNOWN"),
        ("django-rest-framework", "CREATE-ACCEPTED CREATE-UNIQUE CREATE-UNIQUE ERROR-UNKNOWN-MEMBER UPDATE-REFUSED"),
    ],
)
def test_a_service_has_no_differences_with_its_overlay(name: str, codes: str, tmp_path: Path) -> None:
    """The overlay has every difference once, applies strictly, and leaves those properties without findings."""
    contract = load(PHONES)
    findings, described = checked(name, codes, contract, tmp_path)
    assert findings
    assert not [one for one in findings if one.documented]
    assert described.overlay
    assert not described.inexpressible
    effective = load(PHONES, [overlay_of(dict(described.overlay))])
    for finding in findings:
        # Each difference can be accepted on its own.
        assert finding.actions, finding.sentence
        load(PHONES, [overlay_of({**described.overlay, "actions": list(finding.actions)})])
    again, _ = checked(name, codes, effective, tmp_path)
    assert [f"{one.code} {one.pointer}: {one.sentence}" for one in again] == []


DEFAULT = "the document does not define this, so the check uses its default; x-http can define it"


@pytest.mark.parametrize(
    "keyword", ["", "x-http: {query: {plus: space}}\n", "x-http: {refusals: {max-body-bytes: 9000}}\n"]
)
def test_the_overlay_adds_statuses_that_the_document_lacks(tmp_path: Path, keyword: str) -> None:
    """The overlay adds a default status that the document lacks, with its parent keywords."""
    served, regions = tmp_path / "served.yaml", tmp_path / "regions.yaml"
    text = (Path(__file__).parents[1] / "documents" / "regions.yaml").read_text(encoding="utf-8")
    regions.write_text(text + keyword, encoding="utf-8")
    served.write_text(f"{text}x-http: {{refusals: {{statuses: {{unknown-path: 410, media-type: 406}}}}}}\n")
    codes = "HTTP-UNKNOWN-PATH HTTP-MEDIA-TYPE HTTP-UNKNOWN-PATH"
    with MockServer(load(served), empty=True) as server:
        findings, described = checked_at(server.url, codes, load(regions), tmp_path)
        assert {one.code: one.assumption for one in findings} == dict.fromkeys(codes.split(), DEFAULT)
        assert findings[0].suggested_change == "write 410 at /x-http/refusals/statuses/unknown-path"
        assert described.overlay
        assert not described.inexpressible
        effective = load(regions, [overlay_of(dict(described.overlay))])
        assert effective.refusals.statuses[Refusal.UNKNOWN_PATH] == 410
        assert effective.refusals.statuses[Refusal.MEDIA_TYPE] == 406
        again, _ = checked_at(server.url, codes, effective, tmp_path)
    assert again == []
    file = tmp_path / "overlay.yaml"
    write_overlay(file, described.overlay)
    assert all(one.sentence for one in stored_differences(regions, [file]))


def test_a_separate_status_of_malformed_keys_is_one_difference(tmp_path: Path) -> None:
    """If malformed keys get 400 and other unknown keys 404, the overlay has one difference."""
    findings, described = checked("malformed-key-is-400", "READ-UNKNOWN DELETE-UNKNOWN", load(PHONES), tmp_path)
    assert [one.code for one in findings] == ["READ-UNKNOWN"]
    assert not described.inexpressible
    assert described.overlay
    effective = load(PHONES, [overlay_of(dict(described.overlay))])
    assert effective.refusals.statuses[Refusal.MALFORMED_KEY] == 400
    assert effective.refusals.statuses[Refusal.UNKNOWN_RECORD] == 404


def test_an_overlay_leaves_the_document_valid() -> None:
    """A difference that would make the document invalid, such as an initial null, is listed as not expressible."""
    contract, facts = load(PHONES), Facts()
    rule = "/x-resources/phone/members/countryCode"
    for countries in (["DE"], ["GB"]):
        facts.value(rule, list[JsonValue](countries), None)
    claim = ["is one of", ["json", 1, "/countryCode"], ["literal", ["DE"]]]
    found = Finding("CREATE-COUNTRY", "It is null.", "DE", "null", "registerPhone", rule, "assumed", "", (), claim)
    assert describe(contract, [found], facts, TODAY) == DescribedDifferences(None, (found,))


def test_an_overlay_says_what_was_observed_when_and_how_often(tmp_path: Path) -> None:
    """The overlay is YAML, and each action says what was observed, when and how often."""
    _, described = checked("no-location", "CREATE-ACCEPTED", load(PHONES), tmp_path)
    assert described.overlay
    file = tmp_path / "overlay.yaml"
    write_overlay(file, described.overlay)
    written = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert written["overlay"] == "1.0.0"
    response = "$['paths']['/phones']['post']['responses']['201']"
    removed, observed = written["actions"]
    assert (removed["target"], removed["remove"]) == (f"{response}['headers']['Location']", True)
    assert observed["target"] == response
    assert observed["update"]["x-observed"]["date"] == TODAY
    assert observed["update"]["x-observed"]["seen"].startswith("missing in ")


def test_an_overlay_has_no_yaml_anchors(tmp_path: Path) -> None:
    """Nodes that the overlay repeats are written out each time, not as YAML aliases."""
    shared = {"description": "Refused."}
    actions = [{"target": "$", "update": {"responses": {"400": shared, "422": shared}}}]
    file = tmp_path / "overlay.yaml"
    write_overlay(file, {"overlay": "1.0.0", "info": {"title": "T", "version": "1"}, "actions": actions})
    text = file.read_text(encoding="utf-8")
    assert text.count("description: Refused.") == 2
    assert not {"&", "*"} & set(text)

"""The properties of references: a correct service keeps them, and faulty ones are caught."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from contract_tests.findings.curl import curl_lines
from contract_tests.findings.repeating import Repeater
from contract_tests.findings.reproduction import Reproduction, replay
from contract_tests.runner.run import Run
from contract_tests.target.guarded_adapter import RefusedRequestError
from contract_tests.target.ownership import NotJudgedError
from mock_server import MockServer
from mock_server.records.linked_collection import LinkedCollection
from mock_server.store.store import Record, Stored
from openapi import PHONES, OnDelete, Reference, Role, load
from openapi.json_value import JsonValue
from tests.contract_tests.properties.support import DOCUMENTS, finding_of, strict_run

ROOMS = DOCUMENTS / "rooms.yaml"
CAMPAIGNS = PHONES.with_name("campaigns.yaml")
_read = LinkedCollection.read
CODES = ("REFERENCE-EXISTS", "REFERENCE-UNKNOWN", "REFERENCE-ON-DELETE")


@pytest.fixture(scope="module")
def hotel() -> Iterator[MockServer]:
    """A hotel with records."""
    with MockServer(load(ROOMS), seed=3) as server:
        yield server


@pytest.fixture
def run(hotel: MockServer, tmp_path: Path) -> Iterator[Run]:
    """A run against the hotel."""
    with strict_run(hotel.url, ROOMS, tmp_path / "ledger") as run:
        yield run


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("resource", ["guest", "booking", "note"])
def test_a_correct_service_has_no_findings(run: Run, code: str, resource: str) -> None:
    """Every kind of reference holds, and the run removes all that it created."""
    assert finding_of(run, code, resource) is None
    run.finish()
    assert run.left == []


def _keep(*_: object) -> None:
    """Leave the references as they are."""


def _in_any_state(self: LinkedCollection, reference: Reference, key: JsonValue) -> Iterator[Record]:
    for record in self.records():
        if key in reference.keys_in(record):
            yield record


def _newest_too(self: LinkedCollection, reference: Reference, key: JsonValue) -> Iterator[Record]:
    yield from _in_any_state(self, reference, key)
    if reference.on_delete is OnDelete.CASCADE:
        yield from map(json.loads, self.newest_first()[:1])


def _alone(self: LinkedCollection, key: JsonValue) -> Stored:
    return self.delete_alone(key)


def _no_cascade(self: LinkedCollection, reference: Reference, key: JsonValue) -> Iterator[Record]:
    if reference.on_delete is OnDelete.UNSET:
        yield from _in_any_state(self, reference, key)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_get_shows_counts_and_keys_of_referrers(hotel: MockServer, tmp_path: Path, seed: int) -> None:
    """A get of a room shows how many bookings count for it, and the keys of the guests who like it."""
    with strict_run(hotel.url, ROOMS, tmp_path / "ledger", seed=seed) as run:
        assert finding_of(run, "REFERENCE-SHOWN", "room") is None


def _every_state(self: LinkedCollection, key: JsonValue) -> Stored:
    room = {one.field: replace(one, where=None) for one in self.resource.referrers.values()}
    with_all = replace(self.resource, referrers=room)
    other = LinkedCollection.__new__(LinkedCollection)
    other.__dict__.update({**self.__dict__, "resource": with_all})
    return _read(other, key)


def _no_referrers(self: LinkedCollection, key: JsonValue) -> Stored:
    return self.peek(key)


@pytest.mark.parametrize(("fault", "pointer"), [(_every_state, "bookings"), (_no_referrers, "bookings")])
def test_wrong_counts_of_referrers_are_caught(
    run: Run, monkeypatch: pytest.MonkeyPatch, fault: Callable[..., Any], pointer: str
) -> None:
    """A count of bookings in any state, and a get without the fields, are found."""
    monkeypatch.setattr(LinkedCollection, "read", fault)
    finding = finding_of(run, "REFERENCE-SHOWN", "room")
    assert finding is not None
    assert (finding.pointer, finding.attempts) == (f"/x-resources/room/referrers/{pointer}", 1)


class Fault(NamedTuple):
    """A method of the mock with a mistake, and what is found with which resource, below its references."""

    method: str
    mistake: Callable[..., Any]
    resource: str
    code: str
    pointer: str


FAULTS = [
    Fault("unset", _keep, "booking", "REFERENCE-ON-DELETE", "guest/on-delete"),
    Fault("unset", _keep, "guest", "REFERENCE-ON-DELETE", "likes/on-delete"),
    Fault("referring", _in_any_state, "booking", "REFERENCE-ON-DELETE", "guest/where"),
    Fault("referring", _newest_too, "note", "REFERENCE-ON-DELETE", "booking"),
    Fault("referring", _no_cascade, "note", "REFERENCE-ON-DELETE", "booking/on-delete"),
    Fault("delete", _alone, "booking", "REFERENCE-ON-DELETE", "room/on-delete"),
    Fault("_check", _keep, "booking", "REFERENCE-UNKNOWN", "room/unknown"),
    Fault("_check", _keep, "note", "REFERENCE-UNKNOWN", "booking/unknown"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.mistake.__name__} {fault.pointer}")
def test_a_faulty_service_is_caught(run: Run, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    """Each fault is found at its pointer, assumed like all of x-resources, and reproduced."""
    monkeypatch.setattr(LinkedCollection, fault.method, fault.mistake)
    finding = finding_of(run, fault.code, fault.resource)
    assert finding is not None
    pointer = f"/x-resources/{fault.resource}/references/{fault.pointer}"
    assert (finding.code, finding.pointer, finding.attempts) == (fault.code, pointer, 1)
    assert not finding.documented


def test_a_reproduction_creates_the_records_referred_to(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines take the keys of rooms and bookings from the responses, and a replay works both ways."""
    with monkeypatch.context() as broken:
        broken.setattr(LinkedCollection, "referring", _no_cascade)
        finding = finding_of(run, "REFERENCE-ON-DELETE", "note")
        assert finding is not None
        lines = list(curl_lines(finding.steps))
        assert '"room": \'"$KEY1"\'}' in lines[1]
        assert '"booking": "\'"$KEY2"\'"}' in lines[2]
        again = Reproduction(finding.steps, finding.claim, finding.attempts, finding.tag, finding.refused)
        repeater = Repeater(run.client, run.delete_created, finding.tag, run.ledger.new_tag)
        assert replay(again, repeater).outcome == "broken"
    assert replay(again, repeater).outcome == "kept"


@pytest.fixture
def account() -> Iterator[MockServer]:
    """A service with campaigns."""
    with MockServer(load(CAMPAIGNS), seed=3) as server:
        yield server


def test_a_read_only_run_finds_a_campaign_with_a_deleted_phone(
    account: MockServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A read-only run finds the campaign, as a break of the vendor's documentation; finished ones don't count."""
    client = account.app.test_client()
    campaigns = client.get("/api/campaigns?limit=100").get_json()["campaigns"]
    with strict_run(account.url, CAMPAIGNS, tmp_path / "ledger", writes=False) as run:
        assert finding_of(run, "REFERENCE-EXISTS", "campaign") is None
    done = next(one for one in campaigns if one["status"] == "completed" and one["outboundPhoneUuid"])
    phone = client.post("/api/phones", json={"number": "+442079460001"}).get_json()["uuid"]
    client.patch(f"/api/campaigns/{done['uuid']}", json={"outboundPhoneUuid": phone})
    client.delete(f"/api/phones/{phone}")
    with strict_run(account.url, CAMPAIGNS, tmp_path / "ledger-2", writes=False) as run:
        assert finding_of(run, "REFERENCE-EXISTS", "campaign") is None
    monkeypatch.setattr(LinkedCollection, "unset", _keep)
    active = next(one for one in campaigns if one["status"] == "active" and one["outboundPhoneUuid"])
    client.delete(f"/api/phones/{active['outboundPhoneUuid']}")
    with strict_run(account.url, CAMPAIGNS, tmp_path / "ledger-3", writes=False) as run:
        finding = finding_of(run, "REFERENCE-EXISTS", "campaign")
    assert finding is not None
    assert finding.documented
    assert finding.pointer == "/x-resources/campaign/references/outboundPhoneUuid/on-delete"
    assert [(step.method, step.path) for step in finding.steps] == [("GET", "/campaigns"), ("GET", "/phones/{key}")]


def test_the_guard_refuses_every_write_to_campaigns(account: MockServer, tmp_path: Path) -> None:
    """The guard refuses every write to campaigns, even in a run that may write phones."""
    with strict_run(account.url, CAMPAIGNS, tmp_path / "ledger") as run:
        phone, campaign = run.resources
        assert (phone.thoroughness.writes, campaign.thoroughness.writes) == (True, False)
        assert phone.create()["uuid"]
        with pytest.raises(RefusedRequestError, match="the document allows writes to campaign in a mock only"):
            campaign.create()
        with pytest.raises(RefusedRequestError, match="in a mock only"):
            campaign.send(Role.DELETE, key=campaign.unknown_key())
        assert finding_of(run, "REFERENCE-SHOWN", "phone") is None  # It can't be seen, which is no failure to judge it.


def test_references_are_not_judged_without_referring_records(tmp_path: Path) -> None:
    """If no record refers to another, the property is not judged instead of holding."""
    with (
        MockServer(load(CAMPAIGNS), empty=True) as server,
        strict_run(server.url, CAMPAIGNS, tmp_path / "ledger", writes=False) as run,
        pytest.raises(NotJudgedError, match="no campaign refers to a record"),
    ):
        finding_of(run, "REFERENCE-EXISTS", "campaign")

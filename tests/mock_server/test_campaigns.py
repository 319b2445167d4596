"""The campaigns of Call Camp, with the phones that they use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures import records
from mock_server.settings.settings import Settings
from mock_server.web.app import create_app
from openapi import PHONES, Contract, load, problems
from tests.mock_server.support import Caller, FrozenClock, caller_of

CAMPAIGNS = PHONES.with_name("campaigns.yaml")
_STATUSES = ("draft", "active", "paused", "completed", "archived")


@pytest.fixture(scope="module")
def campaigns() -> Contract:
    """The document."""
    return load(CAMPAIGNS)


@pytest.fixture
def account(campaigns: Contract, clock: FrozenClock) -> Caller:
    """A caller of an empty account."""
    return caller_of(campaigns, clock)


def create(account: Caller, name: str, **fields: Any) -> dict[str, Any]:
    """Create a campaign and return it."""
    response = account("POST", "/api/campaigns", {"name": name, **fields})
    assert response.status == 201, response
    campaign: dict[str, Any] = response.body
    return campaign


def test_the_campaign_document_is_valid() -> None:
    """The document has no problem, and everything undocumented is assumed."""
    assert problems(CAMPAIGNS) == ()


def test_documented_and_assumed_parts_are_marked(campaigns: Contract) -> None:
    """The list, its search and the effects of deleting a phone are documented; creating a campaign is assumed."""
    reference = "/x-resources/campaign/references/outboundPhoneUuid"
    for pointer in ("/paths/~1campaigns/get", f"{reference}/on-delete", "/x-resources/campaign/list/search"):
        assert campaigns.assumption_at(pointer) is None, pointer
    for pointer in ("/paths/~1campaigns/post", f"{reference}/unknown", "/x-resources/campaign/list/order"):
        assert campaigns.assumption_at(pointer) is not None, pointer


def test_phones_work_as_in_the_phone_document(campaigns: Contract) -> None:
    """The document has every operation on phones, and the phone resource works as it does alone."""
    alone = load(PHONES)
    assert set(alone.operations) < set(campaigns.operations)
    assert campaigns.resources["phone"].operations == alone.resources["phone"].operations
    assert campaigns.resources["phone"].fields.keys() == alone.resources["phone"].fields.keys()
    assert campaigns.refusals.statuses == alone.refusals.statuses
    assert CAMPAIGNS.with_name("phones.yaml") in campaigns.files


def test_a_deleted_phone_is_unassigned_from_active_campaigns(account: Caller, clock: FrozenClock) -> None:
    """Active campaigns lose the phone and their change time moves; all others keep it."""
    phone, other = account.register(), account.register("+442079460001")
    used = {"outboundPhoneUuid": phone["uuid"], "inboundPhoneUuid": other["uuid"]}
    before = {status: create(account, status, status=status, **used) for status in _STATUSES}
    clock.advance(1)
    assert account("DELETE", f"/api/phones/{phone['uuid']}").status == 200
    after = {one["status"]: one for one in account.get("/api/campaigns").body["campaigns"]}
    changed = after.pop("active")
    assert changed == {**before.pop("active"), "outboundPhoneUuid": None, "updatedAt": changed["updatedAt"]}
    assert changed["updatedAt"] > changed["createdAt"]
    assert after == before


def test_a_phone_is_read_with_its_current_assignments(account: Caller) -> None:
    """A get of a phone shows the active campaigns that use it; the list and the update don't."""
    phone = account.register()
    path = f"/api/phones/{phone['uuid']}"
    assert account.get(path).body == {**phone, "assignments": []}
    used = {"outboundPhoneUuid": phone["uuid"], "inboundPhoneUuid": phone["uuid"]}
    active = create(account, "spring", status="active", **used)
    create(account, "autumn", status="completed", **used)
    assert account.get(path).body == {**phone, "assignments": [{"uuid": active["uuid"], "name": "spring"}]}
    assert account.get("/api/phones").body["phones"] == [phone]
    assert account("PATCH", f"/api/campaigns/{active['uuid']}", {"status": "paused"}).status == 200
    assert account.get(path).body["assignments"] == []


def test_a_campaign_without_its_phone_cannot_be_activated(account: Caller) -> None:
    """A campaign that was finished when its phone was deleted can't become active again."""
    phone = account.register()
    campaign = create(account, "c", status="completed", outboundPhoneUuid=phone["uuid"])
    assert account("DELETE", f"/api/phones/{phone['uuid']}").status == 200
    path = f"/api/campaigns/{campaign['uuid']}"
    assert account.violations("PATCH", path, {"status": "active"}) == [("body", "/outboundPhoneUuid")]
    response = account("PATCH", path, {"status": "active", "outboundPhoneUuid": None})
    assert (response.status, response.body["status"]) == (200, "active")


def test_campaigns_are_found_by_name_and_description(account: Caller) -> None:
    """The search covers the name and the description; the status is a filter."""
    create(account, "Spring", status="paused")
    create(account, "Summer", description="after SPRING")
    create(account, "Autumn")
    assert account.get("/api/campaigns?search=spring").body["total"] == 2
    assert account.get("/api/campaigns?search=spring&status=paused").body["total"] == 1


def test_generated_campaigns_use_generated_phones(campaigns: Contract) -> None:
    """With one seed, campaigns use phones of the phones' file, and so do the mock's initial records."""
    uuids = {phone["uuid"] for phone in records(campaigns, "phone", 10, 4)}
    made = list(records(campaigns, "campaign", 200, 4))
    used = {one[name] for one in made for name in ("outboundPhoneUuid", "inboundPhoneUuid")}
    assert used == {*uuids, None}
    assert list(records(campaigns, "phone", 10, 4)) == list(records(load(PHONES), "phone", 10, 4))
    account = Caller(create_app(campaigns, Settings(self_check=True)))
    phones = {phone["uuid"] for phone in account.get("/api/phones?limit=100").body["phones"]}
    listed = account.get("/api/campaigns?limit=100").body["campaigns"]
    assert {one["outboundPhoneUuid"] for one in listed} <= {*phones, None}


def test_a_broken_reference_in_x_resources_is_an_error(tmp_path: Path) -> None:
    """The error names the reference and the nearest name."""
    (tmp_path / "phones.yaml").write_bytes(PHONES.read_bytes())
    file = tmp_path / "campaigns.yaml"
    text = CAMPAIGNS.read_text(encoding="utf-8")
    file.write_text(text.replace("#/x-resources/phone'", "#/x-resources/fone'"), encoding="utf-8")
    (problem,) = problems(file)
    assert (problem.pointer, problem.problem, problem.advice) == (
        "/x-resources/phone/$ref",
        "is 'phones.yaml#/x-resources/fone', which does not exist",
        "did you mean phone?",
    )

"""What the document says about one resource."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from contract_tests.resource.resource_description import ResourceDescription
from openapi import PHONES, Refusal, Role, load
from tests.openapi.support import GOOD

UUID = "5b6f3a0e-9d0f-4c58-8a3e-6f6c1d0d7a11"


@pytest.mark.parametrize(("status", "may"), [(400, True), (404, True), (200, False), (500, False)])
def test_a_malformed_key_may_be_unknown_or_invalid(status: int, may: bool) -> None:
    """Without a documented status, malformed keys may be refused as unknown or as invalid."""
    contract = load(GOOD / "tickets.yaml")
    resource = next(iter(contract.resources.values()))
    role = next(role for role in (Role.READ, Role.UPDATE, Role.LIST) if role in resource.operations)
    assert ResourceDescription(contract, resource).may_refuse_malformed(role, status) == may


def test_malformed_keys_must_get_their_documented_status() -> None:
    """Malformed keys must get their documented status, if there is one; a UUID is never malformed."""
    contract = load(PHONES)
    spec = ResourceDescription(contract, contract.resources["phone"])
    assert not spec.may_refuse_malformed(Role.READ, 400)
    assert (spec.is_malformed("nonsense"), spec.is_malformed(UUID.replace("-", "")), spec.is_malformed(UUID)) == (
        True,
        True,
        False,
    )


def test_a_declared_400_promises_nothing_about_other_refusals(tmp_path: Path) -> None:
    """A declared 400 says that invalid requests are refused, and nothing about another media type or a long body."""
    response = {
        "description": "A note.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Note"}}},
    }
    note = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "readOnly": True}}}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Note"}}}}
    invalid = {"description": "Invalid."}
    key = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    create = {"requestBody": body, "responses": {"201": response, "400": invalid}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Notes", "version": "1"},
        "paths": {
            "/notes": {"post": create},
            "/notes/{id}": {"get": {"parameters": [key], "responses": {"200": response}}},
        },
        "components": {"schemas": {"Note": note}},
    }
    (tmp_path / "notes.json").write_text(json.dumps(document))
    contract = load(tmp_path / "notes.json")
    spec = ResourceDescription(contract, next(iter(contract.resources.values())))
    assert spec.status_of(Refusal.MEDIA_TYPE, Role.CREATE) == 400
    declared = "/paths/~1notes/post/responses/400"
    assert spec.at_refusal(Role.CREATE, Refusal.INVALID) == declared
    assert spec.at_refusal(Role.CREATE, Refusal.MEDIA_TYPE) == contract.refusals.pointer
    assert spec.at_refusal(Role.CREATE, Refusal.TOO_LARGE) == contract.refusals.pointer

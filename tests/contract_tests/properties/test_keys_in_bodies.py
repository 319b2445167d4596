"""Replacements whose key is in the body: faulty services are caught; test_documented_examples has the correct one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mock_server import MockServer
from mock_server.records.collection import Collection
from mock_server.store.store import Record, Stored, UnknownKeyError
from openapi import load
from openapi.json_value import JsonValue
from tests.contract_tests.properties.support import finding_of, strict_run
from tests.openapi.support import error_of
from tests.x_keywords import example

_replace = Collection.replace


def _the_oldest(self: Collection, _key: JsonValue, sent: Record) -> Stored:
    """Replaces the oldest record, with any key in the body."""
    oldest = min(record["id"] for record in self.records())
    return _replace(self, oldest, {**sent, "id": oldest})


def _creating(self: Collection, key: JsonValue, sent: Record) -> Stored:
    """Creates a record if no record has the key."""
    try:
        return _replace(self, key, sent)
    except UnknownKeyError:
        return self.create(sent)


class Fault(NamedTuple):
    """A mistake of replacements, and what is found."""

    mistake: Callable[..., Any]
    code: str


FAULTS = [
    Fault(_the_oldest, "UPDATE-REPLACES"),
    Fault(_creating, "ERROR-UNKNOWN-RECORD"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.mistake.__name__)
def test_a_faulty_service_is_caught(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: Fault) -> None:
    """A service that ignores the key in the body, and one that accepts an unknown key, are found."""
    file = example("Pets", tmp_path)
    monkeypatch.setattr(Collection, "replace", fault.mistake)
    with MockServer(load(file), seed=3) as server, strict_run(server.url, file, tmp_path / "ledger") as run:
        finding = finding_of(run, fault.code, "pet")
    assert finding is not None
    assert (finding.code, finding.operation) == (fault.code, "replacePet")


def test_an_operation_without_a_key_in_its_body_is_an_error(tmp_path: Path) -> None:
    """An operation at the path of the collection needs the key in its body."""
    change = (
        "requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}",
        "requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/NewPet'}}}}",
    )
    error = error_of(example("Pets", tmp_path, change))
    assert error.pointer == "/x-resources/pet/operations/replace"
    assert error.problem == "is at /pets, and its body has no id"


def test_a_body_without_its_key_gets_400(tmp_path: Path) -> None:
    """A body without the key is invalid, even if its schema does not require it."""
    file = example("Pets", tmp_path, ("required: [id, name]", "required: [name]"))
    with MockServer(load(file), seed=1) as server:
        response = server.app.test_client().put("/pets", json={"name": "Rex"})
    assert response.status_code == 400
    assert response.get_json()["errors"] == [
        {"in": "body", "path": "/id", "detail": "is required: it is the key of the pet"}
    ]

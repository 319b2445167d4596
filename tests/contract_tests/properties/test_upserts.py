"""Replacements that create: faulty services are caught; test_documented_examples has the correct one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from mock_server import MockServer
from mock_server.records.collection import Collection
from mock_server.store.store import Record, Stored
from openapi import load
from openapi.json_value import JsonValue
from tests.contract_tests.properties.support import finding_of, strict_run
from tests.openapi.support import GOOD, error_of
from tests.x_keywords import example

LABELS = GOOD / "labels.yaml"
ID = "8c3a4c0e-3d53-4f0c-9d4e-0a2b6f1c7e55"
_replace_or_create = Collection.replace_or_create


def _refusing(self: Collection, key: JsonValue, sent: Record) -> tuple[Stored, bool]:
    """Refuses an unknown key."""
    return self.replace(key, sent), False


def _another_key(self: Collection, _key: JsonValue, sent: Record) -> tuple[Stored, bool]:
    """Creates a record with another key."""
    return self.create(sent), True


def _once(self: Collection, key: JsonValue, sent: Record) -> tuple[Stored, bool]:
    """Keeps the first record."""
    stored, is_new = _replace_or_create(self, key, sent)
    return (stored, True) if is_new else (self.replace(key, {"text": "the first"}), False)


def _always_new(self: Collection, key: JsonValue, sent: Record) -> tuple[Stored, bool]:
    """Responds with 201 to every request."""
    return _replace_or_create(self, key, sent)[0], True


class Fault(NamedTuple):
    """A mistake, the node where it is found, and the status or text of the difference."""

    mistake: Callable[..., Any]
    pointer: str


KEYWORD = "/x-resources/label/replace-unknown"
FAULTS = [
    Fault(_refusing, KEYWORD),
    Fault(_another_key, KEYWORD),
    Fault(_once, KEYWORD),
    Fault(_always_new, "/components/responses/Label"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.mistake.__name__)
def test_a_faulty_service_is_caught(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: Fault) -> None:
    """Each fault is reported at its pointer, and all created records are removed."""
    monkeypatch.setattr(Collection, "replace_or_create", fault.mistake)
    with MockServer(load(LABELS), seed=3) as server, strict_run(server.url, LABELS, tmp_path / "ledger") as run:
        finding = finding_of(run, "REPLACE-CREATES", "label")
        run.finish()
        assert run.left == []
        assert len(server.app.test_client().get("/labels").get_json()) == 12
    assert finding is not None
    assert (finding.code, finding.pointer) == ("REPLACE-CREATES", fault.pointer)


def test_the_mock_creates_a_record_by_put_with_a_new_key(tmp_path: Path) -> None:
    """A PUT with a new key is a create with that key; without the keyword, it is refused."""
    with MockServer(load(LABELS), empty=True) as server:
        client = server.app.test_client()
        first = client.put(f"/labels/{ID}", json={"text": "new", "colour": "red"})
        assert (first.status_code, first.get_json()) == (201, {"id": ID, "text": "new", "colour": "red"})
        second = client.put(f"/labels/{ID}", json={"text": "other"})
        assert (second.status_code, second.get_json()) == (200, {"id": ID, "text": "other", "colour": "grey"})
        assert client.get("/labels").get_json() == [second.get_json()]
        assert client.put("/labels/none", json={"text": "new"}).status_code in (400, 404)
        assert client.put(f"/labels/{ID}", json={"colour": "red"}).status_code == 400
    file = example("Labels", tmp_path, ("    replace-unknown: created\n", ""))
    with MockServer(load(file), empty=True) as server:
        assert server.app.test_client().put(f"/labels/{ID}", json={"text": "new"}).status_code == 404


def test_an_upsert_is_inferred_from_200_and_201(tmp_path: Path) -> None:
    """A PUT on the item that declares 200 and 201 creates; one that declares 200 alone does not."""
    document = yaml.safe_load(LABELS.read_text(encoding="utf-8"))
    del document["x-resources"]
    file = tmp_path / "labels.yaml"
    for creates in (True, False):
        if not creates:
            del document["paths"]["/labels/{id}"]["put"]["responses"]["201"]
        file.write_text(yaml.safe_dump(document), encoding="utf-8")
        (label,) = load(file).resources.values()
        assert label.creates_by_replace is creates


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("replace: putLabel, ", ""), "needs a replace operation with the key in its path"),
        (
            (
                "        '201': {$ref: '#/components/responses/Label'}\n        4XX: {description: Refused.}\n    del",
                "    del",
            ),
            "needs the responses 200 and 201, which putLabel does not declare",
        ),
        (("    replace-unknown: created", "    replace-unknown: made"), "is 'made'"),
    ],
)
def test_an_incomplete_upsert_is_an_error(tmp_path: Path, change: tuple[str, str], problem: str) -> None:
    """Missing requirements of the keyword are reported at its pointer."""
    error = error_of(example("Labels", tmp_path, change))
    assert (error.pointer, error.problem) == (KEYWORD, problem)

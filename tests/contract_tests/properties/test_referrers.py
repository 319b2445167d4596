"""Fields computed from other records: faulty services are caught; test_documented_examples has the correct one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from fixtures import records
from mock_server import MockServer
from mock_server.records.collection import Collection, ListPage
from mock_server.records.linked_collection import LinkedCollection
from mock_server.store.store import Query, Record, Stored
from openapi import Reference, load
from openapi.json_value import JsonValue
from tests.contract_tests.properties.support import finding_of, strict_run
from tests.openapi.support import GOOD, error_of
from tests.x_keywords import example

FOLDERS = GOOD / "folders.yaml"
_number_of, _referring = LinkedCollection.number_of, LinkedCollection.referring


def _stored(_self: LinkedCollection, stored: Stored) -> Stored:
    """Responses to writes have the fields of a new record."""
    return stored


def _listed_as_stored(self: LinkedCollection, query: Query) -> ListPage:
    """Lists have the fields of a new record."""
    return Collection.list(self, query)


def _of_all(self: LinkedCollection, _reference: Reference, _key: JsonValue) -> int:
    """Counts the records of all folders."""
    return len(self) + 1


def _in_any_state(self: LinkedCollection, reference: Reference, key: JsonValue) -> Iterator[Record]:
    """Shows solved comments, too."""
    for record in self.records():
        if key in reference.keys_in(record):
            yield record


def _as_deleted(self: LinkedCollection, reference: Reference, key: JsonValue) -> int:
    """Counts deleted records, too."""
    most = self.__dict__.setdefault("most", {})
    most[key] = max(most.get(key, 0), _number_of(self, reference, key))
    return int(most[key])


class Fault(NamedTuple):
    """A method of the mock with a mistake, and which property finds it with which resource."""

    name: str
    mistake: Callable[..., Any]
    resource: str
    code: str


EVERYWHERE = "REFERENCE-EVERYWHERE"
FAULTS = [
    Fault("completed", _stored, "folder", EVERYWHERE),
    Fault("completed", _stored, "file", EVERYWHERE),
    Fault("list", _listed_as_stored, "folder", EVERYWHERE),
    Fault("list", _listed_as_stored, "file", EVERYWHERE),
    Fault("number_of", _of_all, "folder", EVERYWHERE),
    Fault("number_of", _as_deleted, "folder", EVERYWHERE),
    Fault("number_of", _as_deleted, "folder", "REFERENCE-SHOWN"),
    Fault("referring", _in_any_state, "file", "REFERENCE-SHOWN"),
]
_FIELDS = {"folder": "fileCount", "file": "openComments"}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.mistake.__name__} {fault.resource} {fault.code}")
def test_a_faulty_service_is_caught(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: Fault) -> None:
    """Each fault is reported at the field, as assumed, and all created records are removed."""
    monkeypatch.setattr(LinkedCollection, fault.name, fault.mistake)
    with MockServer(load(FOLDERS), seed=3) as server, strict_run(server.url, FOLDERS, tmp_path / "ledger") as run:
        finding = finding_of(run, fault.code, fault.resource)
        run.finish()
        assert run.left == []
        assert len(server.app.test_client().get("/folders").get_json()) == 12
    assert finding is not None
    if fault.mistake is _listed_as_stored:
        # Without the records that count, a correct service would break the claim.
        assert [step.method for step in finding.steps].count("POST") == (2 if fault.resource == "folder" else 3)
    pointer = f"/x-resources/{fault.resource}/referrers/{_FIELDS[fault.resource]}"
    assert (finding.code, finding.pointer) == (fault.code, pointer)
    assert not finding.documented


def test_the_mock_counts_referrers_in_every_response() -> None:
    """The count of a folder's files, and the open comments on a file, are in gets, lists and responses of writes."""
    with MockServer(load(FOLDERS), empty=True) as server:
        client = server.app.test_client()
        folder = client.post("/folders", json={"name": "in"}).get_json()
        at_folder = f"/folders/{folder['id']}"
        assert folder["fileCount"] == 0
        file = client.post(f"{at_folder}/files", json={"name": "new"}).get_json()
        assert file["openComments"] == []
        assert client.get(at_folder).get_json()["fileCount"] == 1
        assert client.get("/folders").get_json()[0]["fileCount"] == 1
        assert client.patch(at_folder, json={"name": "out"}).get_json()["fileCount"] == 1
        comments = [
            client.post("/comments", json={"text": "why", "file": file["id"], "state": state}).get_json()["id"]
            for state in ("open", "solved")
        ]
        at_file = f"{at_folder}/files/{file['id']}"
        shown = [
            client.get(at_file).get_json(),
            client.get(f"{at_folder}/files").get_json()[0],
            client.put(at_file, json={"name": "other"}).get_json(),
            client.get(f"/__mock/records/file/{file['id']}").get_json(),
            client.get("/__mock/state?resource=file").get_json()[0],
        ]
        assert [one["openComments"] for one in shown] == [comments[:1]] * 5
        client.delete(f"/comments/{comments[0]}")
        assert client.get(at_file).get_json()["openComments"] == []
        client.delete(at_file)
        assert client.get("/folders").get_json()[0]["fileCount"] == 0


def test_a_count_outside_the_record_schema_is_only_in_gets(tmp_path: Path) -> None:
    """If the record's schema lacks the field, no other response has it."""
    file = example(
        "Folders",
        tmp_path,
        ("required: [id, name, fileCount]", "required: [id, name]"),
        ("        fileCount: {type: integer, minimum: 0}\n", ""),
    )
    with MockServer(load(file), empty=True) as server:
        client = server.app.test_client()
        folder = client.post("/folders", json={"name": "in"}).get_json()
        assert "fileCount" not in folder
        assert client.get(f"/folders/{folder['id']}").get_json()["fileCount"] == 0
        assert "fileCount" not in client.get("/folders").get_json()[0]


def test_fixtures_are_records_without_referrers() -> None:
    """A record of a file has no files and no comments, so that files of fixtures fit each other."""
    contract = load(FOLDERS)
    assert {one["fileCount"] for one in records(contract, "folder", 20)} == {0}
    assert [one["openComments"] for one in records(contract, "file", 3)] == [[], [], []]


@pytest.mark.parametrize(
    ("name", "is_counted"), [("fileCount", True), ("file_count", True), ("numberOfFiles", True), ("pages", False)]
)
def test_a_count_is_inferred(tmp_path: Path, name: str, is_counted: bool) -> None:
    """An integer in no request body, named after the collection below the record, counts its records."""
    document = yaml.safe_load(FOLDERS.read_text(encoding="utf-8").replace("fileCount", name))
    del document["x-resources"]
    file = tmp_path / "folders.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    folder = load(file).resources["folder"]
    shows = {one.field: (one.resource, one.show) for one in folder.referrers.values()}
    assert shows == ({name: ("file", "count")} if is_counted else {})


def test_a_number_in_a_request_body_is_not_inferred_as_a_count(tmp_path: Path) -> None:
    """An integer in a request body is not a count."""
    document = yaml.safe_load(FOLDERS.read_text(encoding="utf-8"))
    del document["x-resources"]
    document["components"]["schemas"]["Named"]["properties"]["fileCount"] = {"type": "integer"}
    file = tmp_path / "folders.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    assert not load(file).resources["folder"].referrers


_MEMBERS, _REFERRERS = "    members: {id: {make: uuid}", "    referrers:\n      fileCount"
_NAME = "properties: {name: {type: string, minLength: 1, maxLength: 80}"


@pytest.mark.parametrize(
    ("change", "pointer", "problem"),
    [
        (("from: file, show", "from: comment, show"), "/from", "is comment, which does not refer to folder"),
        (
            (f"{_MEMBERS}}}\n{_REFERRERS}", f"{_MEMBERS}, fileCount: {{start: 1}}}}\n{_REFERRERS}"),
            "",
            "is computed, but members has a rule for fileCount",
        ),
        (
            (f"{_NAME}}}", f"{_NAME}, fileCount: {{type: integer}}}}"),
            "",
            "is computed, but a body has fileCount",
        ),
    ],
)
def test_an_invalid_count_is_reported_at_its_pointer(
    tmp_path: Path, change: tuple[str, str], pointer: str, problem: str
) -> None:
    """Errors have the pointer of the mistake."""
    error = error_of(example("Folders", tmp_path, change))
    assert (error.pointer, error.problem) == (f"/x-resources/folder/referrers/fileCount{pointer}", problem)


def test_sorting_by_a_computed_field_is_an_error(tmp_path: Path) -> None:
    """A list that is sorted by a computed field is an error."""
    ordered = "    list: {answer: {items: ''}, order: {by: fileCount, direction: descending}}\n"
    before = f"{_MEMBERS}}}\n{_REFERRERS}"
    error = error_of(example("Folders", tmp_path, (f"    list: {{answer: {{items: ''}}}}\n{before}", ordered + before)))
    assert error.problem == "is computed, but a list compares fileCount"

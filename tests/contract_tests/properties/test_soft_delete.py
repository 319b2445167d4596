"""Deletes that mark a record: faulty services are caught; test_documented_examples has the correct one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from mock_server import MockServer
from mock_server.records import collection
from mock_server.records.collection import Collection
from mock_server.store.store import Stored
from openapi import load
from openapi.json_value import JsonValue
from tests.contract_tests.properties.support import finding_of, strict_run
from tests.openapi.support import GOOD, error_of
from tests.x_keywords import example

TASKS = GOOD / "tasks.yaml"
KEYWORD = "/x-resources/task/soft-delete"


def _forgetting(_self: Collection, _key: JsonValue) -> bool:
    """Responds to a deleted record as to an unknown one."""
    return False


def _confusing(_self: Collection, _key: JsonValue) -> bool:
    """Responds to an unknown record as to a deleted one."""
    return True


def _as_it_was(_self: Collection, stored: Stored, _sets: Mapping[str, JsonValue]) -> Stored:
    """Returns the record as it was before the delete."""
    return stored


class Fault(NamedTuple):
    """A method of the mock's records with a mistake, and the node where it is found."""

    name: str
    mistake: Callable[..., Any]
    pointer: str


FAULTS = [
    Fault("was_deleted", _forgetting, "/paths/~1tasks~1{id}/get/responses/410"),
    Fault("was_deleted", _confusing, "/paths/~1tasks~1{id}/get/responses/4XX"),
    Fault("marked", _as_it_was, f"{KEYWORD}/sets"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.mistake.__name__)
def test_a_faulty_service_is_caught(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: Fault) -> None:
    """Each fault is found at its pointer."""
    monkeypatch.setattr(Collection, fault.name, fault.mistake)
    with MockServer(load(TASKS), seed=3) as server, strict_run(server.url, TASKS, tmp_path / "ledger") as run:
        finding = finding_of(run, "DELETE-MARKS", "task")
        run.finish()
        assert run.left == []
    assert finding is not None
    assert (finding.code, finding.pointer) == ("DELETE-MARKS", fault.pointer)


def test_the_mock_remembers_deleted_records() -> None:
    """A deleted record gets 410 where that is declared, is in no list, and is unknown after a reset."""
    with MockServer(load(TASKS), empty=True) as server:
        client = server.app.test_client()
        task = client.post("/tasks", json={"title": "Rest"}).get_json()
        item = f"/tasks/{task['id']}"
        gone = client.delete(item)
        assert gone.status_code == 200
        assert gone.get_json() == {**task, "state": "removed", "removedAt": gone.get_json()["removedAt"]}
        assert client.get("/tasks").get_json() == []
        assert client.get(item).status_code == 410
        assert client.patch(item, json={"title": "Again"}).status_code == 410
        assert client.delete(item).status_code == 404
        client.post("/__mock/reset")
        assert client.get(item).status_code == 404


def test_a_snapshot_remembers_deleted_records() -> None:
    """A state that is restored knows which records were deleted in it."""
    with MockServer(load(TASKS), empty=True) as server:
        client = server.app.test_client()
        first, second = (client.post("/tasks", json={"title": "Rest"}).get_json()["id"] for _ in range(2))
        client.delete(f"/tasks/{first}")
        assert client.put("/__mock/snapshots/one").status_code < 300
        client.delete(f"/tasks/{second}")
        assert client.post("/__mock/snapshots/one/restore").status_code < 300
        assert client.get(f"/tasks/{first}").status_code == 410
        assert client.get(f"/tasks/{second}").status_code == 200


def test_the_mock_forgets_the_oldest_deleted_record_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest deleted record is forgotten first."""
    monkeypatch.setattr(collection, "MOST_GONE", 1)
    with MockServer(load(TASKS), empty=True) as server:
        client = server.app.test_client()
        keys = [client.post("/tasks", json={"title": "Rest"}).get_json()["id"] for _ in range(2)]
        for key in keys:
            client.delete(f"/tasks/{key}")
        assert [client.get(f"/tasks/{key}").status_code for key in keys] == [404, 410]


def test_a_soft_delete_is_inferred_from_a_declared_410(tmp_path: Path) -> None:
    """A GET on the item that declares 410 marks a soft delete; no keyword says what a delete sets."""
    document = yaml.safe_load(TASKS.read_text(encoding="utf-8"))
    del document["x-resources"]
    file = tmp_path / "tasks.yaml"
    for is_inferred in (True, False):
        if not is_inferred:
            del document["paths"]["/tasks/{id}"]["get"]["responses"]["410"]
        file.write_text(yaml.safe_dump(document), encoding="utf-8")
        (task,) = load(file).resources.values()
        assert (task.soft_delete is not None) is is_inferred


@pytest.mark.parametrize(
    ("change", "pointer", "problem"),
    [
        ((", delete: removeTask", ""), "", "needs a delete operation"),
        (
            ("{state: removed, ", "{state: gone, "),
            "/sets/state",
            "breaks /components/schemas/Task/properties/state/enum",
        ),
        (("{state: removed, ", "{status: removed, "), "/sets/status", "is not a field of /components/schemas/Task"),
    ],
)
def test_an_incomplete_soft_delete_is_an_error(
    tmp_path: Path, change: tuple[str, str], pointer: str, problem: str
) -> None:
    """Missing requirements of the keyword are reported at its pointer."""
    error = error_of(example("Tasks", tmp_path, change))
    assert error.pointer == KEYWORD + pointer
    assert error.problem.startswith(problem)

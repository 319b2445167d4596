"""Lists at other paths: faulty services are caught; test_documented_examples has the correct one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mock_server import MockServer
from mock_server.operations import handlers, lists
from mock_server.records.collection import Collection, ListPage
from mock_server.store.store import Query
from openapi import load
from openapi.model.lists import Listing
from tests.contract_tests.properties.support import finding_of, strict_run
from tests.openapi.support import GOOD, error_of
from tests.x_keywords import example

PETS = GOOD / "pets.yaml"
_query_reader, _list = lists.query_reader, Collection.list


def _ignoring(listing: Listing, *, ignores_unknown: bool) -> Callable[..., Query]:
    """Ignores the filters of the list."""
    read = _query_reader(listing, ignores_unknown=ignores_unknown)
    return lambda parameters: read(parameters)._replace(filters=())


def _from_the_start(self: Collection, query: Query) -> ListPage:
    """Shows no record that was created later."""
    return _list(self, query._replace(filters=((query.filters[0][0], ""),))) if query.filters else _list(self, query)


class Fault(NamedTuple):
    """A part of the mock with a mistake."""

    holder: Any
    name: str
    mistake: Callable[..., Any]


FAULTS = [
    Fault(handlers, "query_reader", _ignoring),
    Fault(Collection, "list", _from_the_start),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.mistake.__name__)
def test_a_faulty_service_is_caught(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: Fault) -> None:
    """Each fault is found at the filter, as a failure of that operation."""
    monkeypatch.setattr(fault.holder, fault.name, fault.mistake)
    with MockServer(load(PETS), seed=3) as server, strict_run(server.url, PETS, tmp_path / "ledger") as run:
        finding = finding_of(run, "LIST-ELSEWHERE", "pet")
        run.finish()
        assert run.left == []
    assert finding is not None
    pointer = "/x-resources/pet/lists/findPetsByKind/filters/kind"
    assert (finding.code, finding.pointer, finding.operation) == ("LIST-ELSEWHERE", pointer, "findPetsByKind")
    assert not finding.documented


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_correct_service_has_no_findings(tmp_path: Path, seed: int) -> None:
    """The check reads all pages of a list, and ignores records of other clients."""
    with (
        MockServer(load(PETS), seed=seed) as server,
        strict_run(server.url, PETS, tmp_path / "ledger", seed=seed) as run,
    ):
        assert finding_of(run, "LIST-ELSEWHERE", "pet") is None
        run.finish()
        assert run.left == []


def test_the_mock_lists_a_new_record_at_both_paths() -> None:
    """A new record is in both lists, if the filter keeps it; the filter's parameter is required as declared."""
    with MockServer(load(PETS), empty=True) as server:
        client = server.app.test_client()
        cat, dog = (client.post("/pets", json={"name": kind, "kind": kind}).get_json() for kind in ("cat", "dog"))
        assert client.get("/pets").get_json() == [cat, dog]
        assert client.get("/pets/findByKind?kind=dog").get_json() == [dog]
        assert client.get("/pets/findByKind?kind=bird").get_json() == []
        assert client.get("/pets/findByKind").status_code == 400
        assert client.get("/pets/findByKind?kind=dog&page=2&size=1").get_json() == []


@pytest.mark.parametrize(
    ("change", "pointer", "problem"),
    [
        (("      findPetsByKind: {", "      addPet: {"), "addPet", "is a POST, which does not list"),
        (("      findPetsByKind: {", "      findPets: {"), "findPets", "is not an operationId"),
        (("      findPetsByKind: {", "      listPets: {"), "listPets/filters/kind", "names the query parameter 'kind'"),
        (("filters: {kind: kind}", "search: {kind: kind}"), "findPetsByKind/search", "is unknown here"),
        (
            ("      findPetsByKind: {", "      readPet: {"),
            "readPet",
            "is at /pets/{id}, not at a path with the same placeholders",
        ),
    ],
)
def test_an_invalid_other_list_is_an_error(tmp_path: Path, change: tuple[str, str], pointer: str, problem: str) -> None:
    """An operation that does not list the records, and a keyword that other lists do not have, are errors."""
    error = error_of(example("Pets", tmp_path, change))
    assert error.pointer == f"/x-resources/pet/lists/{pointer}"
    assert problem in error.problem

"""The properties of nested collections: a correct service keeps them, and faulty ones are caught."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mock_server import MockServer
from mock_server.http.validation import Values
from mock_server.operations import handlers, scopes
from mock_server.operations.scopes import KeyReader, ScopeReader
from mock_server.records.linked_collection import LinkedCollection
from mock_server.records.state import State
from openapi import Contract, Operation, Resource, load
from openapi.json_value import JsonValue
from tests.contract_tests.properties.support import finding_of, strict_run
from tests.openapi.support import GOOD

SHELVES = GOOD / "shelves.yaml"
CODES = ("NESTED-PARENT", "NESTED-APART", "NESTED-ON-DELETE")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_correct_service_has_no_findings(tmp_path: Path, seed: int) -> None:
    """The nested collection keeps every property, and the run removes all that it created."""
    with (
        MockServer(load(SHELVES), seed=seed) as server,
        strict_run(server.url, SHELVES, tmp_path / "ledger", seed=seed) as run,
    ):
        for code in (*CODES, "CREATE-LISTED", "UPDATE-OTHERS", "DELETE-GONE", "READ-UNKNOWN"):
            assert finding_of(run, code, "book") is None, code
        run.finish()
        assert run.left == []


def _by_key_alone(_contract: Contract, resource: Resource, operation: Operation) -> KeyReader:
    """Finds a record by its key alone, below any parent."""
    read = scopes.path_reader(resource, operation, resource.key_parameters[0])
    return lambda _state, values: read(values)


def _any_parent(_contract: Contract, resource: Resource, _operation: Operation) -> ScopeReader | None:
    """Accepts any key of a parent in the path, even if no record has it."""
    parent = resource.parent
    if parent is None:
        return None

    def read(_state: State, values: Values) -> Mapping[str, JsonValue]:
        return {parent.field: values.path[parent.parameter]}

    return read


def _everything(
    _contract: Contract, _resource: Resource, _operation: Operation, read: Callable[..., Any]
) -> Callable[..., Any]:
    """Lists the records of all parents."""
    return lambda _state, values: read(values.query)


class Fault(NamedTuple):
    """Functions of the mock with a mistake, and what is found where."""

    mistakes: Mapping[str, Callable[..., Any]]
    code: str
    pointer: str
    cascades: bool = True


FAULTS = [
    Fault({"scope_reader": _any_parent}, "NESTED-PARENT", "resource"),
    Fault({"_scoped_query": _everything}, "NESTED-PARENT", "resource"),
    Fault({"_scoped_query": _everything}, "NESTED-APART", "resource"),
    Fault({"key_reader": _by_key_alone}, "NESTED-APART", "resource"),
    Fault({"key_reader": _by_key_alone}, "NESTED-ON-DELETE", "on-delete", cascades=False),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.code} {', '.join(fault.mistakes)}")
def test_a_faulty_service_is_caught(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: Fault) -> None:
    """Each fault is found at its pointer, as an assumption."""
    for name, mistake in fault.mistakes.items():
        monkeypatch.setattr(handlers, name, mistake)
    if not fault.cascades:
        monkeypatch.setattr(LinkedCollection, "referring", lambda *_: iter(()))
    with MockServer(load(SHELVES), seed=3) as server, strict_run(server.url, SHELVES, tmp_path / "ledger") as run:
        finding = finding_of(run, fault.code, "book")
    assert finding is not None
    assert (finding.code, finding.pointer) == (fault.code, f"/x-resources/book/parent/{fault.pointer}")
    assert not finding.documented

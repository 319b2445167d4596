"""The properties of singletons: faulty services are caught; test_documented_examples has the correct one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from contract_tests.properties import CATALOGUE
from contract_tests.target.client import Call, ReceivedResponse
from contract_tests.target.guarded_adapter import BudgetSpentError
from mock_server import MockServer
from mock_server.records.collection import Collection
from mock_server.store.store import Record, Stored
from openapi import load
from openapi.json_value import JsonValue
from tests.contract_tests.properties.support import finding_of, strict_run
from tests.openapi.support import GOOD, error_of
from tests.x_keywords import example

SETTINGS = GOOD / "settings.yaml"
_replace, _update = Collection.replace, Collection.update


def _without_effect(self: Collection, key: JsonValue, _sent: Record) -> Stored:
    """Reports success and stores nothing."""
    return self.read(key)


def _resetting(self: Collection, key: JsonValue, sent: Record) -> Stored:
    """Resets the fields that an update does not name."""
    return _replace(self, key, {"language": "en", **sent})


def _merging(self: Collection, key: JsonValue, sent: Record) -> Stored:
    """Keeps the fields that a replacement does not name."""
    return _update(self, key, sent)


class Fault(NamedTuple):
    """A method of the mock's records with a mistake, and the property that finds it."""

    name: str
    mistake: Callable[..., Any]
    code: str


FAULTS = [
    Fault("update", _without_effect, "SINGLETON-UPDATE"),
    Fault("update", _resetting, "SINGLETON-UPDATE"),
    Fault("replace", _without_effect, "SINGLETON-REPLACE"),
    Fault("replace", _merging, "SINGLETON-REPLACE"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.code} {fault.mistake.__name__}")
def test_a_faulty_service_is_caught(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: Fault) -> None:
    """Each fault is found at the role of its operation."""
    monkeypatch.setattr(Collection, fault.name, fault.mistake)
    with MockServer(load(SETTINGS), seed=3) as server, strict_run(server.url, SETTINGS, tmp_path / "ledger") as run:
        finding = finding_of(run, fault.code, "settings")
    assert finding is not None
    assert (finding.code, finding.pointer) == (fault.code, f"/x-resources/settings/operations/{fault.name}")


def test_a_run_restores_the_earlier_values(tmp_path: Path) -> None:
    """After a run, the record is as it was, except for its time of change."""
    with MockServer(load(SETTINGS), seed=3) as server:
        client = server.app.test_client()
        before = client.get("/settings").get_json()
        with strict_run(server.url, SETTINGS, tmp_path / "ledger") as run:
            assert finding_of(run, "SINGLETON-UPDATE", "settings") is None
            assert client.get("/settings").get_json() | {"updatedAt": ""} == before | {"updatedAt": ""}
            assert finding_of(run, "SINGLETON-REPLACE", "settings") is None
        assert client.get("/settings").get_json() | {"updatedAt": ""} == before | {"updatedAt": ""}


def test_an_interrupted_run_restores_the_earlier_values(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A run that ends in the middle of the property leaves the record as it was."""
    with MockServer(load(SETTINGS), seed=3) as server:
        client = server.app.test_client()
        before = client.get("/settings").get_json()
        with strict_run(server.url, SETTINGS, tmp_path / "ledger") as run:
            (api,) = run.resources
            api.prepare("SINGLETON-UPDATE")
            sent = api.client.send

            def halting(call: Call) -> ReceivedResponse:
                response = sent(call)
                if call.method == "PATCH":
                    run.adapter.halt()
                return response

            monkeypatch.setattr(api.client, "send", halting)
            check = CATALOGUE["SINGLETON-UPDATE"].check
            assert check is not None
            with pytest.raises(BudgetSpentError):
                check(api)
        assert client.get("/settings").get_json() | {"updatedAt": ""} == before | {"updatedAt": ""}


def test_a_singleton_is_written_only_if_the_document_allows_it(tmp_path: Path) -> None:
    """Without `writes: anywhere`, a singleton is changed in a private mock alone."""
    file = example("Settings", tmp_path, ("    writes: anywhere\n", ""))
    with MockServer(load(file), seed=3) as server, strict_run(server.url, file, tmp_path / "ledger") as run:
        (api,) = run.resources
        assert CATALOGUE["SINGLETON-UPDATE"].applies_to(api)
        assert not api.thoroughness.writes
        assert not {"changeSettings", "replaceSettings"} & set(run.probed)


def test_properties_of_collections_do_not_apply_to_singletons(tmp_path: Path) -> None:
    """Properties of collections need several records, or keys."""
    with MockServer(load(SETTINGS), seed=3) as server, strict_run(server.url, SETTINGS, tmp_path / "ledger") as run:
        (api,) = run.resources
        applying = {code for code, one in CATALOGUE.items() if one.check and one.applies_to(api)}
    assert applying == {"SINGLETON-UPDATE", "SINGLETON-REPLACE"}


@pytest.mark.parametrize(
    ("change", "pointer", "problem"),
    [
        (
            ("      theme: {start: light}\n", ""),
            "/x-resources/settings",
            "has no value for theme of the record",
        ),
        (
            ("    writes: anywhere\n", "    key: theme\n"),
            "/x-resources/settings/key",
            "is unknown here",
        ),
        (
            ("{read: readSettings, update: changeSettings, ", "{update: changeSettings, "),
            "/x-resources/settings/operations",
            "has no read",
        ),
        (
            ("    singleton: /settings", "    singleton: /settings/{id}"),
            "/x-resources/settings/singleton",
            "has the placeholder {id}, so there are several records",
        ),
    ],
)
def test_an_invalid_singleton_is_an_error(tmp_path: Path, change: tuple[str, str], pointer: str, problem: str) -> None:
    """What a singleton lacks, or can't have, is reported at its pointer."""
    error = error_of(example("Settings", tmp_path, change))
    assert (error.pointer, error.problem) == (pointer, problem)

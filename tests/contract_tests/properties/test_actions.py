"""The properties of actions: a correct service keeps them, and faulty ones are caught."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from contract_tests.runner.run import Run
from mock_server import MockServer
from mock_server.records.collection import Collection
from mock_server.store.store import Record
from openapi import RecordAction, load
from tests.contract_tests.properties.support import DOCUMENTS, finding_of, strict_run

ROOMS = DOCUMENTS / "rooms.yaml"
_acted = Collection.acted


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


@pytest.mark.parametrize("code", ["ACTION-EFFECT", "ACTION-STATE", "ACTION-UNKNOWN"])
def test_a_correct_service_has_no_findings(run: Run, code: str) -> None:
    """Actions with and without a body hold, and the run removes all that it created."""
    assert finding_of(run, code, "booking") is None
    run.finish()
    assert run.left == []


def _without_effect(_self: Collection, _action: RecordAction, old: Record, _sent: Record) -> Record:
    return old


def _anytime(self: Collection, action: RecordAction, old: Record, sent: Record) -> Record:
    return _acted(self, replace(action, where=None), old, sent)


def _untitled(self: Collection, action: RecordAction, old: Record, sent: Record) -> Record:
    return {**_acted(self, action, old, sent), "title": "untitled"}


def _without_body(self: Collection, action: RecordAction, old: Record, _sent: Record) -> Record:
    return _acted(self, action, old, {})


class Fault(NamedTuple):
    """A mistake in what an action does, and what is found below the booking's actions."""

    mistake: Callable[..., Any]
    code: str
    pointer: str


FAULTS = [
    Fault(_without_effect, "ACTION-EFFECT", "payBooking"),
    Fault(_untitled, "ACTION-EFFECT", "payBooking"),
    Fault(_without_body, "ACTION-EFFECT", "payBooking"),
    Fault(_anytime, "ACTION-STATE", "payBooking/where"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.mistake.__name__} {fault.pointer}")
def test_a_faulty_service_is_caught(run: Run, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    """Each fault is found at its pointer and reproduced."""
    monkeypatch.setattr(Collection, "acted", fault.mistake)
    finding = finding_of(run, fault.code, "booking")
    assert finding is not None
    pointer = f"/x-resources/booking/actions/{fault.pointer}"
    assert (finding.code, finding.pointer, finding.attempts) == (fault.code, pointer, 1)

"""The properties of idempotency keys: a correct service keeps them, and faulty ones are caught."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mock_server import MockServer
from mock_server.operations import idempotency
from mock_server.operations.idempotency import Memory
from openapi import load
from tests.contract_tests.properties.support import finding_of, strict_run
from tests.x_keywords import example

_numbers = count()


def _forgets(_memory: object, _key: str) -> None:
    """Ignores the key."""


def _refuses(_values: object) -> bytes:
    """Refuses every key that was sent before."""
    return str(next(_numbers)).encode()


def _any_request(_values: object) -> bytes:
    """Returns the first response to any request."""
    return b""


class Fault(NamedTuple):
    """A part of the mock with a mistake, and the property that finds it."""

    holder: Any
    name: str
    mistake: Callable[..., Any]
    code: str


FAULTS = [
    Fault(Memory, "find", _forgets, "IDEMPOTENT-CREATE"),
    Fault(idempotency, "_digest", _refuses, "IDEMPOTENT-CREATE"),
    Fault(Memory, "find", _forgets, "IDEMPOTENT-OTHER"),
    Fault(idempotency, "_digest", _any_request, "IDEMPOTENT-OTHER"),
    Fault(Memory, "find", _forgets, "IDEMPOTENT-ACTION"),
    Fault(idempotency, "_digest", _refuses, "IDEMPOTENT-ACTION"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.code} {fault.mistake.__name__}")
def test_a_faulty_service_is_caught(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: Fault) -> None:
    """Each fault is an assumed finding, and is reproduced every time with new keys."""
    monkeypatch.setattr(fault.holder, fault.name, fault.mistake)
    file = example("Payments", tmp_path)
    with MockServer(load(file), seed=3) as server, strict_run(server.url, file, tmp_path / "ledger") as run:
        finding = finding_of(run, fault.code, "payment")
        run.finish()
        assert run.left == []
    assert finding is not None
    pointer = "/x-resources/payment/idempotency-key"
    assert (finding.code, finding.pointer, finding.attempts) == (fault.code, pointer, 1)
    assert not finding.documented


def test_an_undeclared_status_for_a_reused_key_is_a_difference(tmp_path: Path) -> None:
    """If a service refuses a key with an undeclared status, the finding points to that response."""
    there = example("Payments", tmp_path, ("        '422': {", "        '409': {")).rename(tmp_path / "service.yaml")
    file = example("Payments", tmp_path)
    with MockServer(load(there), seed=3) as server, strict_run(server.url, file, tmp_path / "ledger") as run:
        finding = finding_of(run, "IDEMPOTENT-OTHER", "payment")
    assert finding is not None
    assert (finding.pointer, finding.observed) == ("/components/responses/Refused", "409")

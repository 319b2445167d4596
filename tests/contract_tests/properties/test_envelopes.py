"""The properties of envelopes: faulty services are caught; test_x_keywords has the correct one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mock_server import MockServer
from mock_server.http.messages import HttpResponse
from mock_server.operations import handlers, responses
from mock_server.store.store import Stored
from openapi import Operation, load
from openapi.envelope import BARE, Envelope
from tests.contract_tests.properties.support import finding_of, strict_run
from tests.x_keywords import example

_record_writer, _json = responses.record_writer, responses.record_json


def _bare(
    operation: Operation, shown: tuple[str, ...] | None = None, _envelope: Envelope = BARE
) -> Callable[[Stored], HttpResponse]:
    """Reads and updates return the record without its envelope."""
    return _record_writer(operation, shown)


def _empty(_encoded: bytes, _shown: tuple[str, ...] | None, _envelope: Envelope) -> bytes:
    return b'{"article": {}, "meta": {"version": "1"}}'


def _with_other_links(encoded: bytes, shown: tuple[str, ...] | None, envelope: Envelope) -> bytes:
    """Each link leads to the collection."""
    fixed = {pointer: value for pointer, value in envelope.fixed.items() if "links" not in pointer}
    links = {pointer: {"self": "/articles/"} for pointer in envelope.fixed if "links" in pointer}
    return _json(encoded, shown, replace(envelope, fixed={**fixed, **links}))


def _of_another_version(encoded: bytes, shown: tuple[str, ...] | None, envelope: Envelope) -> bytes:
    return _json(encoded, shown, envelope).replace(b'"version":"1"', b'"version":"2"')


class Fault(NamedTuple):
    """A mistake in how responses are written, and what is found where."""

    module: object
    name: str
    mistake: Callable[..., Any]
    code: str
    pointer: str


FAULTS = [
    Fault(handlers, "record_writer", _bare, "ENVELOPE-RECORD", "record"),
    Fault(responses, "record_json", _empty, "ENVELOPE-RECORD", "record"),
    Fault(responses, "record_json", _with_other_links, "ENVELOPE-FIXED", "fixed/~1article~1links"),
    Fault(responses, "record_json", _of_another_version, "ENVELOPE-FIXED", "fixed/~1meta"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.mistake.__name__)
def test_a_faulty_service_is_caught(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: Fault) -> None:
    """Bare records, empty envelopes, wrong links and wrong parts next to a record are found."""
    file = example("Articles", tmp_path)
    monkeypatch.setattr(fault.module, fault.name, fault.mistake)
    with MockServer(load(file), seed=3) as server, strict_run(server.url, file, tmp_path / "ledger") as run:
        finding = finding_of(run, fault.code, "article")
    assert finding is not None
    assert (finding.code, finding.pointer) == (fault.code, f"/x-resources/article/answer/{fault.pointer}")
    assert not finding.documented

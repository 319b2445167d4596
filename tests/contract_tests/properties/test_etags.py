"""The properties of entity tags: a correct service keeps them, and faulty ones are caught."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from contract_tests.findings.curl import curl_lines, removals
from mock_server import MockServer
from mock_server.operations import preconditions
from openapi import load
from tests.contract_tests.properties.support import finding_of, strict_run
from tests.x_keywords import example

_numbers = count()
_matches: Callable[..., bool] = vars(preconditions)["_matches"]


def _always(_sent: str, _tag: str, **_how: bool) -> bool:
    """Ignores If-Match, and responds with 304 to every condition of a read."""
    return True


def _never(sent: str, tag: str, *, weak: bool) -> bool:
    """Ignores If-None-Match."""
    return not weak and _matches(sent, tag, weak=weak)


def _weakly(sent: str, tag: str, **_how: bool) -> bool:
    """Compares weakly where it must not."""
    return _matches(sent, tag, weak=True)


def _first_alone(sent: str, tag: str, **_how: bool) -> bool:
    """Compares the whole header with the tag."""
    return sent in ("*", tag)


def _new_each_time(_body: bytes) -> str:
    return f'"{next(_numbers)}"'


def _same_for_all(_body: bytes) -> str:
    return '"1"'


def _weak_tag(body: bytes) -> str:
    return f'W/"{len(body)}"'


def _unneeded(_operation: object) -> bool:
    return False


class Fault(NamedTuple):
    """A function of the mock with a mistake, and the property that finds it."""

    name: str
    mistake: Callable[..., Any]
    code: str


FAULTS = [
    Fault("_tag", _new_each_time, "ETAG-CHANGES"),
    Fault("_tag", _same_for_all, "ETAG-CHANGES"),
    Fault("_tag", _weak_tag, "ETAG-CHANGES"),
    Fault("_matches", _never, "ETAG-NOT-MODIFIED"),
    Fault("_matches", _always, "ETAG-NOT-MODIFIED"),
    Fault("_matches", _first_alone, "ETAG-NOT-MODIFIED"),
    Fault("_matches", _always, "ETAG-MATCH"),
    Fault("_matches", _weakly, "ETAG-MATCH"),
    Fault("_matches", _first_alone, "ETAG-MATCH"),
    Fault("needs_condition", _unneeded, "ETAG-REQUIRED"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.code} {fault.mistake.__name__}")
def test_a_faulty_service_is_caught(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: Fault) -> None:
    """Each fault is an assumed finding, and is reproduced every time."""
    monkeypatch.setattr(preconditions, fault.name, fault.mistake)
    file = example("Pages", tmp_path)
    with MockServer(load(file), seed=3) as server, strict_run(server.url, file, tmp_path / "ledger") as run:
        finding = finding_of(run, fault.code, "page")
    assert finding is not None
    assert (finding.code, finding.pointer, finding.attempts) == (fault.code, "/x-resources/page/etag", 1)
    assert not finding.documented


def test_the_lines_of_a_finding_use_the_etag_of_a_response(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The lines for a shell read the ETag from a response, and send it in the condition."""
    monkeypatch.setattr(preconditions, "_matches", _weakly)
    file = example("Pages", tmp_path)
    with MockServer(load(file), seed=3) as server, strict_run(server.url, file, tmp_path / "ledger") as run:
        finding = finding_of(run, "ETAG-MATCH", "page")
    assert finding is not None
    lines = list(curl_lines(finding.steps))
    read = next(line for line in lines if "ETAG" in line)
    name = read.partition(". ")[2].partition("=")[0]
    assert f'-H "If-Match: W/${name}"' in "\n".join(lines)


def test_the_command_for_leftover_records_sends_if_match(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """If a delete requires If-Match, the command that removes leftover records has it."""
    optional = "      operationId: removePage\n      parameters: [{name: If-Match, in: header, "
    file = example("Pages", tmp_path, (optional, f"{optional}required: true, "))
    monkeypatch.setattr(preconditions, "_matches", lambda *_, **__: False)
    with MockServer(load(file), seed=3) as server, strict_run(server.url, file, tmp_path / "ledger") as run:
        run.resources[0].begin()
        run.resources[0].create()
        run.finish()
        assert run.left
        assert "curl -X DELETE -H 'If-Match: *' " in run.left[0]


def test_the_clean_up_lines_of_a_finding_send_if_match(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """If a delete requires If-Match, the commands that remove the records of a finding have it."""
    optional = "      operationId: removePage\n      parameters: [{name: If-Match, in: header, "
    file = example("Pages", tmp_path, (optional, f"{optional}required: true, "))
    monkeypatch.setattr(preconditions, "_tag", _same_for_all)
    with MockServer(load(file), seed=3) as server, strict_run(server.url, file, tmp_path / "ledger") as run:
        finding = finding_of(run, "ETAG-CHANGES", "page")
    assert finding is not None
    assert removals(finding.steps, credentials=()) == ["""curl -X DELETE "$BASE/pages/$KEY1" -H 'If-Match: *'"""]

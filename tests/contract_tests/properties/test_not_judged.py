"""Properties without anything to judge, and services that make judging difficult."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from contract_tests.findings.raised import FindingRaisedError
from contract_tests.properties.helpers import stable_reads
from contract_tests.runner.attempt import checking
from contract_tests.target.ownership import NotJudgedError
from mock_server import MockServer
from openapi import PHONES
from tests.contract_tests.properties.support import finding_of, strict_run
from tests.contract_tests.support import PATIENCE_S
from tests.proof.correct import Correct
from tests.proof.front import Front
from tests.proof.messages import Request, ServiceResponse, json_response
from tests.proof.service import one_page, relist

RELATIONS = (
    *("READ-AS-LISTED", "LIST-STABLE", "LIST-ONCE", "LIST-REFINE", "LIST-COUNTS", "LIST-UNKNOWN-PARAMETER"),
    *("FILTER-SOUND", "SEARCH-SOUND"),
)


def test_an_empty_list_is_not_judged_in_a_read_only_run(tmp_path: Path) -> None:
    """A read-only run does not judge relations between records if there are no records."""
    with (
        MockServer(empty=True) as server,
        strict_run(server.url, PHONES, tmp_path / "ledger", writes=False) as run,
    ):
        for code in RELATIONS:
            with pytest.raises(NotJudgedError, match=r"the list is empty|no record has a value"):
                finding_of(run, code, "phone")


def test_a_run_that_may_write_fills_an_empty_list(tmp_path: Path) -> None:
    """A run that may write creates the records that the relations need."""
    with MockServer(empty=True) as server, strict_run(server.url, PHONES, tmp_path / "ledger") as run:
        for code in RELATIONS:
            assert finding_of(run, code, "phone") is None
        run.finish()
        assert run.left == []


def test_head_ignores_the_length_of_a_body_that_varies(tmp_path: Path) -> None:
    """If the length of each response varies, HEAD is compared with GET by status and media type alone."""
    reads = iter(range(10_000))

    def changing(request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        if request.role != "read" or response.status != 200:
            return response
        return replace(response, body=response.body.replace(b'"name"', b" " * next(reads) + b'"name"'))

    with Front(changing) as front, strict_run(front.url, PHONES, tmp_path / "ledger") as run:
        assert finding_of(run, "HTTP-HEAD", "phone") is None
    assert next(reads) > 1


def test_a_list_that_shows_writes_late_is_judged(tmp_path: Path) -> None:
    """A property lists again until its records appear, and is judged."""
    late = [0]

    def later(request: Request, correct: Correct) -> ServiceResponse:
        late[0] = 2 if request.role == "create" else late[0] - (request.role == "list")
        is_late = request.role == "list" and late[0] >= 0
        return correct(request.with_parameter("search", "no such text") if is_late else request)

    with Front(later) as front, strict_run(front.url, PHONES, tmp_path / "ledger") as run:
        assert finding_of(run, "CREATE-EVERYWHERE", "phone") is None
    assert late[0] < 0


def test_a_walk_waits_for_a_list_that_still_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk waits if each list differs from the previous one, and is judged."""
    lists = count(1)
    waits_s: list[float] = []
    monkeypatch.setattr(stable_reads, "time", SimpleNamespace(sleep=waits_s.append))

    def later(request: Request, correct: Correct) -> ServiceResponse:
        late = 0 if waits_s else next(lists)
        return relist(request, correct, paging=lambda phones, page, limit: one_page(phones[late:], page, limit))

    with Front(later) as front, strict_run(front.url, PHONES, tmp_path / "ledger") as run:
        assert finding_of(run, "LIST-WALK", "phone") is None
    assert waits_s == [pytest.approx(PATIENCE_S / 6)]


def test_an_invalid_create_never_deletes_a_foreign_record(tmp_path: Path) -> None:
    """If a refused create returns the record of another client, the guard keeps it, and the refusal is the finding."""

    def claiming(request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        return response if response.ok or request.role != "create" else json_response(409, correct.records()[-1])

    with Front(claiming) as front, strict_run(front.url, PHONES, tmp_path / "ledger") as run:
        foreign = front.correct.records()[-1]
        finding = finding_of(run, "ERROR-STATUS", "phone")
        assert front.correct.records()[-1] == foreign
    assert finding is not None
    assert finding.observed.startswith("409")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ("LIST-PAGES", "A page shows a record twice.")),
        ({"search": "a"}, ("SEARCH-ONCE", "A search shows a record twice.")),
    ],
)
def test_a_page_with_a_record_twice_breaks_any_property(
    tmp_path: Path, query: dict[str, str], found: tuple[str, str]
) -> None:
    """A property that lists without looking at the records finds that a page shows one twice."""

    def doubling(request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        phones = response.json["phones"] if request.role == "list" and response.status == 200 else []
        return response.with_members(phones=[*phones[:1], *phones[:-1]]) if len(phones) > 1 else response

    with Front(doubling) as front, strict_run(front.url, PHONES, tmp_path / "ledger") as run:
        api = run.resources[0]
        with pytest.raises(FindingRaisedError) as raised, checking(run, api, "LIST-STABLE"):
            api.list_by(**query)
        assert (raised.value.finding.code, raised.value.finding.sentence) == found

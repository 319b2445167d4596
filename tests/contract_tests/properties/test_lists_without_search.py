"""Lists that can't be searched: the check reads their pages, and ignores records of other clients."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contract_tests.runner.run import Run
from contract_tests.target.ownership import NotJudgedError
from mock_server import MockServer
from mock_server.operations import lists
from mock_server.records.collection import ListPage
from mock_server.store.store import Query, Selection, Store, Stored
from openapi import PHONES, load
from openapi.json_value import JsonValue
from tests.contract_tests.properties.support import DOCUMENTS, finding_of, strict_run
from tests.proof.correct import Correct
from tests.proof.front import Front
from tests.proof.messages import COLLECTION, Request, ServiceResponse

BOOKS = DOCUMENTS / "books.yaml"
_select, _delete, _count = Store.select, Store.delete, lists.count_text
CODES = (
    "LIST-WALK",
    "LIST-ONCE",
    "CREATE-LISTED",
    "DELETE-LISTED",
    "LIST-ORDER",
    "LIST-WHOLE",
    "FILTER-EXACT",
    "FILTER-TOGETHER",
    "LIST-HEADERS",
    "RACE-CREATES",
)


@pytest.fixture
def library() -> Iterator[MockServer]:
    """A library with books of other clients."""
    with MockServer(load(BOOKS), seed=3) as server:
        yield server


@pytest.fixture
def run(library: MockServer, tmp_path: Path) -> Iterator[Run]:
    """A run against the library."""
    with strict_run(library.url, BOOKS, tmp_path / "ledger") as run:
        yield run


@pytest.mark.parametrize("code", CODES)
def test_a_correct_service_has_no_findings(run: Run, code: str) -> None:
    """The properties of lists apply without a search, and hold among the records of others."""
    assert finding_of(run, code, "book") is None


def _overlapping(self: Store, query: Query) -> Selection:
    """Each page but the first begins with the last record of the one before."""
    return _select(self, query._replace(start=query.start - (query.start // query.limit if query.limit else 0)))


def _one_too_early(self: Store, query: Query) -> Selection:
    """The second page begins with the last record of the first, and the others follow."""
    return _select(self, query._replace(start=max(query.start - 1, 0)))


def _skipping(self: Store, query: Query) -> Selection:
    """Each page is one record too short."""
    return _select(self, query._replace(limit=query.limit - 1 if query.limit else query.limit))


def _without_filters(self: Store, query: Query) -> Selection:
    return _select(self, query._replace(filters=()))


def _first_ten(self: Store, query: Query) -> Selection:
    return _select(self, query._replace(limit=min(query.limit or 10, 10), start=0 if query.start < 10 else 10**6))


def _listed_after_delete(self: Store, key: JsonValue) -> Stored:
    return self.read(key)


def _counting_the_page(word: str, listed: ListPage) -> str:
    return _count(word, listed._replace(total=len(listed.items)))


def _counting_from_one(word: str, listed: ListPage) -> str:
    return _count(word, listed._replace(offset=listed.offset + 1))


@pytest.mark.parametrize(
    ("fault", "header"), [(_counting_the_page, "X-Total-Count"), (_counting_from_one, "Content-Range")]
)
def test_wrong_count_and_range_headers_are_caught(
    run: Run, monkeypatch: pytest.MonkeyPatch, fault: Callable[..., str], header: str
) -> None:
    """A header with the size of the page, and a range from 1, are found."""
    monkeypatch.setattr(lists, "count_text", fault)
    finding = finding_of(run, "LIST-HEADERS", "book")
    assert finding is not None
    assert (finding.code, finding.pointer) == ("LIST-HEADERS", f"/x-resources/book/list/answer/headers/{header}")


FAULTS: list[tuple[str, Callable[..., Any], str]] = [
    ("select", _overlapping, "LIST-WALK"),
    ("select", _skipping, "LIST-WALK"),
    ("select", _one_too_early, "LIST-ONCE"),
    ("select", _overlapping, "LIST-ONCE"),
    ("select", _without_filters, "FILTER-EXACT"),
    ("select", _first_ten, "CREATE-LISTED"),
    ("delete", _listed_after_delete, "DELETE-LISTED"),
]


@pytest.mark.parametrize(("method", "fault", "code"), FAULTS)
def test_a_faulty_service_is_caught(
    run: Run, monkeypatch: pytest.MonkeyPatch, method: str, fault: Callable[..., Any], code: str
) -> None:
    """Overlapping pages, lost records, filters without effect and deleted books in the list are found."""
    monkeypatch.setattr(Store, method, fault)
    finding = finding_of(run, code, "book")
    monkeypatch.undo()
    assert finding is not None
    assert finding.code == code


def test_pages_are_not_judged_while_other_clients_write(tmp_path: Path) -> None:
    """If another client creates a record before each page, the list is not judged: pages may overlap."""
    numbers = (f"+6127010{number:04d}" for number in range(10_000))

    def growing(request: Request, correct: Correct) -> ServiceResponse:
        if request.role == "list":
            body = json.dumps({"number": next(numbers), "name": "Somebody else"}).encode()
            assert correct(Request("POST", COLLECTION, "", (("Content-Type", "application/json"),), body)).status == 201
        return correct(request)

    with Front(growing) as front, strict_run(front.url, PHONES, tmp_path / "ledger") as run:
        for code in ("LIST-WALK", "LIST-ONCE"):
            with pytest.raises(NotJudgedError, match="the records kept changing while they were listed 6 times"):
                finding_of(run, code, "phone")

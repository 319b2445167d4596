"""Lists with cursors and with links: a correct service keeps what the document says, and faulty ones are caught."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from contract_tests.runner.run import Run
from mock_server import MockServer
from mock_server.operations import links, lists
from mock_server.records.collection import ListPage
from mock_server.store.store import Cursor, Query, Store, Walked
from openapi import load
from openapi.model.lists import Listing
from tests.contract_tests.properties.support import finding_of, strict_run
from tests.openapi.support import GOOD, written
from tests.x_keywords import example

_walk, _starts = Store.walk, links.starts_of
CODES = {"order": ("CURSOR-WALK", "CURSOR-REFUSED", "CREATE-LISTED"), "product": ("LIST-LINKS",)}


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """A run against a shop."""
    shop = example("Shop", tmp_path)
    with MockServer(load(shop), seed=3) as server, strict_run(server.url, shop, tmp_path / "ledger") as run:
        yield run


@pytest.mark.parametrize("writes", [True, False])
@pytest.mark.parametrize("by", ["body", "link"])
def test_a_correct_service_has_no_findings(tmp_path: Path, by: str, writes: bool) -> None:
    """The properties hold for cursors in the body and in links alone, with and without records of the run."""
    text = (GOOD / "shop.yaml").read_text(encoding="utf-8")
    if by == "link":
        text = text.replace("{items: /orders, next: /next}", "{items: /orders, headers: {Link: links}}")
        text = text.replace("required: [orders, next]", "required: [orders]")
        head = "          description: One page of orders.\n"
        text = text.replace(head, f"{head}          headers: {{Link: {{schema: {{type: string}}}}}}\n")
    spec = written(tmp_path, text)
    resources = CODES | {"order": (*CODES["order"], "LIST-LINKS")} if by == "link" else CODES
    with (
        MockServer(load(spec), seed=3) as server,
        strict_run(server.url, spec, tmp_path / "ledger", writes=writes) as run,
    ):
        for resource, codes in resources.items():
            for code in codes:
                if writes or code != "CREATE-LISTED":
                    assert finding_of(run, code, resource) is None, code


def _overlapping(self: Store, query: Query, cursor: Cursor) -> Walked:
    """Each page but the first begins with the last record of the one before."""
    walked = _walk(self, query, cursor)
    if cursor.after is None or not walked.start:
        return walked
    before = self.select(query._replace(start=walked.start - 1, limit=1)).items
    return walked._replace(items=[*before, *walked.items][: query.limit])


def _skipping(self: Store, query: Query, cursor: Cursor) -> Walked:
    """Each page but the first lacks its first record."""
    walked = _walk(self, query, cursor)
    return walked if cursor.after is None else walked._replace(items=walked.items[1:])


def _ending(self: Store, query: Query, cursor: Cursor) -> Walked:
    """The second page is the last."""
    walked = _walk(self, query, cursor)
    return walked if cursor.after is None else walked._replace(end=None)


@pytest.mark.parametrize("fault", [_overlapping, _skipping, _ending])
def test_a_walk_with_a_gap_is_caught(run: Run, monkeypatch: pytest.MonkeyPatch, fault: Any) -> None:
    """A record on two pages or on none, and a last page that comes too early, are findings."""
    monkeypatch.setattr(Store, "walk", fault)
    _expect(finding_of(run, "CURSOR-WALK", "order"), "CURSOR-WALK", "order/list/paging")


def _from_the_start(_text: str, _sort: object) -> None:
    """Accepts any cursor, as the start of the list."""


def test_a_service_that_accepts_any_cursor_is_caught(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that responds to an invalid cursor with the first page has a finding."""
    monkeypatch.setattr(lists, "decoded", _from_the_start)
    _expect(finding_of(run, "CURSOR-REFUSED", "order"), "CURSOR-REFUSED", "order/list/paging")


def _endless(listing: Listing, page: ListPage) -> Mapping[str, int | str | None]:
    """The last page links to a next one, too."""
    return {**_starts(listing, page), "next": page.page + 1}


def _one_too_few(listing: Listing, page: ListPage) -> Mapping[str, int | str | None]:
    """The last page is one too early."""
    return {**_starts(listing, page), "last": max(page.pages - 1, 1)}


@pytest.mark.parametrize("fault", [_endless, _one_too_few])
def test_wrong_links_are_caught(run: Run, monkeypatch: pytest.MonkeyPatch, fault: Any) -> None:
    """A last page that links to a next one, and a link to a wrong last page, are findings."""
    monkeypatch.setattr(links, "starts_of", fault)
    _expect(finding_of(run, "LIST-LINKS", "product"), "LIST-LINKS", "product/list/answer/headers/Link")


def test_links_without_the_page_size_are_caught(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links without the size of the page are findings."""
    monkeypatch.setattr(links, "pairs", lambda _query: iter(()))
    _expect(finding_of(run, "LIST-LINKS", "product"), "LIST-LINKS", "product/list/answer/headers/Link")


def _expect(finding: Any, code: str, pointer: str) -> None:
    assert finding is not None
    assert (finding.code, finding.pointer, finding.documented) == (code, f"/x-resources/{pointer}", False)

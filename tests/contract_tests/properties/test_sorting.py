"""Lists that a parameter sorts: a correct service keeps what the document says, and faulty ones are caught."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contract_tests.runner.run import Run
from mock_server import MockServer
from mock_server.store.store import Query, Selection, Store
from openapi import load
from tests.contract_tests.properties.support import finding_of, strict_run
from tests.openapi.support import GOOD
from tests.x_keywords import example

_select = Store.select


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """A run against a shop."""
    shop = example("Shop", tmp_path)
    with MockServer(load(shop), seed=3) as server, strict_run(server.url, shop, tmp_path / "ledger") as run:
        yield run


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("document", "resource"), [("shop", "product"), ("sorted-notes", "note")])
def test_a_correct_service_has_no_findings(tmp_path: Path, document: str, resource: str, seed: int) -> None:
    """The properties that apply hold for one parameter with a minus, and for two parameters."""
    spec = GOOD / f"{document}.yaml"
    codes = ("LIST-SORT", "LIST-SORT-PAGES") if resource == "product" else ("LIST-SORT-PAGES",)
    with (
        MockServer(load(spec), seed=seed) as server,
        strict_run(server.url, spec, tmp_path / "ledger", seed=seed) as run,
    ):
        for code in codes:
            assert finding_of(run, code, resource) is None, code


def _usual(self: Store, query: Query) -> Selection:
    """Ignores the parameter."""
    return _select(self, query._replace(sort=()))


def _ascending(self: Store, query: Query) -> Selection:
    """Ignores the minus."""
    return _select(self, query._replace(sort=tuple((field, False) for field, _ in query.sort)))


def _first_field(self: Store, query: Query) -> Selection:
    """Forgets all fields but the first."""
    return _select(self, query._replace(sort=query.sort[:1]))


def _sorted_pages(self: Store, query: Query) -> Selection:
    """Sorts the records of the page alone."""
    if not query.sort or query.limit is None:
        return _select(self, query)
    total, items = _select(self, query._replace(sort=()))
    in_order = _select(self, query._replace(start=0, limit=None)).items
    return Selection(total, sorted(items, key=in_order.index))


FAULTS: list[tuple[Callable[[Store, Query], Selection], str]] = [
    (_usual, "LIST-SORT"),
    (_ascending, "LIST-SORT"),
    (_first_field, "LIST-SORT"),
    (_usual, "LIST-SORT-PAGES"),
    (_sorted_pages, "LIST-SORT-PAGES"),
]


@pytest.mark.parametrize(("fault", "code"), FAULTS, ids=lambda one: getattr(one, "__name__", one))
def test_a_faulty_service_is_caught(
    run: Run, monkeypatch: pytest.MonkeyPatch, fault: Callable[[Store, Query], Selection], code: str
) -> None:
    """A sort without effect, in one direction only, by one field only or within the page is found."""
    monkeypatch.setattr(Store, "select", fault)
    finding = finding_of(run, code, "product")
    assert finding is not None
    assert (finding.code, finding.pointer, finding.documented) == (code, "/x-resources/product/list/sort", False)

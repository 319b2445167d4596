"""Filters that compare: a correct service keeps what the document says, and faulty ones are caught."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contract_tests.runner.run import Run
from mock_server import MockServer
from mock_server.store import row
from mock_server.store.comparisons import Bound, Cell, cell_of
from mock_server.store.store import Query, Selection, Store
from openapi import load
from openapi.comparisons import ComparedField, Comparison
from tests.contract_tests.properties.support import finding_of, strict_run
from tests.x_keywords import example

_select = Store.select
_STRICT: dict[Comparison, Comparison] = {"at-least": "above", "below": "at-most"}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The example of the documentation."""
    return example("Shop", tmp_path)


@pytest.fixture
def run(shop: Path, tmp_path: Path) -> Iterator[Run]:
    """A run against a shop."""
    with MockServer(load(shop), seed=3) as server, strict_run(server.url, shop, tmp_path / "ledger") as run:
        yield run


@pytest.mark.parametrize("writes", [True, False])
def test_a_correct_service_has_no_findings(shop: Path, tmp_path: Path, writes: bool) -> None:
    """The properties hold, with records of the run and with those that are there."""
    codes = ("FILTER-COMPARES", "FILTER-COMPARES-SOUND") if writes else ("FILTER-COMPARES-SOUND",)
    with (
        MockServer(load(shop), seed=3) as server,
        strict_run(server.url, shop, tmp_path / "ledger", writes=writes) as run,
    ):
        for code in codes:
            assert finding_of(run, code, "product") is None, code


def _changed(change: Callable[[ComparedField, Bound], Bound | None]) -> Callable[[Store, Query], Selection]:
    """A list with other conditions; None leaves one out."""

    def select(self: Store, query: Query) -> Selection:
        changed = ((field, change(field, bound)) for field, bound in query.bounds)
        return _select(self, query._replace(bounds=tuple((field, one) for field, one in changed if one is not None)))

    return select


def _without(_field: ComparedField, _bound: Bound) -> None:
    """Ignores the filter."""


def _off_by_one(_field: ComparedField, bound: Bound) -> Bound:
    """Excludes the bound, or includes it."""
    return bound._replace(comparison=_STRICT.get(bound.comparison, bound.comparison))


def _reversed(_field: ComparedField, bound: Bound) -> Bound:
    """Compares in the opposite direction."""
    others: dict[Comparison, Comparison] = {"at-least": "at-most", "below": "above", "above": "below"}
    return bound._replace(comparison=others.get(bound.comparison, bound.comparison))


FAULTS: list[tuple[Callable[[ComparedField, Bound], Bound | None], str]] = [
    (_without, "FILTER-COMPARES"),
    (_off_by_one, "FILTER-COMPARES"),
    (_reversed, "FILTER-COMPARES"),
    (_without, "FILTER-COMPARES-SOUND"),
    (_reversed, "FILTER-COMPARES-SOUND"),
]


@pytest.mark.parametrize(("change", "code"), FAULTS, ids=lambda one: getattr(one, "__name__", one))
def test_a_faulty_service_is_caught(
    run: Run, monkeypatch: pytest.MonkeyPatch, change: Callable[[ComparedField, Bound], Bound | None], code: str
) -> None:
    """A filter without effect, another bound and the opposite comparison are found at the filter."""
    monkeypatch.setattr(Store, "select", _changed(change))
    _expect(finding_of(run, code, "product"), code)


def _first_item(field: ComparedField, record: Any) -> Cell:
    """Compares only the first item of an array."""
    values = cell_of(field, record)
    return values[:1] if isinstance(values, tuple) else values


def _without_inner(field: ComparedField, record: Any) -> Cell:
    """Ignores nested fields."""
    return () if len(field.path) > 1 else cell_of(field, record)


@pytest.mark.parametrize(("fault", "filtered"), [(_first_item, "tag"), (_without_inner, "madeIn")])
def test_filters_look_at_nested_values(
    run: Run, monkeypatch: pytest.MonkeyPatch, fault: Callable[[ComparedField, Any], Cell], filtered: str
) -> None:
    """A service that compares only the first tag, or ignores the fields of the origin, is caught."""
    monkeypatch.setattr(row, "cell_of", fault)
    finding = finding_of(run, "FILTER-COMPARES", "product")
    _expect(finding, "FILTER-COMPARES")
    assert finding is not None
    assert finding.pointer == f"/x-resources/product/list/filters/{filtered}"


def _expect(finding: Any, code: str) -> None:
    assert finding is not None
    assert (finding.code, finding.documented) == (code, False)
    assert finding.pointer.startswith("/x-resources/product/list/filters/")

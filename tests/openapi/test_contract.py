"""The values that represent a document: frozen, with look-ups by status, pointer and operation."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openapi import Contract, Refusal, Role, load
from openapi.pointers import from_tokens
from tests.openapi.support import GOOD, HEAD, PATHS, written


def values(value: Any) -> Iterator[Any]:
    """`value` and every dataclass and collection in it, except the content of schemas."""
    yield value
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            if field.name not in ("node", "document", "compiled", "body", "violation", "default", "value", "equals"):
                yield from values(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from values(member)
    elif isinstance(value, tuple):
        for item in value:
            yield from values(item)


def test_every_value_is_frozen(phones: Contract) -> None:
    """No field of any value of a contract can be set."""
    found = [value for value in values(phones) if dataclasses.is_dataclass(value)]
    assert len({type(value) for value in found}) >= 20
    for value in found:
        for field in dataclasses.fields(value):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(value, field.name, None)


def test_every_collection_is_frozen(phones: Contract) -> None:
    """A contract has no list, set or dict that can be modified."""
    kinds = {type(value) for value in values(phones) if not dataclasses.is_dataclass(value)}
    assert not kinds & {list, set, dict, bytearray}
    mappings = [value for value in values(phones) if isinstance(value, Mapping)]
    assert mappings
    assert {type(mapping) for mapping in mappings} == {MappingProxyType}


def test_changing_the_document_does_not_change_the_contract(phones: Contract) -> None:
    """Modifying the document does not change the contract."""
    mine = phones.document()
    mine["paths"].clear()
    assert list(phones.document()["paths"]) == ["/phones", "/phones/{uuid}"]


def test_reading_a_file_twice_gives_equal_contracts(phones: Contract) -> None:
    """Reading a file twice gives equal contracts."""
    again = load(phones.file)
    assert again.operations == phones.operations
    assert again.resources == phones.resources
    assert again.refusals == phones.refusals
    assert again.assumptions == phones.assumptions
    assert again.encoded == phones.encoded


@pytest.mark.parametrize(
    ("operation", "status", "declared"),
    [
        ("openTicket", 200, "200"),
        ("openTicket", 404, "4XX"),
        ("openTicket", 499, "4XX"),
        ("openTicket", 500, None),
        ("openTicket", 201, None),
        ("findTickets", 422, "422"),
        ("findTickets", 404, None),
    ],
)
def test_a_status_matches_its_response_or_its_class(operation: str, status: int, declared: str | None) -> None:
    """A status is declared by itself, or by its class."""
    response = load(GOOD / "tickets.yaml").operations[operation].response_for(status)
    assert (response.status if response else None) == declared


@pytest.mark.parametrize(("status", "declared"), [(201, "201"), (200, "default"), (500, "default")])
def test_default_covers_undeclared_statuses(status: int, declared: str) -> None:
    """A status that is not declared, nor its class, is covered by `default`."""
    response = load(GOOD / "flags.yaml").operations["addFlag"].response_for(status)
    assert response is not None
    assert response.status == declared


def test_each_operation_has_one_success_response(phones: Contract) -> None:
    """Each operation has one declared success."""
    assert {name: operation.success.status for name, operation in phones.operations.items()} == {
        "listPhones": "200",
        "registerPhone": "201",
        "getPhone": "200",
        "updatePhone": "200",
        "deletePhone": "200",
    }


def test_listed_operations_have_a_role(phones: Contract) -> None:
    """An operation that x-resources names has a resource and a role."""
    found = {name: phones.role_of(name) for name in phones.operations}
    assert {name: (pair[0].name, pair[1]) for name, pair in found.items() if pair} == {
        "listPhones": ("phone", Role.LIST),
        "registerPhone": ("phone", Role.CREATE),
        "getPhone": ("phone", Role.READ),
        "updatePhone": ("phone", Role.UPDATE),
        "deletePhone": ("phone", Role.DELETE),
    }


def test_unlisted_operations_have_no_role() -> None:
    """An operation that x-resources does not name has no role."""
    assert load(GOOD / "clock.yaml").role_of("tell time") is None


def test_an_assumption_applies_to_nodes_below_it(phones: Contract) -> None:
    """A node is assumed if it is marked, or the nearest marked node above it is."""
    below = phones.assumption_at("/x-resources/phone/list/search/members/0")
    assert below is not None
    assert below.pointer == "/x-resources/phone/list/search"
    own = phones.assumption_at("/components/schemas/Number/pattern")
    assert own is not None
    assert own.pointer == "/components/schemas/Number/pattern"


def test_our_keywords_are_assumed_unless_x_documented(tmp_path: Path) -> None:
    """x-resources is not the vendor's: it is assumed, with or without a mark, except at and below x-documented."""
    text = (GOOD / "tickets.yaml").read_text(encoding="utf-8")
    contract = load(GOOD / "tickets.yaml")
    assert contract.documented == frozenset()
    for pointer in ("/x-resources", "/x-resources/ticket/list/paging", "/x-http/answers"):
        found = contract.assumption_at(pointer)
        assert found is not None
        assert "x-documented" in found.why
    marked = tmp_path / "tickets.yaml"
    marked.write_text(
        text.replace("    list:\n", "    x-documented: {list/paging: Their page}\n    list:\n"), encoding="utf-8"
    )
    contract = load(marked)
    assert contract.documented == {"/x-resources/ticket/list/paging"}
    assert contract.assumption_at("/x-resources/ticket/list/paging/page") is None
    assert contract.assumption_at("/x-resources/ticket/list") is not None


@pytest.mark.parametrize(
    "pointer",
    ["", "/components/schemas/Number", "/components/schemas/Number/patterns", "/x-resources/phone/list/answers", "/no"],
)
def test_a_node_without_a_marked_ancestor_is_documented(phones: Contract, pointer: str) -> None:
    """A node is documented if neither it nor an ancestor is marked; prefixes of names don't matter."""
    assert phones.assumption_at(pointer) is None


@given(tokens=st.lists(st.text(max_size=4), max_size=4), data=st.data())
def test_the_nearest_assumption_is_found(phones: Contract, tokens: list[str], data: st.DataObject) -> None:
    """A node below one that is marked with all below it has that assumption, or a nearer one."""
    whole = [pointer for pointer, assumption in phones.assumptions.items() if assumption.with_all_below]
    marked = data.draw(st.sampled_from(sorted(whole)))
    found = phones.assumption_at(marked + from_tokens(tokens))
    assert found is not None
    assert found.pointer.startswith(marked)


def test_there_are_six_roles() -> None:
    """There are six roles."""
    assert issubclass(Role, Enum)
    assert [role.value for role in Role] == ["list", "create", "read", "update", "replace", "delete"]


def test_refusals_without_a_body_are_problem_details(tmp_path: Path) -> None:
    """A document that only gives statuses has errors as RFC 9457 describes them; one with a body has its media type."""
    file = written(tmp_path, HEAD + PATHS + "x-http: {refusals: {statuses: {invalid: 422}}}\n")
    refusals = load(file).refusals
    assert refusals.statuses[Refusal.INVALID] == 422
    assert refusals.media_type == "application/problem+json"
    assert refusals.body == {
        "type": "about:blank",
        "title": "$title",
        "status": "$status",
        "detail": "$message",
        "errors": "$violations",
    }
    file = written(tmp_path, HEAD + PATHS + "x-http: {refusals: {body: {error: $message, where: $violations}}}\n")
    refusals = load(file).refusals
    assert (refusals.media_type, refusals.body) == ("application/json", {"error": "$message", "where": "$violations"})
    assert refusals.violation == {"in": "$in", "path": "$path", "detail": "$message"}

"""Bodies and numbers to send."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from contract_tests.resource.body_values import BodyMembers, Numbers, body_schema
from contract_tests.settings import Shard
from fixtures import is_reserved, number_pool
from openapi import Contract


def test_numbers_are_reserved_and_distinct() -> None:
    """Numbers of any country or of one are reserved and differ, also across threads."""
    numbers = Numbers(7)
    wanted = [None, "GB", "US", None, "DE"] * 60
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(numbers.take, wanted))
    assert len(set(taken)) == len(taken)
    assert all(map(is_reserved, taken))
    assert all(one.startswith("+44") for one, country in zip(taken, wanted, strict=True) if country == "GB")


def test_the_seed_decides_the_numbers() -> None:
    """A run with the same seed uses the same numbers, another seed others."""
    one, same, other = (Numbers(seed) for seed in (7, 7, 8))
    first = [one.take() for _ in range(20)]
    assert first == [same.take() for _ in range(20)]
    assert first != [other.take() for _ in range(20)]


def test_shards_use_different_numbers() -> None:
    """Two shards of a check with the same seed have no number in common, of any country or of one."""
    shards = [Numbers(7, Shard(number, 3)) for number in (1, 2, 3)]
    taken = [numbers.take(country) for numbers in shards for country in [None, "GB", "SE", "US"] * 25]
    assert len(set(taken)) == len(taken) == 300


def test_numbers_of_existing_records_are_skipped() -> None:
    """A number that a record of the service has is skipped; those before and after it are not."""
    usual, careful = Numbers(7), Numbers(7)
    first, second, third = (usual.take() for _ in range(3))
    careful.shown(second)
    assert [careful.take() for _ in range(2)] == [first, third]


def test_a_country_without_numbers_left_is_an_error() -> None:
    """When a country has no numbers left, that is an error, not an endless loop."""
    numbers = Numbers(7)
    most = len(number_pool(7, ["FR"]))
    assert len({numbers.take("FR") for _ in range(most)}) == most
    with pytest.raises(IndexError):
        numbers.take("FR")


def test_the_fields_of_a_body_are_recognised_by_their_schemas(contract: Contract) -> None:
    """Numbers, choices and texts are recognised by their schemas, and the smallest body is valid."""
    operation = contract.operations["registerPhone"]
    members = BodyMembers(contract, operation)
    assert (members.required, members.numbers) == (("number",), ["number"])
    assert members.choices == {"type": ["private", "shared", "ordered"]}
    assert set(members.texts) == {"name", "provider", "referenceId"}
    numbers = Numbers(7)
    assert set(members.least(numbers)) == {"number"}
    everything = {name: members.value(name, numbers) for name in members.members}
    for body in (members.least(numbers), everything):
        assert list(body_schema(contract, operation).violations(body)) == []


def test_an_operation_without_a_body_has_no_body_schema(contract: Contract) -> None:
    """An operation without a body has no body schema."""
    operation = contract.operations["getPhone"]
    with pytest.raises(ValueError, match=f"^{operation.pointer}: this operation takes no body$"):
        body_schema(contract, operation)

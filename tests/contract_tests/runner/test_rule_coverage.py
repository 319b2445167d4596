"""Which rules of the document the requests of a run try."""

from __future__ import annotations

import json

import pytest

from contract_tests.runner.rule_coverage import Rules
from openapi import Contract


def tried(contract: Contract, operation: str, query: str = "", body: object = None) -> set[str]:
    """The rules of an operation that a request tries."""
    data = b"" if body is None else json.dumps(body).encode()
    return Rules(contract, contract.operations[operation]).tried(query, data)


@pytest.mark.parametrize(
    ("operation", "body", "rules"),
    [
        ("registerPhone", {}, {"/number required"}),
        ("registerPhone", [], {"body type: array"}),
        ("registerPhone", {"number": 5}, {"/number type: number"}),
        ("registerPhone", {"number": "+12025550143", "name": ""}, {"/name minLength"}),
        ("registerPhone", {"number": "+12025550143", "name": "x"}, {"/name minLength reached"}),
        ("registerPhone", {"number": "+12025550143", "uuid": "x"}, {"body additionalProperties: uuid"}),
        ("registerPhone", {"number": "+12025550143", "nmae": "x"}, {"body additionalProperties: an unknown field"}),
        ("registerPhone", {"number": "+12025550143", "type": "Private"}, {"/type enum"}),
        ("registerPhone", {"number": "+12025550143", "type": "shared"}, {"/type=shared"}),
        ("updatePhone", {}, {"body minProperties"}),
        ("updatePhone", {"name": "x" * 101}, {"/name maxLength"}),
        ("updatePhone", {"name": "x" * 100}, {"/name maxLength reached"}),
    ],
)
def test_a_body_tries_the_rules_of_its_schema(
    contract: Contract, operation: str, body: object, rules: set[str]
) -> None:
    """A body tries the rules that it breaks, the bounds that it reaches, and the values of enumerations in it."""
    assert tried(contract, operation, body=body) == rules


@pytest.mark.parametrize(
    ("query", "rules"),
    [
        ("", set()),
        ("unknown=1", set()),
        ("page=2", set()),
        ("page=x", {"page type"}),
        ("page=0", {"page minimum"}),
        ("limit=100", {"limit maximum reached"}),
        ("limit=101&status=active", {"limit maximum", "status=active"}),
        ("type=Private", {"type enum"}),
    ],
)
def test_a_query_tries_the_rules_of_its_parameters(contract: Contract, query: str, rules: set[str]) -> None:
    """A query tries the rules of its parameters."""
    assert tried(contract, "listPhones", query) == rules


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_a_body_that_is_not_json_tries_no_rule(contract: Contract, body: bytes) -> None:
    """A body that can't be parsed tries no rule of its schema."""
    assert Rules(contract, contract.operations["registerPhone"]).tried("", body) == set()

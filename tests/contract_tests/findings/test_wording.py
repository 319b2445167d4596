"""What a failed claim got and what it expected, in words."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.claims.evaluation import ResponseData, judge
from contract_tests.findings.wording import describe_verdict

_RESPONSES = {1: ResponseData(503, {"allow": "GET"}, b'{"page": 0, "name": null}', 0.1)}
_NULL: list[Any] = ["literal", None]


def _keeps(value: Any, keyword: str, operand: Any) -> list[Any]:
    return ["keeps", ["literal", value], ["literal", [keyword, operand]]]


@pytest.mark.parametrize(
    ("claim", "got", "expected"),
    [
        (["is at most", ["status", 1], ["literal", 499]], "503", "a status below 500"),
        (["is", ["status", 1], ["literal", 201]], "503", "201"),
        (["is not", ["header", 1, "Location"], _NULL], "missing", "present"),
        (["is", ["header", 1, "Location"], ["literal", "/a"]], "missing", '"/a"'),
        (["is not", ["literal", None], _NULL], "null", "not null"),
        (_keeps({"page": 1}, "required", ["limit"]), 'no limit in {"page": 1}', "limit is required"),
        (_keeps({}, "required", ["a", "b"]), "no a and no b in {}", "a and b are required"),
        (_keeps({}, "type", ["string", "null"]), "{}", "string or null"),
        (_keeps("x", "type", "integer"), '"x"', "integer"),
        (_keeps("0171", "pattern", "^[+]"), '"0171"', "text that matches ^[+]"),
        (_keeps("x", "enum", ["a", "b"]), '"x"', 'one of "a", "b"'),
        (_keeps(0, "minimum", 1), "0", "at least 1"),
        (_keeps("long", "maxLength", 2), '"long"', "at most 2 characters"),
        (_keeps("x", "const", "y"), '"x"', 'const "y"'),
        (["is", ["literal", []], ["literal", ["a"]]], "an empty list", '1 item: ["a"]'),
        (["is", ["literal", ["a", "b"]], ["literal", []]], '2 items: ["a", "b"]', "an empty list"),
        (["is", ["literal", {"a": 1, "b": 2}], ["literal", {"a": 1, "b": 3}]], "b 2", "b 3"),
        (["is", ["literal", {"a": 1}], ["literal", {"a": 1, "b": 3}]], "no b", "b 3"),
    ],
)
def test_a_verdict_names_what_is_missing_and_allowed(claim: list[Any], got: str, expected: str) -> None:
    """The text names what is missing, and what a keyword of the schema allows."""
    assert describe_verdict(claim, judge(claim, _RESPONSES)) == (got, expected)


def test_the_wording_leaves_out_the_condition() -> None:
    """A claim under a condition has the text of the claim alone."""
    alone = ["is at most", ["status", 1], ["literal", 499]]
    under = ["where", ["is", ["status", 1], ["literal", 503]], alone]
    assert describe_verdict(under, judge(under, _RESPONSES)) == describe_verdict(alone, judge(alone, _RESPONSES))

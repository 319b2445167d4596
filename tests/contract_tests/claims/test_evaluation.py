"""Claims: expressions and relations."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract_tests.claims.evaluation import ResponseData, evaluate, judge, references, with_numbers

_RESPONSES = {
    1: ResponseData(201, {"location": "/a/1"}, b'{"id": 1, "name": "a", "tags": ["x", "y"], "none": null}', 0.25),
    2: ResponseData(200, {"content-type": "Application/JSON; charset=utf-8"}, b'{"items": [{"id": 2}, {"id": 1}]}'),
    3: ResponseData(502, {}, b"<html>"),
}
_json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (["literal", ["status", 1]], ["status", 1]),
        (["status", 3], 502),
        (["header", 1, "Location"], "/a/1"),
        (["header", 1, "Allow"], None),
        (["seconds", 1], 0.25),
        (["json", 1, "/tags/1"], "y"),
        (["json", 1, "/tags/9"], None),
        (["json", 3, ""], None),
        (["keys", ["json", 2, "/items"], "id"], [2, 1]),
        (["keys", ["json", 3, ""], "id"], []),
        (["pages", ["json", 2, "/items"], 2], 1),
        (["pages", ["literal", 3], 2], 2),
        (["pages", ["json", 3, ""], 2], None),
        (["sum", ["list", [["status", 1], ["json", 3, ""], ["status", 2]]]], 401),
        (["instants", ["literal", ["1970-01-01T00:00:01Z", "noon"]]], [1.0, None]),
        (["ascending", ["literal", [2, None, 1]]], [1, 2]),
        (["descending", ["literal", [1, None, 2]]], [2, 1]),
        (["containing", ["literal", [{"a": "Xy"}, {"b": "xy"}]], ["literal", ["a"]], ["literal", "x"]], [{"a": "Xy"}]),
        (["pick", ["json", 2, "/items"], "id", ["json", 1, "/id"]], {"id": 1}),
        (["member", ["json", 1, ""], "name"], "a"),
        (["has", ["json", 1, ""], "none"], True),
        (["merge", ["literal", {"a": 1, "b": 2}], ["literal", {"b": 3}]], {"a": 1, "b": 3}),
        (["without", ["literal", {"status": 1, "b": 2}], ["literal", ["status", "list"]]], {"b": 2}),
        (["count", ["list", [["status", 1], ["status", 2]]]], 2),
        (["pages", ["literal", [1, 2, 3]], 2], 2),
        (["slice", ["literal", [1, 2, 3]], 1, 3], [2, 3]),
        (["sort", ["literal", [3, 1, 2]]], [1, 2, 3]),
        (["kept", ["literal", [3, 1, 2]], ["literal", [2, 3]]], [3, 2]),
        (["joined", ["literal", [[1], [2, 3], None]]], [1, 2, 3]),
        (["essence", ["header", 2, "content-type"]], "application/json"),
        (["words", ["literal", "GET, head"]], ["GET", "HEAD"]),
        (["instant", ["literal", "1970-01-01T01:00:00+01:00"]], 0.0),
        (["instant", ["literal", "1970-01-01T01:00:00"]], None),
    ],
)
def test_an_expression_returns_its_part_of_a_response(expression: list[Any], value: Any) -> None:
    """Each expression returns its part of a response, or None if it is missing."""
    assert evaluate(expression, _RESPONSES) == value


@pytest.mark.parametrize(
    ("claim", "holds"),
    [
        (["is", ["literal", True], ["literal", 1]], False),
        (["is", ["literal", {"a": [1, {"b": 0}]}], ["literal", {"a": [1, {"b": False}]}]], False),
        (["is", ["literal", 1], ["literal", 1.0]], True),
        (["is not", ["header", 1, "allow"], ["literal", None]], False),
        (["is one of", ["status", 1], ["literal", [200, 201]]], True),
        (["holds", ["literal", ["a"]], ["literal", "a"]], True),
        (["lacks", ["literal", None], ["literal", "a"]], True),
        (["is within", ["literal", [1, 1]], ["literal", [1, 2]]], True),
        (["is at least", ["literal", None], ["literal", 1]], False),
        (["is at most", ["status", 3], ["literal", 499]], False),
        (["is after", ["instant", ["literal", "2026-01-01T00:00:00.001Z"]], ["literal", 1767225600]], True),
        (["matches", ["literal", "abc"], ["literal", "^a"]], True),
        (["keeps", ["literal", 2], ["literal", ["type", ["string", "null"]]]], False),
        (["keeps", ["literal", True], ["literal", ["type", "integer"]]], False),
        (["keeps", ["literal", {"a": 1}], ["literal", ["required", ["a", "b"]]]], False),
        (["keeps", ["literal", "2026-01-01T00:00:00"], ["literal", ["format", "date-time"]]], False),
        (["keeps", ["literal", None], ["literal", ["maxLength", 3]]], False),
        (["where", ["is", ["status", 1], ["literal", 0]], ["is", ["literal", 1], ["literal", 2]]], True),
        (["where", ["is", ["literal", 1], ["literal", 1]], ["is", ["literal", 1], ["literal", 2]]], False),
    ],
)
def test_relations_compare_json_values(claim: list[Any], holds: bool) -> None:
    """Relations compare JSON values: true is not 1, and null is neither greater nor smaller."""
    assert judge(claim, _RESPONSES).holds is holds


def test_the_responses_of_a_claim_can_be_renumbered() -> None:
    """The responses of a claim are found and can be renumbered, except within literals."""
    claim = ["is", ["keys", ["json", 2, ""], "id"], ["list", [["json", 1, "/id"], ["literal", ["status", 9]]]]]
    assert references(claim) == {1, 2}
    assert references(with_numbers(claim, {1: 5, 2: 7})) == {5, 7}


@given(_json_values)
def test_a_json_value_equals_itself_after_parsing(value: Any) -> None:
    """Any JSON value equals itself, and so does its text after parsing."""
    text = json.dumps(value).encode()
    assert judge(["is", ["json", 1, ""], ["literal", value]], {1: ResponseData(200, {}, text)}).holds

"""Patterns in the self-check."""

from __future__ import annotations

from time import process_time
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mock_server.web.safe_patterns import SafeValidator


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"pattern": r"^\p{L}+$"}, "Zürich", "1"),
        ({"pattern": "^a"}, 5, "b"),
        ({"patternProperties": {r"^\p{Lu}": {"type": "string"}}}, {"A": "x", "b": 1}, {"Ä": 1}),
        ({"patternProperties": {"^x-": {}}, "additionalProperties": False}, {"x-a": 1}, {"y": 1}),
        ({"properties": {"a": {}}, "additionalProperties": {"type": "string"}}, {"a": 1, "b": "x"}, {"b": 1}),
        ({"additionalProperties": False}, [1], {"a": 1}),
    ],
)
def test_ecma_262_patterns_are_supported(schema: dict[str, Any], good: Any, bad: Any) -> None:
    """Patterns with Unicode properties work, and names that match a pattern are not additional."""
    assert list(SafeValidator(schema).iter_errors(good)) == []
    assert len(list(SafeValidator(schema).iter_errors(bad))) == 1


def test_errors_have_the_pointer_of_the_property() -> None:
    """An error has the pointer of the property."""
    schema = {"properties": {"a": {"additionalProperties": {"pattern": "^x"}}}}
    (error,) = SafeValidator(schema).iter_errors({"a": {"b": "y"}})
    assert (error.json_path, error.message) == ("$.a.b", "'y' does not match '^x'")
    assert not isinstance(SafeValidator(schema), Draft202012Validator)


def test_backtracking_patterns_end_at_once() -> None:
    """A pattern that would take Python's engine years ends quickly."""
    began_s = process_time()
    list(SafeValidator({"pattern": "^(a+)+$"}).iter_errors("a" * 40 + "b"))
    list(SafeValidator({"pattern": r"^(?=(a+)+$)(a+)+$"}).iter_errors("a" * 40 + "b"))
    assert process_time() - began_s < 5

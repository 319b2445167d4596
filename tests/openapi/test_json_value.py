"""Reading text that may not be JSON."""

from __future__ import annotations

import pytest

from openapi.json_value import JsonValue, is_equal, json_or_none


@pytest.mark.parametrize(
    ("body", "value"),
    [(b'{"a": [1]}', {"a": [1]}), ("null", None), (b"", None), (None, None), (b"{", None), (b'"\xff"', None)],
)
def test_a_non_json_body_is_none(body: bytes | str | None, value: JsonValue) -> None:
    """A body that is not JSON, or not UTF-8, is None."""
    assert json_or_none(body) == value


def test_a_body_nested_too_deeply_is_none() -> None:
    """A body that is too deep for Python's reader is None, not an error."""
    assert json_or_none("[" * 500_000) is None


@pytest.mark.parametrize(
    ("value", "wanted", "equal"), [(1, 1.0, True), (1, True, False), ("a", ["b", "a"], True), (None, [], False)]
)
def test_values_compare_as_in_json(value: JsonValue, wanted: JsonValue, equal: bool) -> None:
    """Values are equal as in JSON, and a value equals a list that contains it."""
    assert is_equal(value, wanted) is equal

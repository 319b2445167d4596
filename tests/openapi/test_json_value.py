"""Reading JSON that may be none."""

from __future__ import annotations

import pytest

from openapi.json_value import JsonValue, json_or_none


@pytest.mark.parametrize(
    ("body", "value"),
    [(b'{"a": [1]}', {"a": [1]}), ("null", None), (b"", None), (None, None), (b"{", None), (b'"\xff"', None)],
)
def test_a_body(body: bytes | str | None, value: JsonValue) -> None:
    """A body that is not JSON, or not UTF-8, is None."""
    assert json_or_none(body) == value


def test_a_deep_body() -> None:
    """A body that is too deep for Python's reader is None, not an error."""
    assert json_or_none("[" * 500_000) is None

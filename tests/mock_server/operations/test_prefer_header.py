"""`Prefer`, read as RFC 7240 defines it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.http.messages import HttpRequest, Violation
from mock_server.operations.prefer_header import Preferences, read_preferences, without_preferences


def preferences(prefer: str, query: str = "") -> Preferences:
    """The preferences in a valid header."""
    violations: list[Violation] = []
    found = read_preferences(HttpRequest({}, query, {"prefer": prefer}, b""), violations)
    assert violations == []
    return found


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1), st.integers(200, 599))
def test_quoted_names_survive_a_round_trip(name: str, code: int) -> None:
    """A quoted string is read back unchanged, and Preference-Applied can be sent again."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    found = preferences(f'respond-async, example="{escaped}"; q="a, b", code={code}')
    assert (found.example, found.code) == (name, code)
    assert preferences(found.applied) == found


@given(st.text(max_size=60))
def test_any_header_value_is_parsed(text: str) -> None:
    """Any header value is a preference, nothing, or a violation."""
    violations: list[Violation] = []
    found = read_preferences(HttpRequest({}, "", {"prefer": text}, b""), violations)
    assert isinstance(found, Preferences)
    assert all(violation.path == "Prefer" for violation in violations)


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("", ""),
        ("__code=404", ""),
        ("page=2&__code=404&limit=5&__delay=1&__example=x", "page=2&limit=5"),
        ("__codes=1&code=2&__", "__codes=1&code=2&__"),
    ],
)
def test_preferences_are_removed_from_the_query(query: str, left: str) -> None:
    """Preferences in the query are not query parameters of the operation."""
    assert without_preferences(query) == left

"""JSON Pointers (RFC 6901)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openapi.pointers import ancestors, from_tokens, join, of_reference, resolve, split

TOKENS = st.lists(st.text(max_size=8) | st.sampled_from(["~", "/", "~1", "~0", "~01", "", "0"]), max_size=5)
RFC_DOCUMENT = {
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    "e^f": 3,
    "g|h": 4,
    "i\\j": 5,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
}


@given(tokens=TOKENS)
def test_joined_tokens_survive_a_round_trip(tokens: list[str]) -> None:
    """Tokens of any text survive a round trip through a pointer."""
    assert split(from_tokens(tokens)) == tokens


@given(above=TOKENS, below=TOKENS)
def test_joining_appends_tokens_to_a_pointer(above: list[str], below: list[str]) -> None:
    """Tokens joined to a pointer are below it."""
    assert join(from_tokens(above), *below) == from_tokens([*above, *below])


@given(tokens=TOKENS, leaf=st.integers())
def test_a_pointer_resolves_to_its_value(tokens: list[str], leaf: int) -> None:
    """The pointer made of the keys on the way to a value resolves to that value."""
    value: Any = leaf
    for token in reversed(tokens):
        value = {token: value, token + "x": None}
    assert resolve(value, from_tokens(tokens)) == leaf


@given(tokens=TOKENS)
def test_ancestors_lead_from_a_pointer_to_the_root(tokens: list[str]) -> None:
    """The ancestors of a pointer are itself and all pointers above it, up to the root."""
    expected = [from_tokens(tokens[:count]) for count in range(len(tokens), -1, -1)]
    assert list(ancestors(from_tokens(tokens))) == expected


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", RFC_DOCUMENT),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/e^f", 3),
        ("/g|h", 4),
        ("/i\\j", 5),
        ('/k"l', 6),
        ("/ ", 7),
        ("/m~0n", 8),
    ],
)
def test_the_table_of_rfc_6901_holds(pointer: str, value: Any) -> None:
    """The table of RFC 6901, section 5, holds."""
    assert resolve(RFC_DOCUMENT, pointer) == value


@pytest.mark.parametrize("pointer", ["/no", "/foo/2", "/foo/x", "/foo/-", "/foo/-1", "/foo/0/x", "/a/b"])
def test_a_missing_value_is_a_lookup_error(pointer: str) -> None:
    """A missing value is a LookupError in any container."""
    with pytest.raises(LookupError):
        resolve(RFC_DOCUMENT, pointer)


def test_a_pointer_must_start_with_a_slash() -> None:
    """A pointer without a leading slash is an error that says so."""
    with pytest.raises(ValueError, match="'foo' is not a JSON Pointer: write /foo"):
        split("foo")


@pytest.mark.parametrize(
    ("reference", "pointer"),
    [("#", ""), ("#/c%25d", "/c%d"), ("#/a~1b", "/a~1b"), ("#/%20", "/ "), ("#/k%22l", '/k"l')],
)
def test_a_reference_is_an_encoded_pointer_after_a_hash(reference: str, pointer: str) -> None:
    """A reference is a percent-encoded pointer after # (RFC 6901, section 6)."""
    assert of_reference(reference) == pointer
    resolve(RFC_DOCUMENT, pointer)

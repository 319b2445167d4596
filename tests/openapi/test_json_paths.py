"""JSONPath queries of one node."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openapi.json_paths import JsonPathError, json_path, path_tokens
from openapi.pointers import from_tokens


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.text(max_size=5), max_size=4))
def test_a_query_names_the_node_of_its_pointer(tokens: list[str]) -> None:
    """The query made for a JSON Pointer has the names of the pointer, whatever characters they have."""
    assert path_tokens(json_path(from_tokens(tokens))) == tuple(tokens)


@pytest.mark.parametrize(
    ("query", "tokens"),
    [
        ("$", ()),
        ("$.paths['/a/{b}'].get", ("paths", "/a/{b}", "get")),
        ('$[ "x" ][2][ 0 ]', ("x", 2, 0)),
        (r"$['it\'s', a]", None),
        (r"""$["it's"]['"']""", ("it's", '"')),
        (r"$['\u00e9']", ("é",)),
    ],
)
def test_names_and_indexes_are_read(query: str, tokens: tuple[str | int, ...] | None) -> None:
    """Names have either kind of quotes or a dot, and escapes of JSON; a query of several nodes is refused."""
    if tokens is None:
        with pytest.raises(JsonPathError, match="may match several nodes"):
            path_tokens(query)
    else:
        assert path_tokens(query) == tokens

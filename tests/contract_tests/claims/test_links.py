"""The Link header, as services write it."""

from __future__ import annotations

import pytest

from contract_tests.claims.links import link_to, parameter_of

HEADER = (
    '<https://a.example/b?page=2&x=a,b>; rel="next", <?page=1>;rel=first;title="a, b", '
    '</b?page=9>; title="<last>"; REL="last archives"'
)


@pytest.mark.parametrize(
    ("relation", "url"),
    [
        ("next", "https://a.example/b?page=2&x=a,b"),
        ("first", "?page=1"),
        ("last", "/b?page=9"),
        ("archives", "/b?page=9"),
        ("prev", None),
    ],
)
def test_a_link_is_found_by_its_relation(relation: str, url: str | None) -> None:
    """Quoted and plain relations, several in one, commas in URLs and in other parameters are read (RFC 8288)."""
    assert link_to(HEADER, relation) == url


@pytest.mark.parametrize("header", [None, "", "nonsense", "<a>", 7])
def test_a_missing_or_malformed_header_has_no_links(header: object) -> None:
    """A missing or malformed header has no links."""
    assert link_to(header, "next") is None


def test_a_query_parameter_of_a_url_is_decoded() -> None:
    """The value of a query parameter is decoded; a URL without it has none."""
    assert parameter_of("/b?size=2&after=a%2Bb%3D", "after") == "a+b="
    assert parameter_of("/b", "after") is None
    assert parameter_of(None, "after") is None

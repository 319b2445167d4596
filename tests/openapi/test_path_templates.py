"""Path templates."""

from __future__ import annotations

import pytest

from openapi.path_templates import pattern, placeholders, regex


@pytest.mark.parametrize(
    ("template", "path", "values"),
    [
        ("/phones/{uuid}", "/phones/8c3a", ("8c3a",)),
        ("/phones/{uuid}", "/phones/", None),
        ("/phones/{uuid}", "/phones/a/b", None),
        ("/a.b/{x}-{y}", "/a.b/1-2", ("1", "2")),
        ("/a.b/{x}-{y}", "/aXb/1-2", None),
        ("/plain", "/plain", ()),
    ],
)
def test_placeholders_match_any_text_without_slashes(template: str, path: str, values: tuple[str, ...] | None) -> None:
    """A placeholder matches one or more characters except slashes; everything else is literal."""
    match = pattern(template).fullmatch(path)
    assert (match.groups() if match else None) == values


def test_a_template_gives_parameter_names_and_a_pattern() -> None:
    """A template gives the names of its parameters, and a regular expression."""
    assert placeholders("/a/{b-c}/{d}") == ["b-c", "d"]
    assert regex("/a/{b}", "[0-9]+") == "/a/[0-9]+"

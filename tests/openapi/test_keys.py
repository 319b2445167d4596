"""Keys of several fields, as one string."""

from __future__ import annotations

from typing import Any

import pytest

from openapi.keys import expand, fields_of, key_in, parts_of, renamed

NAME = "{lang}/{key}"


@pytest.mark.parametrize(
    ("record", "key"),
    [
        ({"lang": "en", "key": "home"}, "en/home"),
        ({"lang": "a", "key": "b/c"}, "a/b%2Fc"),
        ({"lang": "a/b", "key": "c"}, "a%2Fb/c"),
        ({"lang": "ü", "key": "100%"}, "%C3%BC/100%25"),
        ({"lang": "en", "key": 7}, "en/7"),
        ({"lang": "en", "key": 7.0}, "en/7"),
        ({"lang": "{key}", "key": "{}"}, "%7Bkey%7D/%7B%7D"),
        ({"lang": "en"}, None),
        ({"lang": "en", "key": None}, None),
        ({"lang": "en", "key": True}, None),
        ([], None),
    ],
)
def test_composite_keys_are_joined_unambiguously(record: Any, key: str | None) -> None:
    """Each part is percent-encoded, so different keys have different strings, which can be split again."""
    assert key_in(record, NAME) == key
    if key is not None:
        parts = parts_of(key, NAME)
        assert parts is not None
        assert key_in(parts, NAME) == key


def test_a_key_of_one_field_is_the_field_value() -> None:
    """A name without braces is that of a field."""
    assert (fields_of("id"), key_in({"id": 7}, "id")) == (("id",), 7)
    assert (fields_of(NAME), renamed(NAME, str.upper)) == (("lang", "key"), "{LANG}/{KEY}")


def test_a_wrong_number_of_segments_is_not_a_key() -> None:
    """A string with another number of segments can't be split."""
    assert parts_of("en", NAME) is None
    assert parts_of("en/home/more", NAME) is None
    assert parts_of("a/by-number/1", "{queue}/by-number/{number}") == {"queue": "a", "number": "1"}


def test_single_keys_are_encoded_in_paths() -> None:
    """The string of several fields is encoded already; any other key is encoded in the path."""
    assert expand("/a/{+key}", "en/a%2Fb") == "/a/en/a%2Fb"
    assert expand("/a/{key}?find={key}", "a/b") == "/a/a%2Fb?find=a%2Fb"

"""JSON, read strictly."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openapi.strict_json import JsonProblem, NotJsonError, decode_utf8, parse_json, read_json

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(VALUES)
def test_json_survives_a_round_trip(value: object) -> None:
    """Every JSON text is read as the value it was written from, escaped or not."""
    for escaped in (True, False):
        text = json.dumps(value, ensure_ascii=escaped)
        assert read_json(text.encode()) == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (None, 1, 1, "expected a value")),
        ("uuid,number\n", (None, 1, 1, "expected a value")),
        ('[{"a": 1},\n  {"a": }]', (None, 2, 9, "expected a value")),
        ("[1] 2", (None, 1, 5, "unexpected text after the value")),
        ('{"a": 1, "b": 2,\n "a": 1}', ("/a", 2, 2, 'the name "a" is repeated')),
        ('{"a": [{"b/~": 1, "b/~": 2}]}', ("/a/0/b~1~0", 1, 19, 'the name "b/~" is repeated')),
        ('[{"a": 1, "a": 1}, x]', (None, 1, 20, "expected a value")),
        ("[NaN]", ("/0", 1, 2, "NaN is not JSON")),
        ("[1, -Infinity]", ("/1", 1, 5, "-Infinity is not JSON")),
        ("[1e999]", ("/0", 1, 2, "1e999 is too large")),
        ('["\\ud800"]', ("/0", 1, 2, '"\\ud800" has half a surrogate pair')),
        ('{"\\udfff": 1}', ("", 1, 2, '"\\udfff" has half a surrogate pair')),
        ("1" * 5000, ("", 1, 1, "integer of 5000 digits")),
        ("[" * 101 + "]" * 101, (None, 1, 101, "more than 100 levels of arrays and objects")),
        ('{"a":' * 101 + "1" + "}" * 101, (None, 1, 501, "more than 100 levels of arrays and objects")),
        ("[" * 100_000, (None, 1, 101, "more than 100 levels of arrays and objects")),
    ],
)
def test_a_problem_has_pointer_line_and_column(text: str, expected: tuple[str | None, int, int, str]) -> None:
    """A problem has its pointer, line and column; the pointer is None if the text is not JSON at all."""
    with pytest.raises(NotJsonError) as refusal:
        parse_json(text)
    (found,) = refusal.value.problems
    assert (found.pointer, found.line, found.column, found.problem) == expected


def test_problems_are_listed_in_text_order() -> None:
    """Several problems are listed in the order in which they occur."""
    with pytest.raises(NotJsonError) as refusal:
        parse_json('{"a": NaN,\n "b": [1e400, {"c": "\\udc00", "c": 1}]}')
    found = [(one.pointer, one.line, one.column) for one in refusal.value.problems]
    assert found == [("/a", 1, 7), ("/b/0", 2, 8), ("/b/1/c", 2, 21), ("/b/1/c", 2, 31)]


def test_a_tolerant_reader_resolves_repeated_names() -> None:
    """In tolerant mode, the last of repeated names counts, and U+FFFD replaces half surrogate pairs."""
    tolerated: list[JsonProblem] = []
    value = parse_json('{"a": 1, "b": [true, "\\udc00", 1.5],\n "a": {"c": null}}', tolerated)
    assert value == {"a": {"c": None}, "b": [True, "\ufffd", 1.5]}
    assert list(value) == ["a", "b"]
    found = [(one.pointer, one.line, one.column, one.tolerance) for one in tolerated]
    assert found == [("/b/1", 1, 22, "\ufffd replaces it"), ("/a", 2, 2, "the last one counts")]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(VALUES)
def test_a_tolerant_reader_keeps_the_other_values(value: object) -> None:
    """A tolerant reader reads every value around a repeated name unchanged."""
    tolerated: list[JsonProblem] = []
    text = json.dumps(value)
    assert parse_json(f'{{"a": {text}, "a": [{text}]}}', tolerated) == {"a": [value]}
    assert [one.pointer for one in tolerated] == ["/a"]


def test_a_tolerant_reader_refuses_other_problems() -> None:
    """A tolerant reader refuses all other problems, and names each of them."""
    tolerated: list[JsonProblem] = []
    with pytest.raises(NotJsonError) as refusal:
        parse_json('{"a": NaN, "a": 1}', tolerated)
    assert [(one.pointer, one.column) for one in refusal.value.problems] == [("/a", 7), ("/a", 12)]
    assert tolerated == []


def test_a_hundred_levels_of_nesting_are_read() -> None:
    """A hundred levels are read, and brackets in strings do not count."""
    assert parse_json("[" * 100 + "]" * 100)
    assert parse_json(f"[{','.join(['[]'] * 200)}]") == [[]] * 200
    assert parse_json(json.dumps("[" * 200)) == "[" * 200


@pytest.mark.parametrize(
    ("data", "line", "column", "problem"),
    [
        (b'["caf\xe9"]', 1, 6, "byte E9 is not UTF-8"),
        (b'[\n"\xed\xa0\x80"]', 2, 2, "byte ED is not UTF-8"),
        (b"\xef\xbb\xbf[\n\xff]", 2, 1, "byte FF is not UTF-8"),
    ],
)
def test_non_utf8_bytes_are_refused(data: bytes, line: int, column: int, problem: str) -> None:
    """Bytes that are not UTF-8 are refused; the error points to the first of them."""
    with pytest.raises(NotJsonError) as refusal:
        decode_utf8(data)
    (found,) = refusal.value.problems
    assert (found.line, found.column, found.problem) == (line, column, problem)


def test_a_byte_order_mark_is_allowed_only_in_files() -> None:
    """A request body with a byte order mark is refused; a file may have one."""
    with pytest.raises(NotJsonError) as refusal:
        read_json(b"\xef\xbb\xbf{}")
    assert [one.problem for one in refusal.value.problems] == ["byte order mark (EF BB BF) at the start"]
    assert decode_utf8(b"\xef\xbb\xbf{}") == "{}"

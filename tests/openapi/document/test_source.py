"""Reads YAML or JSON as plain values, with the line of each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openapi import SpecError
from openapi.document.source import read_source
from openapi.pointers import join
from tests.openapi.support import written

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the examples of a Hypothesis test share."""
    return tmp_path_factory.mktemp("sources")


def keys(value: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """The JSON Pointer of each field of each mapping in `value`, with its name."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield join(pointer, name), name
            yield from keys(member, join(pointer, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from keys(item, join(pointer, index))


@given(value=JSON, ascii_only=st.booleans(), suffix=st.sampled_from([".json", ".yaml"]))
def test_json_values_match_a_json_parser(folder: Path, value: Any, ascii_only: bool, suffix: str) -> None:
    """JSON has the same value as for a JSON parser, in a YAML file too."""
    file = folder / f"value{suffix}"
    escaped = ascii_only or suffix == ".yaml"
    file.write_text(json.dumps(value, ensure_ascii=escaped).replace("\x7f", "\\u007f" if escaped else "\x7f"), "utf-8")
    read = read_source(file).value
    assert read == value
    assert type(read) is type(value)


@given(value=JSON)
def test_a_field_has_the_line_of_its_key(folder: Path, value: Any) -> None:
    """A field has the line of its key."""
    text = json.dumps(value, indent=1)
    file = folder / "lines.json"
    file.write_text(text, "utf-8")
    source, lines = read_source(file), text.split("\n")
    for pointer, name in keys(value):
        assert lines[source.line_of(pointer) - 1].lstrip().startswith(f"{json.dumps(name)}: ")


def test_yaml_nodes_have_their_line(tmp_path: Path) -> None:
    """Lines count from 1, through comments, block scalars, flow collections and items."""
    source = read_source(
        written(
            tmp_path,
            """\
            # a comment
            info:
              title: |
                two
                lines
              tags: [a,
                b]
            list:
            - 1
            -
              deep: true
            """,
        )
    )
    expected = {"": 2, "/info": 2, "/info/title": 3, "/info/tags": 6, "/info/tags/1": 7, "/list": 8, "/list/0": 9}
    assert {pointer: source.line_of(pointer) for pointer in expected} == expected
    assert source.line_of("/list/1/deep") == 11


def test_a_missing_node_has_the_line_of_its_ancestor(tmp_path: Path) -> None:
    """A missing node has the line of its nearest ancestor."""
    source = read_source(written(tmp_path, "a:\n  b:\n    c: 1\n"))
    assert (source.line_of("/a/b/no/such"), source.line_of("/no")) == (2, 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # YAML 1.1 reads all of these as something else (yaml.org, 10.2 of YAML 1.2).
        *[(text, text) for text in ("yes", "no", "on", "off", "y", "n", "Yes", "NO", "True", "FALSE", "Null", "NULL")],
        *[
            (text, text)
            for text in ("2026-01-10", "2026-01-10T12:00:00Z", "12:30:45", "1_000", "0x1F", "0b101", "0o17")
        ],
        *[(text, text) for text in (".inf", "-.inf", ".NaN", "nan", "=", "1e", "+", ".", "e5", "1.2.3", "GB")],
        *[("null", None), ("~", None), ("", None), ("true", True), ("false", False)],
        *[("0", 0), ("-7", -7), ("+12", 12), ("010", 10), ("08", 8), ("1.5", 1.5), ("1.", 1.0), (".5", 0.5)],
        *[("1e3", 1000.0), ("-2.5E-1", -0.25), ("12025550143", 12025550143)],
        *[
            ("'no'", "no"),
            ('"12"', "12"),
            ("'~'", "~"),
            ("''", ""),
            ('"\\ud83d\\udcde"', "📞"),
            ("'+12025550143'", "+12025550143"),
        ],
    ],
)
def test_scalars_follow_yaml_1_2(tmp_path: Path, text: str, value: Any) -> None:
    """A scalar has the value of YAML 1.2: `no`, a date and a quoted number are strings."""
    read = read_source(written(tmp_path, f"value: {text}\n")).value["value"]
    assert read == value
    assert type(read) is type(value)


def test_keys_are_strings_as_written(tmp_path: Path) -> None:
    """A key is always a string, exactly as written."""
    assert read_source(written(tmp_path, "200: a\nno: b\n~: c\n1.0: d\n")).value == {
        "200": "a",
        "no": "b",
        "~": "c",
        "1.0": "d",
    }


def test_a_byte_order_mark_is_ignored(tmp_path: Path) -> None:
    """A byte order mark at the start of a file is ignored."""
    file = tmp_path / "marked.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read_source(file).value == {"a": 1}


def test_json_may_be_indented_with_tabs(tmp_path: Path) -> None:
    """JSON may be indented with tabs."""
    assert read_source(written(tmp_path, '{\n\t"a":\t[1,\t2]\n}', "tabs.json")).value == {"a": [1, 2]}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[,]", "expected a value (column 2)"),
        ('{"a": 01}', "expected a comma (column 8)"),
        ("'a'", "expected a value (column 1)"),
    ],
)
def test_yaml_in_a_json_file_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    """YAML that is not JSON is refused in a file named .json."""
    with pytest.raises(SpecError) as caught:
        read_source(written(tmp_path, text, "x.json"))
    assert (caught.value.line, caught.value.problem) == (1, problem)


def test_every_problem_of_a_json_file_is_reported(tmp_path: Path) -> None:
    """All values that a JSON file can't contain are listed, each with its line and pointer."""
    with pytest.raises(SpecError) as caught:
        read_source(written(tmp_path, '{"a": NaN,\n "b": [1e400, {"c": 1, "c": 2}]}', "x.json"))
    found = [(one.line, one.pointer, one.problem) for one in caught.value.problems]
    assert found == [
        (1, "/a", "NaN is not JSON (column 7)"),
        (2, "/b/0", "1e400 is too large (column 8)"),
        (2, "/b/1/c", 'the name "c" is repeated (column 24)'),
    ]


def test_half_surrogate_pairs_in_json_are_a_warning(tmp_path: Path) -> None:
    """A JSON file with half of a surrogate pair is read, with a warning."""
    source = read_source(written(tmp_path, '{"a": "\\ud83d\\udcde",\n "b": ["\\ud83d!"]}', "x.json"))
    assert source.value == {"a": "📞", "b": ["\ufffd!"]}
    [warning] = source.warnings
    assert (warning.line, warning.pointer) == (2, "/b/0")
    assert warning.problem == '"\\ud83d!" has half a surrogate pair (column 8); \ufffd replaces it'


@pytest.mark.parametrize("name", ["x.json", "x.yaml"])
def test_integers_beyond_a_double_are_refused(tmp_path: Path, name: str) -> None:
    """An integer beyond a double is refused; the same digits in a string are text."""
    digits = "9" * 301
    assert read_source(written(tmp_path, f'{{"a": "{digits}"}}', name)).value == {"a": digits}
    with pytest.raises(SpecError) as caught:
        read_source(written(tmp_path, f'{{"a": ["", {digits}]}}', name))
    assert (caught.value.pointer, caught.value.problem) == ("/a/1", "is a number too large to compute with")


def test_an_alias_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file with aliases for too many nodes is refused before they are created."""
    monkeypatch.setattr("openapi.document.yaml_reader._MOST_NODES", 1_000)
    rows = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    rows += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 7)]
    with pytest.raises(SpecError) as caught:
        read_source(written(tmp_path, "\n".join(rows)))
    assert caught.value.problem == "expands to more than 1,000 nodes"
    assert caught.value.advice == "use fewer aliases, or split it into files"


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("x.yaml", "x: " + "[" * 100_000 + "]" * 100_000, 1),
        ("x.yaml", "x:\n" + " [\n" * 100_000, 101),
        ("x.yaml", "x:\n" + "- " * 100_000 + "x", 2),
        ("x.json", '{"a": "[[[",\n"x":\n' + "[\n" * 100_000 + "]" * 100_000 + "}", 102),
        ("x.json", '{"x":\n' + "[\n" * 150 + "]" * 150 + "}", 101),
    ],
    ids=["brackets", "brackets on lines", "dashes", "json", "json that Python reads"],
)
def test_extreme_nesting_is_refused(tmp_path: Path, name: str, text: str, line: int) -> None:
    """A hundred thousand levels are refused with the line, and do not crash the process."""
    with pytest.raises(SpecError) as caught:
        read_source(written(tmp_path, text, name))
    json_problem = "more than 100 levels of arrays and objects (column 1)"
    assert caught.value.problem == (json_problem if name == "x.json" else "is nested too deeply")
    assert caught.value.line == line


def test_a_file_over_the_size_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file beyond the limit is refused before it is read."""
    monkeypatch.setattr("openapi.document.source._MOST_BYTES", 1 << 20)
    with pytest.raises(SpecError) as caught:
        read_source(written(tmp_path, "x" * (1 << 20) + "x"))
    assert (caught.value.problem, caught.value.advice) == ("is too large", "use at most 1 MB")


def test_yaml_tags_are_ignored(tmp_path: Path) -> None:
    """A tag that creates an object in other readers is ignored."""
    text = "x: !!python/object/apply:os.system ['exit 1']\ny: !mine z"
    assert read_source(written(tmp_path, text)).value == {"x": ["exit 1"], "y": "z"}

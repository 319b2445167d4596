"""Any file becomes a contract or a SpecError."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openapi import PHONES, Contract, SpecError, load, located, problems
from openapi.pointers import join, split
from tests.openapi.support import GOOD

DOCUMENTS = [load(GOOD / name).document() for name in ("flags.yaml", "tickets.yaml", "readings.yaml", "clock.yaml")]
WRONG: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 1.5, "", "x", "/", "#", "#/", "{", "a\x00b", [], [None], [[]], {}, {"": {}}, {"$ref": ""}]
) | st.sampled_from(
    ["#/paths", "#/components/schemas", {"$ref": "#/paths"}, {"$ref": "#/components/schemas/Flag"}, {"x": 1}]
)


def pointers(value: Any, pointer: str = "") -> Iterator[str]:
    """The JSON Pointer of everything in `value`."""
    for name, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield join(pointer, name)
        yield from pointers(inner, join(pointer, name))


NODES = [(index, pointer) for index, document in enumerate(DOCUMENTS) for pointer in pointers(document)]


def outcome(file: Path) -> Contract | SpecError:
    """The contract of `file`, or its error."""
    try:
        return load(file)
    except SpecError as error:
        return error


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that the examples of a Hypothesis test share."""
    return tmp_path_factory.mktemp("reader") / "document.json"


@given(node=st.sampled_from(NODES), wrong=WRONG, gone=st.booleans())
def test_a_document_with_one_wrong_node_is_handled(file: Path, node: tuple[int, str], wrong: Any, gone: bool) -> None:
    """A good document with one node changed or removed is read, or refused with a message and a location."""
    document = json.loads(json.dumps(DOCUMENTS[node[0]]))
    *above, last = split(node[1])
    holder = document
    for token in above:
        holder = holder[int(token) if isinstance(holder, list) else token]
    key = int(last) if isinstance(holder, list) else last
    if gone:
        del holder[key]
    else:
        holder[key] = wrong
    file.write_text(json.dumps(document), "utf-8")
    found = outcome(file)
    if isinstance(found, SpecError):
        assert found.problem
        assert found.advice
    else:
        assert found.operations or found.warnings
    for one in problems(file):
        assert "\n" not in str(one)


@given(content=st.binary(max_size=60) | st.text(alphabet="{}[]:,#&*!|>-'\"ab1 \n\t%@`?", max_size=40).map(str.encode))
def test_random_bytes_are_refused(file: Path, content: bytes) -> None:
    """Random bytes are refused, in YAML and in JSON."""
    for name in (file, file.with_suffix(".yaml")):
        name.write_bytes(content)
        assert isinstance(outcome(name), SpecError)


def test_each_node_has_its_file_and_line() -> None:
    """Each node has the file and the line where it is written; one that an overlay adds has its nearest ancestor's."""
    lines = PHONES.read_text().splitlines()
    numbers = {
        "/paths/~1phones": lines.index("  /phones:") + 1,
        "/paths/~1phones/added/by-an-overlay": lines.index("  /phones:") + 1,
    }
    assert located(PHONES, numbers) == {pointer: (PHONES, line) for pointer, line in numbers.items()}

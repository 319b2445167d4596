"""Our own keywords among OpenAPI's, and those of other tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from openapi import load
from tests.openapi.support import GOOD, HEAD, PATHS, error_of, written


def assumptions_of(folder: Path, schemas: str) -> dict[str, str]:
    """What a document with these schemas assumes, by JSON Pointer."""
    file = written(folder, HEAD + PATHS + f"components: {{schemas: {schemas}}}\n")
    return {pointer: assumption.why for pointer, assumption in load(file).assumptions.items()}


def test_a_text_marks_the_whole_node(tmp_path: Path) -> None:
    """A text says why the node that it stands in is assumed; space around it does not count."""
    found = assumptions_of(tmp_path, "{A: {type: string, x-assumed: ' All of it '}}")
    assert found == {"/components/schemas/A": "All of it"}


def test_a_mapping_marks_members(tmp_path: Path) -> None:
    """A mapping says so of members beside it, or further down."""
    schemas = "{A: {type: array, items: {type: string}, maxItems: 3, x-assumed: {maxItems: Few, items/type: Texts}}}"
    assert assumptions_of(tmp_path, schemas) == {
        "/components/schemas/A/maxItems": "Few",
        "/components/schemas/A/items/type": "Texts",
    }


def test_a_name_with_a_slash(tmp_path: Path) -> None:
    """A member is meant by its own name, slash and all; in its JSON Pointer the slash is escaped."""
    text = (
        "paths:\n  /a:\n    x-assumed: The whole path\n    get:\n      operationId: a\n"
        "      responses: {'200': {description: A.}}\n  x-assumed: {/a/b: Another}\n  /a/b: {}\n"
    )
    found = load(written(tmp_path, HEAD + text)).assumptions
    assert {pointer: assumption.why for pointer, assumption in found.items()} == {
        "/paths/~1a": "The whole path",
        "/paths/~1a~1b": "Another",
    }


def test_a_property_may_be_called_like_a_keyword(tmp_path: Path) -> None:
    """A name that an author chose is no keyword: not a property's, and nothing in an example."""
    schemas = "{A: {properties: {x-anything: {type: string}}, example: {x-other: 1}}, x-B: {type: string}}"
    assert assumptions_of(tmp_path, schemas) == {}


def test_keywords_of_other_tools_are_named(tmp_path: Path) -> None:
    """A keyword of another tool is let be where the root names it, and only that one."""
    named = HEAD + "x-other-tools: [x-team]\n"
    path = "paths: {/a: {x-team: t, get: {operationId: a, %s: t, responses: {'200': {description: A.}}}}}\n"
    assert list(load(written(tmp_path, named + path % "x-team")).operations) == ["a"]
    error = error_of(written(tmp_path, named + path % "x-taem"))
    assert (error.pointer, error.problem) == ("/paths/~1a/get/x-taem", "is no keyword of ours")


@pytest.mark.parametrize("named", ["[team]", "[5]", "[[x-team]]"])
def test_what_other_tools_keywords_look_like(tmp_path: Path, named: str) -> None:
    """Only keywords that begin with x- can be another tool's."""
    error = error_of(written(tmp_path, HEAD + PATHS + f"x-other-tools: {named}\n"))
    assert error.pointer == "/x-other-tools/0"


def test_an_assumption_of_a_second_file_is_told_in_the_bundled_document() -> None:
    """What another file marks is found at the place that the node has in the one document."""
    assumption = load(GOOD / "orders.yaml").assumption_at("/components/schemas/order-shapes-State/enum/0")
    assert assumption is not None
    assert assumption.why == "The three states that were seen"

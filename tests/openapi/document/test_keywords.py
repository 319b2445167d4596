"""Our keywords, OpenAPI's, and those of other tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from openapi import load
from tests.openapi.support import GOOD, HEAD, PATHS, written


def assumptions_of(folder: Path, schemas: str) -> dict[str, str]:
    """What a document with these schemas assumes, by JSON Pointer."""
    file = written(folder, HEAD + PATHS + f"components: {{schemas: {schemas}}}\n")
    return {pointer: assumption.why for pointer, assumption in load(file).assumptions.items()}


def test_a_string_marks_the_whole_node_as_assumed(tmp_path: Path) -> None:
    """A string is the reason why its node is assumed; surrounding white space is ignored."""
    found = assumptions_of(tmp_path, "{A: {type: string, x-assumed: ' All of it '}}")
    assert found == {"/components/schemas/A": "All of it"}


def test_a_mapping_marks_fields_or_nested_nodes(tmp_path: Path) -> None:
    """A mapping marks fields of its node, or nodes further down."""
    schemas = "{A: {type: array, items: {type: string}, maxItems: 3, x-assumed: {maxItems: Few, items/type: Texts}}}"
    assert assumptions_of(tmp_path, schemas) == {
        "/components/schemas/A/maxItems": "Few",
        "/components/schemas/A/items/type": "Texts",
    }


def test_slashes_in_marked_names_are_escaped_in_pointers(tmp_path: Path) -> None:
    """A mark names a field with its slashes unescaped; its JSON Pointer escapes them."""
    text = (
        "paths:\n  /a:\n    x-assumed: The whole path\n    get:\n      operationId: a\n"
        "      responses: {'200': {description: A.}}\n  x-assumed: {/a/b: Another}\n  /a/b: {}\n"
    )
    found = load(written(tmp_path, HEAD + text)).assumptions
    assert {pointer: assumption.why for pointer, assumption in found.items()} == {
        "/paths/~1a": "The whole path",
        "/paths/~1a~1b": "Another",
    }


def test_properties_and_examples_may_use_keyword_names(tmp_path: Path) -> None:
    """Names chosen by the author are not keywords: names of properties, and anything in an example."""
    schemas = "{A: {properties: {x-anything: {type: string}}, example: {x-other: 1}}, x-B: {type: string}}"
    assert assumptions_of(tmp_path, schemas) == {}


@pytest.mark.parametrize(
    ("keyword", "others", "advice"),
    [
        ("x-team", "[]", None),
        ("x-resource", "[]", "did you mean x-resources? If not, add it to x-other-tools"),
        ("x-asumed", "[]", "did you mean x-assumed? If not, add it to x-other-tools"),
        ("x-resource", "[x-resource]", None),
        ("x-team", "[5, [x-team]]", None),
    ],
)
def test_unknown_keywords_are_ignored_unless_misspelled(
    tmp_path: Path, keyword: str, others: str, advice: str | None
) -> None:
    """An unknown keyword is ignored; one that looks like a misspelling of ours gets a warning, unless it is named."""
    named = f"{HEAD}x-other-tools: {others}\n"
    path = f"paths: {{/a: {{get: {{operationId: a, {keyword}: t, responses: {{'200': {{description: A.}}}}}}}}}}\n"
    contract = load(written(tmp_path, named + path))
    assert [one.advice for one in contract.warnings] == ([advice] if advice else [])
    assert all(one.pointer == f"/paths/~1a/get/{keyword}" for one in contract.warnings)


def test_marks_in_another_file_apply_to_the_bundled_node() -> None:
    """Marks in another file apply to the node in the bundled document."""
    assumption = load(GOOD / "orders.yaml").assumption_at("/components/schemas/order-shapes-State/enum/0")
    assert assumption is not None
    assert assumption.why == "The three states that were seen"

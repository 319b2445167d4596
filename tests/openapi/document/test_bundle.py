"""Bundles several files into one document."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from openapi import load
from openapi.reader import problems
from tests.openapi.support import GOOD, HEAD, PATHS, error_of, written

MAIN = HEAD + PATHS


@pytest.fixture(scope="module")
def orders_text() -> str:
    """The document of two files, bundled, as JSON."""
    return json.dumps(load(GOOD / "orders.yaml").document())


def test_bundling_makes_every_reference_local(orders_text: str) -> None:
    """The bundled document refers to no other file."""
    references = [part.split('"')[0] for part in orders_text.split('"$ref": "')[1:]]
    assert references
    assert all(reference.startswith("#/components/") for reference in references)


def test_a_node_referenced_twice_is_bundled_once(orders_text: str) -> None:
    """Two references to the same node of another file become references to one node."""
    assert orders_text.count('"order-shapes-Order": {') == 1
    assert orders_text.count('{"$ref": "#/components/schemas/order-shapes-Order"}') == 3


def test_each_part_goes_to_its_section_of_components() -> None:
    """A parameter, a response, a body, a path and a schema each go to their own section of the components."""
    components = load(GOOD / "orders.yaml").document()["components"]
    assert {section: sorted(names) for section, names in components.items() if section != "schemas"} == {
        "parameters": ["order-shapes-page", "order-shapes-state"],
        "responses": ["order-shapes-Refused"],
        "requestBodies": ["order-shapes-newOrder"],
        "pathItems": ["order-shapes-oneOrder"],
    }


def test_a_recursive_schema_in_another_file_is_bundled_once() -> None:
    """A recursive schema is bundled once, and validates values of any depth."""
    line = load(GOOD / "orders.yaml").schemas["order-shapes-Line"]
    assert line.is_valid({"article": "a", "parts": [{"article": "b", "parts": []}]})
    (violation,) = line.violations({"article": "a", "parts": [{"article": "b", "parts": [{}]}]})
    assert violation.path == "/parts/0/parts/0/article"
    assert violation.rests_on == "/components/schemas/order-shapes-Line/required"


def test_a_contract_lists_all_its_files() -> None:
    """A contract lists the document and every file that it refers to."""
    assert load(GOOD / "orders.yaml").files == (GOOD / "orders.yaml", GOOD / "parts" / "order-shapes.yaml")


def test_files_may_reference_each_other_in_chains_and_cycles(tmp_path: Path) -> None:
    """A file may refer to a third one, relative to itself, and back to the document."""
    (tmp_path / "deep").mkdir()
    written(tmp_path / "deep", "Mid: {type: array, items: {$ref: '../leaf.json#/Leaf'}}\n", "mid.yaml")
    written(tmp_path, '{"Leaf": {"$ref": "document.yaml#/components/schemas/Own"}}', "leaf.json")
    text = MAIN + "components: {schemas: {Own: {type: integer}, Used: {$ref: 'deep/mid.yaml#/Mid'}}}\n"
    contract = load(written(tmp_path, text))
    assert [file.name for file in contract.files] == ["document.yaml", "mid.yaml", "leaf.json"]
    assert contract.schemas["Used"].is_valid([1])
    assert not contract.schemas["Used"].is_valid(["a"])


def test_parts_with_equal_names_stay_separate(tmp_path: Path) -> None:
    """Parts with the same name from two folders stay separate, and so does a component of the document."""
    for folder, kind in (("a", "integer"), ("b", "string")):
        (tmp_path / folder).mkdir()
        written(tmp_path / folder, f"Size: {{type: {kind}}}\n", "x.yaml")
    schemas = "{A: {$ref: 'a/x.yaml#/Size'}, B: {$ref: 'b/x.yaml#/Size'}, x-Size: {type: boolean}}"
    contract = load(written(tmp_path, MAIN + f"components: {{schemas: {schemas}}}\n"))
    assert [contract.schemas[name].is_valid(value) for name, value in (("A", 1), ("B", "s"), ("x-Size", True))] == [
        True,
        True,
        True,
    ]
    assert not contract.schemas["A"].is_valid("s")
    assert not contract.schemas["B"].is_valid(1)


def test_references_are_decoded_as_uris(tmp_path: Path) -> None:
    """A reference is a URI: percent-encoding and escapes in its fragment are decoded."""
    written(tmp_path, "'a/b c%': {type: integer}\n", "my shapes.yaml")
    text = MAIN + "components: {schemas: {A: {$ref: 'my%20shapes.yaml#/a~1b%20c%25'}}}\n"
    schema = load(written(tmp_path, text)).schemas["A"]
    assert schema.is_valid(1)
    assert not schema.is_valid("1")


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("file:///etc/passwd", "is 'file:///etc/passwd', which is not in a local file"),
        ("/etc/passwd", "is '/etc/passwd', which is not in a local file"),
        ("//example.org/a.yaml", "is '//example.org/a.yaml', which is not in a local file"),
        ("shapes.yaml#/Nmber", "is 'shapes.yaml#/Nmber', which does not exist"),
        ("shapes.yaml#Number", "is 'shapes.yaml#Number', which does not exist"),
        ("shapes.yaml#/Number/type", "is 'shapes.yaml#/Number/type', a string"),
        ("shapes.yaml#/Number/type/9", "is 'shapes.yaml#/Number/type/9', which does not exist"),
        (".#/Number", "names the file ., which does not exist"),
    ],
)
def test_a_broken_reference_is_an_error_only_if_needed(tmp_path: Path, reference: str, problem: str) -> None:
    """A broken reference is an error if an operation needs it; otherwise a warning, and any value is valid there."""
    written(tmp_path, "Number: {type: integer}\n", "shapes.yaml")
    schemas = f"components: {{schemas: {{A: {{$ref: '{reference}'}}, B: {{$ref: '#/components/schemas/A'}}}}}}\n"
    contract = load(written(tmp_path, MAIN + schemas))
    (warning,) = contract.warnings
    assert (warning.problem, warning.pointer, warning.line) == (problem, "/components/schemas/A", 4)
    assert contract.schemas["B"].is_valid("anything")
    header = "headers: {H: {schema: {$ref: '#/components/schemas/B'}}}"
    needed = MAIN.replace("{description: A.}", f"{{description: A., {header}}}")
    error = error_of(written(tmp_path, needed + schemas))
    assert (error.problem, error.pointer, error.line) == (problem, "/components/schemas/A/$ref", 4)


def test_references_to_anchors_and_ids_resolve(tmp_path: Path) -> None:
    """A schema can be referred to by its anchor, its dynamic anchor or its $id, in the same file or in another."""
    written(tmp_path, "Other: {$anchor: far, type: boolean}\n", "shapes.yaml")
    schemas = (
        "{A: {$anchor: near, type: integer}, B: {$id: 'https://example.org/b', $dynamicAnchor: node, type: string, "
        "minLength: 2, maxLength: 9, $defs: {x: {$ref: '#/components/schemas/A'}}}, a: {$ref: '#near'}, "
        "b: {$ref: 'https://example.org/b'}, c: {$dynamicRef: '#node'}, d: {$ref: 'shapes.yaml#far'}}"
    )
    contract = load(written(tmp_path, MAIN + f"components: {{schemas: {schemas}}}\n"))
    assert contract.warnings == ()
    valid = {"a": 1, "b": "bb", "c": "cc", "d": True}
    for name, value in valid.items():
        assert contract.schemas[name].is_valid(value)
        assert not contract.schemas[name].is_valid([])


def test_a_ref_field_in_an_example_stays_data(tmp_path: Path) -> None:
    """A field named $ref in an example is data, and stays unchanged."""
    text = MAIN + "components: {schemas: {A: {type: object, example: {$ref: 'no/such.yaml'}}}}\n"
    document = load(written(tmp_path, text)).document()
    assert document["components"]["schemas"]["A"]["example"] == {"$ref": "no/such.yaml"}


def test_references_through_templated_paths_resolve(tmp_path: Path) -> None:
    """A reference may go through a path with braces, although a URI must percent-encode them."""
    schema = "{$ref: '#/paths/~1a~1%7Bid%7D/get/parameters/0/schema'}"
    text = f"""\
paths:
  /a/{{id}}:
    get:
      operationId: a
      parameters: [{{name: id, in: path, required: true, schema: {{type: integer}}}}]
      responses: {{'200': {{description: A.}}, '400': {{description: Refused.}}}}
components: {{schemas: {{A: {schema}, B: {{type: array, items: {schema}}}}}}}
"""
    contract = load(written(tmp_path, HEAD + text))
    assert contract.schemas["A"].pointer == "/paths/~1a~1{id}/get/parameters/0/schema"
    assert [contract.schemas["B"].is_valid(value) for value in ([1], ["1"])] == [True, False]


def test_files_outside_the_folder_need_permission(tmp_path: Path) -> None:
    """A reference to a file outside the document's folder is an error, unless it is allowed."""
    (tmp_path / "secret.yaml").write_text("Thing: {type: object}\n", encoding="utf-8")
    (tmp_path / "api").mkdir()
    file = tmp_path / "api" / "api.yaml"
    reference = "{$ref: '../secret.yaml#/Thing'}"
    file.write_text(f"{MAIN}components: {{schemas: {{Thing: {reference}}}}}\n", encoding="utf-8")
    (problem,) = problems(file)
    assert str(problem).endswith(
        "/components/schemas/Thing: names the file ../secret.yaml, which is outside the document's folder; "
        "move it there, or use --allow-ref-outside"
    )
    assert load(file, allow_ref_outside=True).document()["components"]["schemas"]["Thing"] != {}

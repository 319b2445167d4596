"""Flat schemas."""

from __future__ import annotations

from typing import Any

import pytest

from openapi.flattening import flat

DOCUMENT: dict[str, Any] = {
    "components": {
        "schemas": {
            "Name": {"type": "string", "maxLength": 40, "description": "A name"},
            "Loop": {"$ref": "#/components/schemas/Loop", "title": "Loop"},
            "First": {"allOf": [{"$ref": "#/components/schemas/Second"}], "minimum": 1},
            "Second": {"allOf": [{"$ref": "#/components/schemas/First"}], "maximum": 9},
            "Spaced name": {"type": "integer"},
        }
    }
}
NAME = "#/components/schemas/Name"


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"$ref": NAME, "description": "Mine"}, {"type": "string", "maxLength": 40, "description": "Mine"}),
        ({"$ref": "#/components/schemas/Spaced%20name"}, {"type": "integer"}),
        (
            {"allOf": [{"$ref": NAME}, {"maxLength": 10}], "minLength": 2},
            {"type": "string", "maxLength": 10, "minLength": 2, "description": "A name"},
        ),
        ({"allOf": [{"type": "number"}, {"type": ["integer", "null"]}]}, {"type": ["integer"]}),
        (True, {}),
        (False, {"not": {}}),
        ({"allOf": [{"type": "string"}, False]}, {"type": "string", "not": {}}),
    ],
)
def test_references_and_all_of_are_flattened(schema: Any, expected: dict[str, Any]) -> None:
    """References are followed and allOf is merged; keywords next to them win or are combined."""
    assert flat(DOCUMENT, schema) == expected


def test_circular_references_are_ignored() -> None:
    """A circular reference adds nothing."""
    schemas = DOCUMENT["components"]["schemas"]
    assert flat(DOCUMENT, schemas["Loop"]) == {"title": "Loop"}
    assert flat(DOCUMENT, schemas["First"]) == {"minimum": 1, "maximum": 9}


def test_a_flat_schema_is_a_copy() -> None:
    """Changing a flat schema changes nothing in the document."""
    flat(DOCUMENT, DOCUMENT["components"]["schemas"]["Name"])["type"] = "integer"
    assert DOCUMENT["components"]["schemas"]["Name"]["type"] == "string"

"""Integer formats: values outside their bounds break the format, in every schema of a document."""

from __future__ import annotations

from typing import Any

import pytest

from openapi.schemas import compile_schema


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "integer", "format": "int32"}, [-(2**31), 2**31 - 1], [-(2**31) - 1, 2**31]),
        ({"type": ["integer", "null"], "format": "int64"}, [None, 2**63 - 1], [2**63]),
        ({"type": "integer", "format": "uint8"}, [0, 255], [-1, 256]),
        ({"type": "string", "format": "byte"}, ["", "aGk=", "aGkh"], ["*", "aGk", "aGk=="]),
        ({"type": "array", "items": {"type": "integer", "format": "int8"}}, [[127]], [[128]]),
    ],
)
def test_values_outside_a_number_format_are_invalid(schema: dict[str, Any], good: list[Any], bad: list[Any]) -> None:
    """A value outside a format breaks the keyword `format`, which the message names."""
    read = compile_schema({"components": {"schemas": {"A": schema}}}, "/components/schemas/A")
    assert all(read.is_valid(value) for value in good)
    for value in bad:
        (found,) = read.violations(value)
        assert found.keyword == "format"
        assert found.rests_on.endswith("/format")
        assert str(schema.get("items", schema)["format"]) in found.message


def test_a_narrower_schema_bound_is_kept() -> None:
    """A bound that is narrower than the format's is broken as `minimum`; the document is not changed."""
    schema = {"type": "integer", "format": "int32", "minimum": 1}
    document = {"components": {"schemas": {"A": schema}}}
    (found,) = compile_schema(document, "/components/schemas/A").violations(0)
    assert (found.keyword, found.message) == ("minimum", "0 is less than the minimum 1")
    assert schema == {"type": "integer", "format": "int32", "minimum": 1}


def test_integer_formats_do_not_apply_to_numbers() -> None:
    """Integer formats do not apply to numbers, and formats missing from OpenAPI's registry have no effect."""
    for schema in ({"type": "number", "format": "int8"}, {"type": "integer", "format": "int7"}):
        read = compile_schema({"components": {"schemas": {"A": schema}}}, "/components/schemas/A")
        assert read.is_valid(1000)

"""Messages of violations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openapi import load
from openapi.messages import shown, unknown_field
from tests.openapi.support import HEAD, PATHS, written


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ("{type: integer}", "a", 'expected integer, got "a"'),
        ("{type: [string, 'null']}", 5, "expected null or string, got 5"),
        ("{enum: [a, 1, null]}", "b", '"b" is not one of a, 1, null'),
        ("{const: true}", False, "expected true, got false"),
        ("{minimum: 1}", 0, "0 is less than the minimum 1"),
        ("{maximum: 100}", 101, "101 is greater than the maximum 100"),
        ("{exclusiveMinimum: 0}", 0, "0 is not greater than 0"),
        ("{exclusiveMaximum: 1.5}", 1.5, "1.5 is not less than 1.5"),
        ("{multipleOf: 5}", 7, "7 is not a multiple of 5"),
        ("{minLength: 2}", "a", "too short: 1 character, minimum 2"),
        ("{maxLength: 2}", "📞📞📞", "too long: 3 characters, maximum 2"),
        ("{pattern: '^a'}", "b", '"b" does not match ^a'),
        ("{pattern: '^a', examples: [ab]}", "b", '"b" does not match ^a; for example ab'),
        ("{pattern: '^a', example: ac}", "b", '"b" does not match ^a; for example ac'),
        ("{format: date-time}", "now", '"now" is not a valid date-time; for example 2026-01-10T12:00:00Z'),
        (
            "{format: uuid, example: 6ba7b810-9dad-11d1-80b4-00c04fd430c8}",
            "7",
            '"7" is not a valid uuid; for example 6ba7b810-9dad-11d1-80b4-00c04fd430c8',
        ),
        ("{required: [a]}", {}, "a is required"),
        ("{minProperties: 1}", {}, "0 fields, minimum 1"),
        ("{maxProperties: 1}", {"a": 1, "b": 2}, "2 fields, maximum 1"),
        ("{minItems: 1}", [], "0 items, minimum 1"),
        ("{maxItems: 1}", [1, 2], "2 items, maximum 1"),
        ("{uniqueItems: true}", [1, 1], "the items must be unique"),
        ("{items: false}", [1], "no value is allowed here, got 1"),
        ("{additionalProperties: false}", {"a": 1}, "unknown field; no fields are allowed here"),
        ("{not: {type: string}}", "a", '"a" matches a schema that is excluded here'),
        ("{contains: {const: 1}}", [2], "no item matches the schema that one of them must match"),
        ("{anyOf: [{type: string}, {type: 'null'}]}", 5, "expected string or null, got 5"),
        (
            "{anyOf: [{required: [a]}, {required: [b]}]}",
            {},
            "matches none of the alternatives: /a: a is required | /b: b is required",
        ),
        ("{oneOf: [{type: integer}, {minimum: 3}]}", 4, "matches more than one of the alternatives; one is allowed"),
    ],
)
def test_a_message_says_what_is_allowed(tmp_path: Path, schema: str, value: Any, message: str) -> None:
    """Each keyword has its own message: what is there, and what is allowed."""
    text = HEAD + PATHS + f"components: {{schemas: {{A: {schema}}}}}\n"
    (violation,) = load(written(tmp_path, text)).schemas["A"].violations(value)
    assert violation.message == message


@pytest.mark.parametrize(
    ("name", "known", "message"),
    [
        ("nmae", ["name", "number"], "unknown field; did you mean name?"),
        ("zzz", ["name", "number"], "unknown field; allowed: name, number"),
        ("zzz", [], "unknown field; no fields are allowed here"),
    ],
)
def test_an_unknown_field_suggests_the_nearest_name(name: str, known: list[str], message: str) -> None:
    """The message for an unknown field suggests the nearest known field, or lists all of them."""
    assert unknown_field(name, known) == message


def test_long_values_are_truncated() -> None:
    """A value is shown as JSON on one line of at most 60 characters."""
    assert shown({"a": [None, True]}) == '{"a": [null, true]}'
    assert shown("a\nb") == '"a\\nb"'
    assert len(shown("x" * 500)) == 60
    assert shown("x" * 500).endswith("…")


PETS = """
  schemas:
    Cat: {type: object, required: [kind, lives], properties: {kind: {const: cat}, lives: {type: integer}}}
    Dog: {type: object, required: [kind], properties: {kind: {const: dog}, bark: {type: string}}}
    Tree: {oneOf: [{$ref: '#/components/schemas/Leaf'}, {$ref: '#/components/schemas/Twig'}]}
    Leaf: {type: object, required: [size], properties: {kind: {const: leaf}, size: {type: integer}}}
    Twig: {required: [kind], properties: {kind: {const: twig}, on: {items: {$ref: '#/components/schemas/Tree'}}}}
    A:
      oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]
      discriminator: {propertyName: kind, mapping: {cat: '#/components/schemas/Cat', hound: Dog}}
"""


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("A", {"kind": "cat"}, [("/lives", "required", "lives is required")]),
        ("A", {"kind": "fish"}, [("/kind", "enum", '"fish" is not one of cat, hound')]),
        ("A", {"kind": "hound"}, [("/kind", "const", 'expected "dog", got "hound"')]),
        ("A", {}, [("/kind", "required", "kind is required")]),
        ("A", 7, [("", "oneOf", "expected object, got 7")]),
        ("Tree", {"kind": "twig", "on": [{"kind": "leaf"}]}, [("/on/0/size", "required", "size is required")]),
        (
            "Tree",
            {"kind": "twig", "on": [{"kind": "leaf", "size": "x"}]},
            [("/on/0/size", "type", 'expected integer, got "x"')],
        ),
    ],
)
def test_one_of_messages_name_the_intended_branch(
    tmp_path: Path, name: str, value: Any, expected: list[tuple[str, str, str]]
) -> None:
    """A violation of oneOf names what the branch misses that the discriminator names, or the closest one."""
    schema = load(written(tmp_path, HEAD + PATHS + "components:" + PETS)).schemas[name]
    assert [(one.path, one.keyword, one.message) for one in schema.violations(value)] == expected

"""What is wrong with a value, in words: what was got, and what is allowed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openapi import load
from openapi.messages import shown, unknown_member
from tests.openapi.support import HEAD, PATHS, written


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ("{type: integer}", "a", 'got "a"; write a value of type integer'),
        ("{type: [string, 'null']}", 5, "got 5; write a value of type null or string"),
        ("{enum: [a, 1, null]}", "b", 'got "b"; allowed are a, 1, null'),
        ("{const: true}", False, "got false; only true is allowed"),
        ("{minimum: 1}", 0, "got 0; at least 1 is allowed"),
        ("{maximum: 100}", 101, "got 101; at most 100 is allowed"),
        ("{exclusiveMinimum: 0}", 0, "got 0; more than 0 is allowed"),
        ("{exclusiveMaximum: 1.5}", 1.5, "got 1.5; less than 1.5 is allowed"),
        ("{minLength: 2}", "a", "got 1 character; at least 2 must be there"),
        ("{maxLength: 2}", "📞📞📞", "got 3 characters; at most 2 are allowed"),
        ("{pattern: '^a'}", "b", 'got "b"; write a text that matches ^a'),
        ("{format: date-time}", "now", 'got "now"; write a text of the format date-time'),
        ("{required: [a]}", {}, "a is missing; add it"),
        ("{minProperties: 1}", {}, "got 0 members; at least 1 must be there"),
        ("{maxProperties: 1}", {"a": 1, "b": 2}, "got 2 members; at most 1 are allowed"),
        ("{minItems: 1}", [], "got 0 items; at least 1 must be there"),
        ("{maxItems: 1}", [1, 2], "got 2 items; at most 1 are allowed"),
        ("{uniqueItems: true}", [1, 1], "two items are the same; each may be there once"),
        ("{items: false}", [1], "got 1; nothing is allowed here"),
        ("{additionalProperties: false}", {"a": 1}, "unknown member; none is allowed"),
    ],
)
def test_a_violation_says_what_is_allowed(tmp_path: Path, schema: str, value: Any, message: str) -> None:
    """Each keyword has its own words: what was got, and what to write instead."""
    text = HEAD + PATHS + f"components: {{schemas: {{A: {schema}}}}}\n"
    (violation,) = load(written(tmp_path, text)).schemas["A"].violations(value)
    assert violation.message == message


@pytest.mark.parametrize(
    ("name", "known", "message"),
    [
        ("nmae", ["name", "number"], "unknown member; did you mean name?"),
        ("zzz", ["name", "number"], "unknown member; allowed are name, number"),
        ("zzz", [], "unknown member; none is allowed"),
    ],
)
def test_an_unknown_member_has_a_neighbour(name: str, known: list[str], message: str) -> None:
    """An unknown member is told the nearest known one, or all of them."""
    assert unknown_member(name, known) == message


def test_a_long_value_is_cut() -> None:
    """A value is shown as JSON on one line of at most 60 characters."""
    assert shown({"a": [None, True]}) == '{"a": [null, true]}'
    assert shown("a\nb") == '"a\\nb"'
    assert len(shown("x" * 500)) == 60
    assert shown("x" * 500).endswith("…")

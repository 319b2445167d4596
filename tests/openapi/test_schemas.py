"""Validation with the schemas of the document."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from openapi import PHONES, Contract, Example, Schema, SchemaViolation, load
from tests.openapi.support import HEAD, PATHS, written

PHONE = {
    "uuid": "5b6f3a0e-9d0f-4c58-8a3e-6f6c1d0d7a11",
    "name": None,
    "number": "+12025550143",
    "type": "private",
    "countryCode": "US",
    "provider": None,
    "status": "registered",
    "smsEnabled": False,
    "createdAt": "2026-03-02T09:15:00.000Z",
    "updatedAt": "2026-03-02T09:15:00.000Z",
}


def schemas_of(contract: Contract) -> dict[str, Schema]:
    """Every schema in use: components, bodies, responses, parameters and headers, by JSON Pointer."""
    found = list(contract.schemas.values())
    for operation in contract.operations.values():
        found += [parameter.schema for parameter in operation.parameters]
        contents = [operation.body.content] if operation.body else []
        for response in operation.responses.values():
            contents.append(response.content)
            found += [header.schema for header in response.headers.values()]
        found += [media.schema for content in contents for media in content.values() if media.schema]
    return {schema.pointer: schema for schema in found}


def examples_of(contract: Contract) -> Iterator[tuple[Schema, Example]]:
    """Every example of a request or response body, with its schema."""
    for operation in contract.operations.values():
        contents = [operation.body.content] if operation.body else []
        contents += [response.content for response in operation.responses.values()]
        for content in contents:
            for media in content.values():
                yield from ((media.schema, example) for example in media.examples if media.schema)


def parts(value: Any) -> Iterator[Any]:
    """`value` and everything in it."""
    yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(inner)


CONTRACT = load(PHONES)
SCHEMAS = schemas_of(CONTRACT)
EXAMPLES = list(examples_of(CONTRACT))
SEEN = [part for _, example in EXAMPLES for part in parts(example.value)]
NAMES = sorted({name for part in SEEN if isinstance(part, dict) for name in part})

_DATE = r"(000[1-9]|20[0-9]{2})-[01][0-9]-[0-3][0-9]"
_TIME = r"[0-2][0-9]:[0-6][0-9]:[0-5][0-9](\.[0-9]{0,4})?"
TIMES = st.from_regex(rf"\A{_DATE}[Tt ]{_TIME}([Zz]|[+-][0-2][0-9]:[0-6][0-9]|)\Z")
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.sampled_from(SEEN),
    TIMES,
    st.from_regex(r"\A\+?[0-9]{5,17}\n?\Z"),
    st.from_regex(r"\A[A-Za-z]{1,3}\n?\Z"),
    st.integers(0, 300).map("x".__mul__),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(), inner, max_size=4),
    max_leaves=6,
)


@st.composite
def nearly(draw: st.DrawFn, example: Any) -> Any:
    """`example` with up to three of its parts left out, added or replaced."""
    value = example
    for _ in range(draw(st.integers(0, 3))):
        value = _changed(draw, value)
    return value


def _changed(draw: st.DrawFn, value: Any) -> Any:
    if isinstance(value, dict) and draw(st.integers(0, 5)):
        name = draw(st.sampled_from([*value, *value, *NAMES]))
        if name in value and not draw(st.integers(0, 3)):
            return {other: member for other, member in value.items() if other != name}
        return {**value, name: _changed(draw, value[name]) if name in value else draw(VALUES)}
    if isinstance(value, list) and value and draw(st.booleans()):
        index = draw(st.integers(0, len(value) - 1))
        return [*value[:index], _changed(draw, value[index]), *value[index + 1 :]]
    if isinstance(value, str) and draw(st.integers(0, 2)):
        start = draw(st.integers(0, len(value)))
        return (
            value[:start] + draw(st.sampled_from(["", *"0369tTzZ+-: .\n"])) + value[start + draw(st.integers(0, 1)) :]
        )
    return draw(VALUES)


def ecma(value: Any) -> Any:
    """`value` with the patterns in it as Python needs them: in ECMA-262, unlike in Python, `$` is the very end."""
    if isinstance(value, dict):
        return {
            name: re.sub(r"\$$", r"\\Z", member) if name == "pattern" and isinstance(member, str) else ecma(member)
            for name, member in value.items()
        }
    return [ecma(item) for item in value] if isinstance(value, list) else value


FORMATS = FormatChecker(["date-time"])
_is_time = FORMATS.checkers["date-time"][0]
# For the same reason a line break at the end is accepted there.
FORMATS.checks("date-time")(lambda value: not isinstance(value, str) or (value[-1:] != "\n" and bool(_is_time(value))))
REGISTRY: Registry[Any] = Registry().with_resource("urn:phones", DRAFT202012.create_resource(ecma(CONTRACT.document())))


@functools.cache
def judge_of(pointer: str) -> Draft202012Validator:
    """The independent validator for the schema at `pointer`."""
    whole = {"$ref": f"urn:phones#{quote(pointer)}"}
    return Draft202012Validator(whole, registry=REGISTRY, format_checker=FORMATS)


def valid_by_jsonschema(schema: Schema, value: Any) -> bool:
    """Whether the library jsonschema accepts `value`."""
    return judge_of(schema.pointer).is_valid(value)


@pytest.mark.parametrize("pointer", [pointer for pointer in SCHEMAS if "Location" not in pointer])
@given(data=st.data())
def test_our_validator_agrees_with_jsonschema(pointer: str, data: st.DataObject) -> None:
    """The compiled validator and the library jsonschema agree on any value, formats included."""
    own = [example.value for schema, example in EXAMPLES if schema.pointer == pointer]
    value = data.draw(st.sampled_from(own or SEEN).flatmap(nearly) | VALUES)
    assert SCHEMAS[pointer].is_valid(value) == valid_by_jsonschema(SCHEMAS[pointer], value)


@given(data=st.data())
def test_only_invalid_values_have_violations(data: st.DataObject) -> None:
    """An invalid value has at least one violation, a valid one has none."""
    schema, example = data.draw(st.sampled_from(EXAMPLES))
    value = data.draw(nearly(example.value))
    assert schema.is_valid(value) == (not schema.violations(value))


@pytest.mark.parametrize(("schema", "example"), EXAMPLES, ids=lambda part: getattr(part, "pointer", None))
def test_both_validators_accept_every_example(schema: Schema, example: Example) -> None:
    """Both validators accept every example of the document."""
    assert schema.is_valid(example.value)
    assert valid_by_jsonschema(schema, example.value)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("2026-12-31T23:59:60Z", True),
        ("0000-01-01T00:00:00Z", True),
        ("2026-01-10t12:00:00z", True),
        ("2026-01-10T12:00:00.123456789+05:30", True),
        ("2026-01-10T12:00:00Z\n", False),
        ("2026-01-10T12:00:00", False),
        ("2026-02-29T12:00:00Z", False),
        ("2026-01-10 12:00:00Z", False),
    ],
)
def test_date_times_follow_rfc_3339(phones: Contract, text: str, valid: bool) -> None:
    """A date-time is as in RFC 3339, leap seconds and lower-case letters included."""
    assert phones.schemas["Phone"].is_valid(PHONE | {"createdAt": text}) is valid


@pytest.mark.parametrize(("text", "valid"), [("/api/phones/5", True), ("https://a.example/x?y", True), ("/a b", False)])
def test_a_location_is_a_uri_reference(phones: Contract, text: str, valid: bool) -> None:
    """Location is a URI reference (RFC 3986, section 4.1)."""
    assert phones.operations["registerPhone"].success.headers["Location"].schema.is_valid(text) is valid


def test_all_violations_are_reported_in_order(phones: Contract) -> None:
    """All violations are reported, in the order of their paths, each with its keyword."""
    found = phones.schemas["RegisterPhone"].violations({"name": "", "nmae": "x", "type": "mine", "provider": 5})
    rests = "/components/schemas"
    assert found == (
        SchemaViolation(
            "/name",
            "minLength",
            f"{rests}/RegisterPhone/properties/name/minLength",
            "too short: 0 characters, minimum 1",
        ),
        SchemaViolation(
            "/nmae",
            "additionalProperties",
            f"{rests}/RegisterPhone/additionalProperties",
            "unknown field; did you mean name?",
        ),
        SchemaViolation("/number", "required", f"{rests}/RegisterPhone/required", "number is required"),
        SchemaViolation(
            "/provider",
            "type",
            f"{rests}/RegisterPhone/properties/provider/type",
            "expected string, got 5",
        ),
        SchemaViolation("/type", "enum", f"{rests}/Type/enum", '"mine" is not one of private, shared, ordered'),
    )


def test_a_nested_violation_has_a_full_path(phones: Contract) -> None:
    """The path of a violation is the JSON Pointer of the offending value within the whole."""
    page = {"phones": [PHONE, PHONE | {"number": "0171"}], "total": 2, "page": 1, "limit": 10, "totalPages": 1}
    (violation,) = phones.schemas["PhoneList"].violations(page)
    assert (violation.path, violation.rests_on) == ("/phones/1/number", "/components/schemas/Number/pattern")


@pytest.mark.parametrize(("text", "valid"), [("x" * 100, True), ("📞" * 100, True), ("📞" * 101, False), ("\0", True)])
def test_lengths_count_code_points(phones: Contract, text: str, valid: bool) -> None:
    """A length counts characters, not bytes or halves of surrogate pairs."""
    assert phones.schemas["UpdatePhone"].is_valid({"name": text}) is valid


def test_every_field_of_an_empty_closed_object_is_a_violation(tmp_path: Path) -> None:
    """If no field is allowed, each field is a violation at its own pointer."""
    text = HEAD + PATHS + "components: {schemas: {A: {items: {additionalProperties: false}}}}\n"
    found = load(written(tmp_path, text)).schemas["A"].violations([{"b": 1, "a": 1}])
    assert [(violation.path, violation.message) for violation in found] == [
        ("/0/a", "unknown field; no fields are allowed here"),
        ("/0/b", "unknown field; no fields are allowed here"),
    ]
    assert {violation.rests_on for violation in found} == {"/components/schemas/A/items/additionalProperties"}


def test_records_are_validated_by_column() -> None:
    """A record's columns are valid if every value of a field is; one invalid value, of any field, is found."""
    schema = load(PHONES).resources["phone"].record
    columns = {name: [value, value] for name, value in PHONE.items()}
    assert schema.compiled_columns is not None
    assert schema.compiled_columns.is_valid(columns)
    for name, value in columns.items():
        assert not schema.compiled_columns.is_valid(columns | {name: [*value, 7]}), name


@pytest.mark.parametrize(
    ("keyword", "by_column"),
    [
        ('additionalProperties: false, description: "x", x-assumed: why', True),
        ("allOf: [{required: [a]}]", False),
        ("minProperties: 1", False),
        ("dependentRequired: {a: [b]}", False),
        ("if: {required: [a]}, then: {}", False),
        ("patternProperties: {a: {type: string}}", False),
    ],
)
def test_dependent_fields_are_not_validated_by_column(keyword: str, by_column: bool, tmp_path: Path) -> None:
    """If the value of a field may depend on another field, there is no column validator."""
    schema = f"components: {{schemas: {{Thing: {{type: object, properties: {{a: {{type: integer}}}}, {keyword}}}}}}}\n"
    thing = load(written(tmp_path, HEAD + PATHS + schema)).schemas["Thing"]
    assert (thing.compiled_columns is not None) == by_column

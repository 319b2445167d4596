"""Properties of refusals: bodies that break one rule of their schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from contract_tests.claims import expressions
from contract_tests.properties.helpers.invalid_bodies import (
    BodyOperation,
    InvalidBody,
    body_operations,
    broken_keywords,
    expect_invalid,
    invalid_bodies,
    send_invalid,
)
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body
from openapi import InitialValue, Refusal, Role, ServerMade
from openapi.envelope import replace_record
from openapi.json_value import JsonValue
from openapi.pointers import join, resolve

_OWN = (Role.CREATE, Role.DELETE)
_SIMILAR = ("a fraction instead", "an array instead")
"""Other types that services treat like a number, and the value in an array."""
SIMILAR_VALUES = ("a value after a space", "without its last character")
"""Values outside of an enumeration that services treat like others."""
_NEAR_MISSES = ("two characters", "much longer", "twice", "two zeros", "tel: before", "brackets", "a dash", "an accent")
"""Ways to miss a pattern that are like others."""
_OUTSIDE = ": not in the list"
_OTHER_CASE = ("a value in capitals", "a value with a capital")
_STATE = ("status", "state")
"""Parts of the names of fields that have a state."""
_USUAL_STATES = ("archived", "deleted", "disabled", "suspended")
_USUAL_VALUES = ("public", "other", "unknown", "default")
"""Values that many services accept without documenting them: states, and others."""
_REFUSAL = "that the service refuses such a body, and with which status"


def _as_it_is(_: ResourceClient, one: InvalidBody) -> list[InvalidBody]:
    return [one]


def _expect_refused(
    api: ResourceClient,
    *keywords: str,
    unless_quick: tuple[str, ...] = (),
    each: Callable[[ResourceClient, InvalidBody], list[InvalidBody]] = _as_it_is,
) -> None:
    """Send every body that breaks one of `keywords`, in a quick run without those named like one of `unless_quick`.

    A quick run sends bodies of another type as a whole in ERROR-NOT-OBJECT alone. `each` makes the bodies to send.
    """
    if broken_keywords(api).isdisjoint(keywords):
        return
    for one in invalid_bodies(api, body_operations(api), *keywords):
        is_other = any(name in one.case.name for name in unless_quick)
        if api.thoroughness.rounds == 1 and (is_other or (one.case.keyword, one.case.pointer) == ("type", "")):
            continue
        for body in each(api, one):
            response = send_invalid(api, body)
            if response is not None:
                expect_invalid(api, body.what, response, body.operation.role, body.case.rule)


@contract_property(
    "ERROR-STATUS",
    "An invalid body is refused with the documented status",
    rests_on="x-http refusals statuses/invalid",
    needs=_OWN,
    cost=6,
    assumed=_REFUSAL,
)
def invalid_bodies_get_the_documented_status(api: ResourceClient) -> None:
    """A body that breaks its schema is refused with the status that the document gives for invalid requests.

    Catches services that refuse with 422 where the document says 400: clients that look for 400 do not understand the
    response. Other properties that send invalid bodies report such a status under this code, too.
    """
    rules = ("required", "minProperties")
    create = BodyOperation(Role.CREATE, api.spec.creating, None, api.new_body())
    # An update would need a record.
    found = invalid_bodies(api, [create], *rules) or invalid_bodies(api, body_operations(api), *rules)
    for one in found[:1]:
        response = send_invalid(api, one)
        if response is not None:
            expect_invalid(api, one.what, response, one.operation.role, one.case.rule)


@contract_property(
    "ERROR-REQUIRED",
    "A body without a required field is refused",
    rests_on="requestBody schema: required, minProperties",
    needs=_OWN,
    cost=8,
    documented="nothing is created without a required field",
    assumed="the status, and that an update without any field is refused",
)
def required_fields_are_required(api: ResourceClient) -> None:
    """A body without one of its required fields, or without any field where one is needed, is refused as invalid.

    Catches services that register a record without its number and store an empty text.
    """
    _expect_refused(api, "required", "minProperties")


@contract_property(
    "ERROR-TYPE",
    "A field of another type is refused",
    rests_on="requestBody schema: type",
    needs=_OWN,
    cost=66,
    assumed=_REFUSAL,
)
def types_are_checked(api: ResourceClient) -> None:
    """Each field of a body is refused as null and as every other JSON type.

    Catches services that turn 5 into "5", accept ["Front desk"] as a name, or let null clear a field that must not be
    null.
    """
    _expect_refused(api, "type", unless_quick=_SIMILAR)


@contract_property(
    "ERROR-BOUNDS",
    "A field just out of bounds is refused",
    rests_on="requestBody schema: minLength, maxLength, minimum, maximum",
    needs=_OWN,
    cost=16,
    assumed="the bounds of texts and numbers, and that the service refuses what exceeds them",
)
def bounds_are_checked(api: ResourceClient) -> None:
    """A text one character too short or too long, or a number just out of bounds, is refused as invalid.

    Catches services that cut a name of 101 characters to 100, or accept an empty one.
    """
    _expect_refused(api, "minLength", "maxLength", "minimum", "maximum")


@contract_property(
    "ERROR-BOUNDS-INSIDE",
    "A field at its bounds is accepted and stored whole",
    rests_on="requestBody schema: minLength, maxLength, minimum, maximum",
    needs=_OWN,
    cost=24,
    assumed="the bounds of texts and numbers",
)
def bounds_are_inclusive(api: ResourceClient) -> None:
    """The shortest and longest text, and the smallest and largest number, are accepted and come back as sent.

    Lengths count code points. Catches services that count bytes, and so refuse or cut a hundred emoji where a hundred
    characters are allowed.
    """
    for name, keyword, value in api.cases(list(_at_bounds(api)), 3):
        response = api.try_create(**{name: value})
        what = f"A create with {name} of {len(value)} characters" if isinstance(value, str) else f"{name} {value}"
        pointer = join(api.spec.creating.schema.pointer, "properties", name, keyword)
        api.expect.that(
            f"{what} is refused with {response.status}, though the schema allows it.",
            ("is at most", expressions.status(response), expressions.literal(399)),
            Role.CREATE,
            pointer,
        )
        if name not in api.spec.resource.write_only:
            api.expect.that(
                f"{what} does not come back as sent.",
                ("is", expressions.json(response, join("", name)), expressions.literal(value)),
                Role.CREATE,
                pointer,
            )


def _at_bounds(api: ResourceClient) -> Iterator[tuple[str, str, str | int]]:
    for name, schema in api.spec.creating.members.items():
        if name in api.spec.creating.texts:
            for keyword in ("minLength", "maxLength"):
                if schema.get(keyword):
                    yield name, keyword, "x" * schema[keyword]
            if "maxLength" in schema:
                yield name, "maxLength", "\U0001f4de" * schema["maxLength"]
        yield from ((name, keyword, schema[keyword]) for keyword in ("minimum", "maximum") if keyword in schema)


@contract_property(
    "ERROR-ENUMERATION",
    "A value outside an enumeration is refused",
    rests_on="requestBody schema: enum",
    needs=_OWN,
    cost=26,
    documented="a record never shows a value outside the enumeration (SCHEMA-BODY lists it)",
    assumed=_REFUSAL,
)
def enumerations_are_closed(api: ResourceClient) -> None:
    """A value that an enumeration lacks is refused as invalid, and so is one of its values in other letter case.

    Catches services that accept Private for private and store what no client expects, and services that replace an
    unknown type with the default.
    """
    in_other_case: set[tuple[Role, str]] = set()

    def each(api: ResourceClient, one: InvalidBody) -> list[InvalidBody]:
        if api.thoroughness.rounds == 1 and one.case.name.endswith(_OTHER_CASE):
            # One of the two is enough: a service that ignores letter case accepts both.
            rule = (one.operation.role, one.case.pointer)
            is_second = rule in in_other_case
            in_other_case.add(rule)
            return [] if is_second else [one]
        return _with_usual_values(api, one) if one.case.name.endswith(_OUTSIDE) else [one]

    _expect_refused(api, "enum", "const", unless_quick=SIMILAR_VALUES, each=each)


def _with_usual_values(api: ResourceClient, one: InvalidBody) -> list[InvalidBody]:
    """Bodies with usual values instead of the made-up one: in a quick run those that fit the field, else it and all."""
    states, others = list(_usual(one, _USUAL_STATES)), list(_usual(one, _USUAL_VALUES))
    if api.thoroughness.rounds > 1:
        return [one, *states, *others]
    return (states if any(word in one.field.lower() for word in _STATE) else others) or [one]


def _usual(one: InvalidBody, values: tuple[str, ...]) -> Iterator[InvalidBody]:
    """The body with each of `values` outside the broken enumeration; nothing for enumerations in arrays."""
    name = one.case.pointer.removeprefix(f"{one.envelope.record}/")
    for value in values if name in one.operation.members.choices else ():
        if value not in one.operation.members.choices[name]:
            body = replace_record(one.case.body, one.case.pointer, value)
            what = one.case.name.replace(_OUTSIDE, f": {value}, which is not in the list")
            yield replace(one, case=replace(one.case, name=what, body=body))


@contract_property(
    "ERROR-PATTERN",
    "Text that does not match its pattern is refused",
    rests_on="requestBody schema: pattern",
    needs=_OWN,
    cost=30,
    documented="a phone number without digits is refused",
    assumed="which near misses are refused, and the status",
)
def patterns_are_checked(api: ResourceClient) -> None:
    """Text that nearly matches its pattern is refused: cut, too long, with spaces, in other digits, with a line break.

    Catches services that strip the spaces from "+1 202 555 0143", add a missing plus sign, accept Arabic digits, or use
    a pattern that allows a line feed at the end.
    """
    for name in api.spec.creating.numbers[:1]:
        response = api.send(Role.CREATE, body=api.new_body(**{name: "no number"}))
        pointer = _schema_at(api, join(api.spec.creating.schema.pointer, "properties", name))
        expect_invalid(api, f'A create with {name} "no number"', response, Role.CREATE, pointer, documented=True)
    _expect_refused(api, "pattern", unless_quick=_NEAR_MISSES)


def _schema_at(api: ResourceClient, pointer: str) -> str:
    """The schema that the one at `pointer` refers to; itself if it has no $ref."""
    reference = resolve(api.spec.contract.document(), pointer).get("$ref", "")
    return str(reference).removeprefix("#") or pointer


@contract_property(
    "ERROR-UNKNOWN-MEMBER",
    "An unknown field is refused",
    rests_on="requestBody schema: additionalProperties",
    needs=_OWN,
    cost=18,
    assumed="that the service refuses unknown fields instead of ignoring them",
)
def unknown_fields_are_refused(api: ResourceClient) -> None:
    """A body with a field that its schema excludes is refused, even if all other fields are valid.

    A service that ignores unknown fields hides a typing error in a client: it accepts nmae, and the name is lost.
    """
    known = {*api.spec.resource.record.node.get("properties", {})}
    operations = body_operations(api)
    for one in invalid_bodies(api, operations, "additionalProperties", "unevaluatedProperties"):
        response = send_invalid(api, one) if one.case.pointer.removeprefix("/") not in known else None
        if response is not None:
            expect_invalid(api, one.what, response, one.operation.role, one.case.rule)
    for operation in operations:
        for name in (name for name in api.spec.creating.members if name not in {*known, *operation.members.members}):
            body = {**operation.never_empty, name: api.spec.creating.value(name, api.numbers)}
            response = api.client.send(api.call(operation.role, operation.key, body=body))
            for violation in operation.members.schema.violations(body)[:1]:
                expect_invalid(api, f"{operation.name} with {name}", response, operation.role, violation.rests_on)


@contract_property(
    "ERROR-SERVER-MADE",
    "A client can't set server-made fields",
    rests_on="requestBody schema, x-resources members",
    needs=_OWN,
    cost=16,
    documented="an update stores no key or time from a client's body",
    assumed="that the service refuses such fields instead of ignoring them, and that a create does not store them",
)
def server_made_fields_cannot_be_set(api: ResourceClient) -> None:
    """A value for a field that the server makes is never stored, and is refused if the schema excludes the field.

    Catches services that pass the whole body to their database: a client then chooses the key, the times, or the status
    of a new record.
    """
    found = [(one, case) for one in body_operations(api) for case in _server_made(api, one)]
    for one, (name, value, body) in found:
        response = api.send(one.role, key=one.key, body=body)
        violations = one.members.schema.violations(body)[:1]
        rule = api.spec.resource.fields.get(name)
        if violations or isinstance(rule, ServerMade) or name in api.spec.resource.key_fields:
            stored = expressions.depends_on(expressions.json(response, join("", name)), response)
            claim = ("is not", stored, expressions.literal(value))
            what, pointer = f"{one.name} stores the {name} from the body.", api.spec.at_field(name)
            if one.role is not Role.CREATE:
                api.expect.that(what, claim, one.role, pointer)
            elif api.expect.differs(
                what, claim, Role.CREATE, pointer, assumed_at=api.spec.at_refusal(Role.CREATE, Refusal.INVALID)
            ):
                # A service that stores this field may store a time, too, so that the record no longer looks new.
                return
        for violation in violations:
            expect_invalid(api, f"{one.name} with {name}", response, one.role, violation.rests_on)


def _server_made(api: ResourceClient, one: BodyOperation) -> Iterator[tuple[str, JsonValue, Body]]:
    """For each field of a record that the body can't set: its name, a value, and a body with it."""
    for name, schema in api.spec.resource.record.node.get("properties", {}).items():
        if name not in one.members.members:
            value = _unlikely(api, name, schema)
            # A service may accept it, so each has its own unique values.
            valid = api.new_body() if one.role is Role.CREATE else one.never_empty
            yield name, value, {**valid, name: value}


def _unlikely(api: ResourceClient, name: str, schema: dict[str, Any]) -> JsonValue:
    """A value that the service would not choose itself."""
    if name in api.spec.creating.numbers:
        return api.numbers.take()
    if schema.get("format") == "date-time":
        return "2001-02-03T04:05:06Z"
    rule = api.spec.resource.fields.get(name)
    start = rule.value if isinstance(rule, InitialValue) else None
    choices = api.spec.updating.choices if api.spec.update_members else {}
    if name in choices:
        return next(value for value in reversed(choices[name]) if value != start)
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    return {"boolean": start is not True, "integer": 987_654_321, "number": 987_654_321}.get(kind, "ZZ")


PROPERTIES: tuple[Property, ...] = (
    invalid_bodies_get_the_documented_status,
    required_fields_are_required,
    types_are_checked,
    bounds_are_checked,
    bounds_are_inclusive,
    enumerations_are_closed,
    patterns_are_checked,
    unknown_fields_are_refused,
    server_made_fields_cannot_be_set,
)
"""In the order of the catalogue."""

"""Properties of refusals: bodies that are not JSON, or JSON that can't be accepted."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import TypeAlias

from contract_tests.claims import expressions
from contract_tests.properties.helpers.invalid_bodies import (
    UNKNOWN,
    BodyOperation,
    body_operations,
    expect_invalid,
)
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body
from contract_tests.target.client import NoResponseError
from openapi import Refusal, Role
from openapi.json_value import JsonValue
from openapi.pointers import join

_OWN = (Role.CREATE, Role.DELETE)
_DEEP = 10_000
_LARGEST = 4 << 20
_SURROGATE = "\\ud800"
_NOT_UTF8 = "bytes that are not UTF-8"
_OBVIOUS = ("nothing", "half of a body", _NOT_UTF8)
_ALIKE = (("the value NaN", "the value Infinity", "the value -Infinity"), ("single quotes", "the value 'x'"))
"""Bodies that the same parsers accept."""
_STATUS = "how such a body is treated, as long as the service does not fail with a 5xx"


Cases: TypeAlias = Callable[[bytes], Iterator[tuple[str, bytes]]]
"""Derives bodies from a valid one: a description of each, and its bytes."""


def _not_json(valid: bytes) -> Iterator[tuple[str, bytes]]:
    """Texts that are not JSON (RFC 8259, sections 2 to 8), most of them almost."""
    yield from (("nothing", b""), ("a space", b" "), ("half of a body", valid[:-2]), ("two bodies", valid + valid))
    yield from (("a trailing comma", valid[:-1] + b",}"), ("a comment", b"/* new */ " + valid))
    yield from (("single quotes", valid.replace(b'"', b"'")), ("a NUL at the end", valid + b"\0"))
    yield (_NOT_UTF8, _in_last_text(valid, b"Caf\xe9 ") or b"\xff" + valid)
    for word in (b"NaN", b"Infinity", b"-Infinity", b"01", b"'x'", b"undefined", b"True"):
        yield (f"the value {word.decode()}", valid[:-1] + b', "' + UNKNOWN.encode() + b'": ' + word + b"}")
    yield ("a line feed in a text", _in_last_text(valid, b"\n") or valid[:-1] + b"\n, }")
    yield ("form data", b"number=1&name=x")


def _in_last_text(valid: bytes, start: bytes) -> bytes:
    """The body with something before its last text, which has the fewest rules; b"" for one without a text."""
    before, colon, text = valid.rpartition(b'": "')
    return before + colon + start + text if colon else b""


def _hard_to_parse(valid: bytes) -> Iterator[tuple[str, bytes]]:
    """JSON that is hard to parse, and invalid as well."""
    fields = json.loads(valid)
    last = list(fields)[-1]
    inner = json.dumps({name: value for name, value in fields.items() if name != last}).encode()[:-1]
    inner += (b", " if len(fields) > 1 else b"") + json.dumps(last).encode() + b": "
    yield (f"{_DEEP:,} levels of arrays", b"[" * _DEEP + b"]" * _DEEP)
    yield (f"{_DEEP:,} arrays that are never closed", b"[" * _DEEP)
    yield (f"{_DEEP:,} levels of objects in {last}", inner + b'{"a":' * _DEEP + b"1" + b"}" * _DEEP + b"}")
    yield (f"an integer of 5,000 digits in {last}", inner + b"9" * 5_000 + b"}")
    yield (f"the number 1e999 in {last}", inner + b"1e999}")


def _body(api: ResourceClient, one: BodyOperation, cases: Cases, what: str) -> bytes:
    """One of the bodies."""
    return dict(cases(api.content(one.role, _valid(api, one))))[what]


def _valid(api: ResourceClient, one: BodyOperation) -> Body:
    """A valid body with a field. Its variations may be accepted, so each create has new unique values."""
    return {**one.never_empty, **(api.new_body() if one.role is Role.CREATE else {})}


def _named(api: ResourceClient, operations: Sequence[BodyOperation], cases: Cases) -> list[tuple[BodyOperation, str]]:
    """For each operation, the descriptions of the bodies. An empty body is left out if the body is optional."""
    return [
        (one, what)
        for one in operations
        for what, data in cases(api.content(one.role, one.never_empty))
        if data or _needs_body(api, one.role)
    ]


def _each_once(api: ResourceClient, found: Sequence[tuple[BodyOperation, str]]) -> Sequence[tuple[BodyOperation, str]]:
    """Every case; in a quick run the obvious ones for every operation, and the others for one of them each."""
    if api.thoroughness.rounds > 1:
        return found
    operations = list(dict.fromkeys(one.role for one, _ in found))
    skipped = {what for alike in _ALIKE for what in alike} - {Random(api.seed).choice(alike) for alike in _ALIKE}
    whats = [what for what in dict.fromkeys(what for _, what in found) if what not in skipped]
    turns = {what: operations[(index + api.seed) % len(operations)] for index, what in enumerate(whats)}
    return [(one, what) for one, what in found if what in _OBVIOUS or one.role is turns.get(what)]


def _needs_body(api: ResourceClient, role: Role) -> bool:
    body = api.spec.operation(role).body
    return body is not None and body.required


def _refuse(api: ResourceClient, role: Role, what: str, key: str | None, data: bytes) -> None:
    response = api.send(role, key=key, data=data)
    expect_invalid(api, f"A body of {what}", response, role, api.spec.at_status(Refusal.INVALID))


@contract_property(
    "ERROR-NOT-JSON",
    "A body that is not JSON is refused",
    rests_on="x-http refusals statuses/invalid",
    needs=_OWN,
    cost=24,
    assumed=_STATUS,
)
def bodies_that_are_not_json_are_refused(api: ResourceClient) -> None:
    """A body that is not JSON in UTF-8 is refused as invalid: an empty one, one that is cut off, one with comments.

    Catches services with a lenient parser that accepts a trailing comma, and services that fail with 500 when a body is
    cut off.
    """
    for one, what in _each_once(api, _named(api, body_operations(api), _not_json)):
        _refuse(api, one.role, what, one.key, _body(api, one, _not_json, what))


@contract_property(
    "ERROR-NOT-OBJECT",
    "A body of another JSON type is refused",
    rests_on="requestBody schema: type",
    needs=_OWN,
    cost=12,
    assumed=_STATUS,
)
def bodies_of_another_type_are_refused(api: ResourceClient) -> None:
    """JSON of another type than the schema names is refused as invalid: null, an array, a text, a number.

    Catches services that look for fields in any value and fail with 500 at `[]`, that treat null as an empty body, or
    that take the first of several bodies in an array, or a body that is written as JSON twice.
    """
    for one in body_operations(api):
        always: tuple[JsonValue, ...] = (None, [_valid(api, one)], json.dumps(_valid(api, one)), 7, True)
        others: tuple[JsonValue, ...] = ([], "x", "", 1.5)
        for value in (*always, *api.cases(others, 0)):
            for violation in one.members.schema.violations(value)[:1]:
                response = api.send(one.role, key=one.key, data=json.dumps(value).encode())
                what = f"{one.name} with the body {json.dumps(value)[:40]}"
                expect_invalid(api, what, response, one.role, violation.rests_on)


@contract_property(
    "ERROR-HARD-JSON",
    "A body that is hard to parse is refused without harm",
    rests_on="x-http refusals statuses/invalid",
    needs=_OWN,
    cost=8,
    assumed=_STATUS,
)
def bodies_that_are_hard_to_parse_are_refused(api: ResourceClient) -> None:
    """A body that is nested thousands of levels deep, or has a number of thousands of digits, is refused as invalid.

    Catches services with a recursive parser: at ten thousand brackets the stack overflows, and the service responds
    with 500 or not at all.
    """
    for one, what in api.cases(_named(api, body_operations(api), _hard_to_parse), 3):
        _refuse(api, one.role, what, one.key, _body(api, one, _hard_to_parse, what))


@contract_property(
    "ERROR-AMBIGUOUS-JSON",
    "A body that two parsers may read differently is refused",
    rests_on="x-http refusals statuses/invalid",
    needs=_OWN,
    cost=8,
    assumed=_STATUS,
)
def ambiguous_json_is_refused(api: ResourceClient) -> None:
    """A body that has a field twice, or half of a surrogate pair, is refused as invalid.

    If a service uses the second of two fields and the proxy before it checks the first, a client can get past the
    proxy. Half of a surrogate pair can't be written in UTF-8, so that a stored one breaks the list. A byte order mark
    may be refused or ignored (RFC 8259, section 8.1), but must do no harm.
    """
    for one in body_operations(api):
        valid = api.content(one.role, one.never_empty)
        name, value = next(iter(json.loads(valid).items()))
        again = json.dumps({name: value}).encode()
        _refuse(api, one.role, f"{name} twice", one.key, valid[:-1] + b", " + again[1:])
        for text in list(one.members.texts)[:1]:
            half = api.content(one.role, {**one.never_empty, text: "half"}).replace(b"half", _SURROGATE.encode())
            _refuse(api, one.role, f"half of a surrogate pair in {text}", one.key, half)
    response = api.try_create(lambda body: api.send(Role.CREATE, data=BOM_UTF8 + api.content(Role.CREATE, body)))
    api.expect.that(
        f"A body after a byte order mark returns {response.status}.",
        ("is at most", expressions.status(response), expressions.literal(499)),
        Role.CREATE,
        api.spec.at_refusal(Role.CREATE, Refusal.INVALID),
    )


@contract_property(
    "ERROR-TOO-LARGE",
    "A body over the size limit is refused, one at the limit is accepted",
    rests_on="x-http refusals max-body-bytes",
    needs=(*_OWN, "x-http"),
    cost=4,
    assumed="the limit",
)
def bodies_have_a_size_limit(api: ResourceClient) -> None:
    """A body one byte over the limit of the document is refused as too large; a body of exactly that size is accepted.

    Catches services behind a proxy with another limit, and services that read any body into memory.
    """
    most = api.spec.contract.refusals.max_body_bytes
    if most > _LARGEST:
        return
    pointer = join(api.spec.contract.refusals.pointer, "max-body-bytes")
    response = api.try_create(lambda body: api.send(Role.CREATE, data=api.content(Role.CREATE, body).ljust(most)))
    api.expect.that(
        f"A body of {most:,} bytes is refused with {response.status}, though the document allows it.",
        ("is at most", expressions.status(response), expressions.literal(399)),
        Role.CREATE,
        pointer,
        suggested_change=f"lower {pointer}",
    )
    try:
        response = api.send(Role.CREATE, data=api.content(Role.CREATE, api.new_body()).ljust(most + 1))
    except NoResponseError:
        # A service may close the connection instead of reading on (RFC 9110, section 15.5.14).
        return
    api.expect.refused(f"A body of {most + 1:,} bytes", response, Refusal.TOO_LARGE, Role.CREATE)


PROPERTIES: tuple[Property, ...] = (
    bodies_that_are_not_json_are_refused,
    bodies_of_another_type_are_refused,
    bodies_that_are_hard_to_parse_are_refused,
    ambiguous_json_is_refused,
    bodies_have_a_size_limit,
)
"""In the order of the catalogue."""

"""Properties of refusals: that they say what is wrong, and leave no trace."""

from __future__ import annotations

import json
from collections.abc import Iterator

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.properties.errors import error_precedence, invalid_bodies, malformed_json
from contract_tests.properties.errors.invalid_bodies import all_wrong, sent
from contract_tests.properties.helpers.broken_bodies import (
    Entry,
    change_body,
    entries,
    missing,
    of_another_type,
    off_pattern,
    out_of_bounds,
    outside_enumeration,
    same_unique,
    with_unknown,
)
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Record
from contract_tests.target.client import Answer, Call
from openapi import Refusal, Role
from openapi.contract import JsonValue
from openapi.pointers import join, resolve

_OWN = (Role.CREATE, Role.DELETE)
_PLACELESS = ("minProperties", "maxProperties")


def _at_violations(template: JsonValue, pointer: str = "") -> str | None:
    """Where an error body has its list of violations; None where it has none."""
    if template == "$violations":
        return pointer
    members = template.items() if isinstance(template, dict) else ()
    return next((found for name, inner in members if (found := _at_violations(inner, join(pointer, name)))), None)


def _paths(api: ResourceClient, answer: Answer) -> tuple[Expression, str] | None:
    """The places that an error names, and the pointer that promises them; None where the error has no such list."""
    refusals = api.spec.contract.refusals
    at, violation = _at_violations(refusals.body), refusals.violation
    member = next((name for name, text in violation.items() if text == "$path"), None)
    if at is None or member is None:
        return None
    try:
        resolve(answer.json, at)
    except LookupError:
        return None
    above = refusals.schema.pointer + at.replace("/", "/properties/") if refusals.schema else refusals.pointer
    return expressions.keys(expressions.json(answer, at), member), above


@contract_property(
    "ERROR-NAMES-PLACE",
    "An error names the place of what is wrong",
    rests_on="x-http refusals violation",
    needs=_OWN,
    writes=True,
    cost=16,
)
def errors_name_the_place(api: ResourceClient) -> None:
    """Where the error lists violations, it names the member that is wrong by its JSON Pointer.

    A service that says "invalid" of the whole body, or names /body/name where /name is meant, can't tell a form which
    field to mark. The list may be left out altogether.
    """
    ways = (missing, of_another_type, out_of_bounds, outside_enumeration, off_pattern, with_unknown)
    picked: dict[tuple[Role, str, str], tuple[Entry, JsonValue, str, str]] = {}
    for entry, wrong in all_wrong(entries(api), *ways):
        if wrong.keyword not in _PLACELESS:
            picked.setdefault((entry.role, wrong.path, wrong.keyword), (entry, wrong.body, wrong.path, wrong.what))
    for entry, body, path, what in api.cases(list(picked.values()), 4):
        answer = sent(api, entry, body)
        named = _paths(api, answer)
        if named and answer.status == api.spec.status_of(Refusal.INVALID):
            api.expect.that(
                f"The error at {entry.name} with {what} does not name {path}.",
                ("holds", named[0], expressions.literal(path)),
                entry.role,
                named[1],
            )


@contract_property(
    "ERROR-NAMES-ALL",
    "An error names everything that is wrong",
    rests_on="x-http refusals violation",
    needs=_OWN,
    writes=True,
    cost=6,
)
def errors_name_all(api: ResourceClient) -> None:
    """Where the error lists violations, it lists all of them, not the first alone.

    A service that stops at the first mistake lets a client who made three send its body four times.
    """
    for entry in entries(api):
        body: Body = {name: {"no": "value"} for name in list(entry.members.members)[:3]}
        paths = sorted({violation.path for violation in entry.members.schema.violations(body)})
        answer = sent(api, entry, body)
        named = _paths(api, answer)
        if named and answer.status == api.spec.status_of(Refusal.INVALID):
            api.expect.that(
                f"The error at {entry.name} with {len(paths)} mistakes does not name all of them.",
                ("is within", expressions.literal(paths), named[0]),
                entry.role,
                named[1],
            )


@contract_property(
    "ERROR-NO-TRACE",
    "A refused create leaves no trace",
    rests_on="x-http refusals",
    needs=(*_OWN, Role.LIST, "tag"),
    writes=True,
    cost=16,
)
def refused_creates_leave_no_trace(api: ResourceClient) -> None:
    """After creates that were refused, the list is as it was, and what is unique can still be had.

    A service that inserts the row before it checks the body, or that reserves a number and then refuses the name, is
    found out: the next create, with nothing wrong any more, must succeed.
    """
    gone = api.create()
    api.delete(gone)
    free = same_unique(api, gone)
    before = api.tagged()
    for data, kind in _refusable(api, free):
        how = {"content_type": kind} if kind else {}
        if api.send(Role.CREATE, data=data, **how).status < 400:
            return
    after = api.tagged()
    api.expect.that(
        "A refused create leaves a record.",
        ("is", api.spec.listed_keys(after), api.spec.listed_keys(before)),
        Role.CREATE,
        api.spec.contract.refusals.pointer,
    )
    answer = api.send(Role.CREATE, body=free)
    api.expect.that(
        f"After refused creates, the same create with nothing wrong is answered {answer.status}.",
        ("is at most", expressions.status(answer), expressions.literal(399)),
        Role.CREATE,
        api.spec.contract.refusals.pointer,
    )


def _refusable(api: ResourceClient, free: Body) -> Iterator[tuple[bytes, str]]:
    """Bodies, each with its media type ('' for the declared one), that have one thing wrong and are good otherwise."""
    entry = Entry(Role.CREATE, api.spec.creating, None, free)
    ways = (with_unknown, out_of_bounds, outside_enumeration, of_another_type)
    wrong = [next(iter(entry.judged(way(entry))), None) for way in ways]
    for one in wrong:
        if one is not None:
            yield json.dumps(one.body).encode(), ""
    yield json.dumps(free).encode() + b"}", ""
    yield json.dumps(free).encode(), "text/plain"


@contract_property(
    "ERROR-UNKNOWN-RECORD",
    "A key that names nothing is refused as unknown",
    rests_on="x-http refusals statuses/unknown-record",
    needs=(Role.CREATE, Role.READ, Role.DELETE),
    writes=True,
    cost=20,
)
def unknown_keys_are_refused(api: ResourceClient) -> None:
    """Get, update, replace and delete of a key that names nothing are refused as unknown, whatever the key looks like.

    A service that fails with 500 at a key that is no uuid, that trims it or looks for it as a pattern, or that answers
    a delete of nothing with success, is found out. A key in other letters may be found or not.
    """
    record = api.create()
    for role in (Role.READ, Role.UPDATE, Role.REPLACE, Role.DELETE):
        if api.spec.has(role):
            body = change_body(api, role)
            for key in (api.unknown_key(), _invented(api)):
                answer = api.send(role, key=key, body=body)
                api.expect.refused(f"{role.value.capitalize()} of the key {key}", answer, Refusal.UNKNOWN_RECORD, role)
    for path in api.cases(_strange_paths(api), 3):
        answer = api.client.send(Call(api.spec.operation(Role.READ).method, path, api.spec.key_of(record)))
        api.expect.conforms(api.spec.operation(Role.READ), answer)
        what = f"A get of {path[:80]}"
        api.expect.refused(what, answer, Refusal.UNKNOWN_RECORD, Role.READ)
    _other_letters(api, record)


def _invented(api: ResourceClient) -> str:
    """A key that no record has, and that is none of the kind that the service makes."""
    key = f"none-{api.tag}"
    api.ledger.invented.add(key)
    return key


def _strange_paths(api: ResourceClient) -> list[str]:
    """Paths with keys that name nothing, some made of the key of a record; percent-encoded."""
    item, tag = api.spec.resource.item.replace(f"{{{api.spec.resource.key_parameter}}}", "{}"), api.tag
    own = [f"{{key}}{tail}" for tail in ("0", "%20", "%25", "%27--", "%0A", ";x")] + ["%20{key}", "x{key}"]
    strange = ["%25", "_" * 36, f"{tag}%27--", f"{tag}%20%D1%8F", "x" * 300, "9" * 40]
    return [item.replace("{}", text) for text in (*own, *strange)]


def _other_letters(api: ResourceClient, record: Record) -> None:
    """A key in capital letters is found or not; both are right."""
    own = api.spec.key_of(record)
    if own.upper() == own:
        return
    answer = api.send(Role.READ, key=own.upper())
    either = [int(api.spec.operation(Role.READ).success.status), api.spec.status_of(Refusal.UNKNOWN_RECORD)]
    api.expect.that(
        f"A get of a key in capital letters is answered {answer.status}.",
        ("is one of", expressions.status(answer), expressions.literal(either)),
        Role.READ,
        api.spec.at_role(Role.READ),
    )


PROPERTIES: tuple[Property, ...] = (
    *invalid_bodies.PROPERTIES,
    *malformed_json.PROPERTIES,
    errors_name_the_place,
    errors_name_all,
    unknown_keys_are_refused,
    refused_creates_leave_no_trace,
    *error_precedence.PROPERTIES,
)
"""The properties of refusals, in the order of the catalogue."""

"""Properties of refusals: what they name, and that they leave no trace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote
from uuid import UUID

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.properties.errors import error_precedence, invalid_bodies, malformed_json
from contract_tests.properties.helpers import invalid_bodies as broken
from contract_tests.properties.helpers.invalid_bodies import BodyOperation, InvalidBody, body_operations, send_invalid
from contract_tests.properties.helpers.sample_bodies import (
    expect_refused_as_unknown,
    same_unique,
    valid_change,
)
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Record
from contract_tests.target.client import Call, ReceivedResponse
from fixtures import InvalidRequest
from openapi import Refusal, Role
from openapi.json_value import JsonValue
from openapi.pointers import join, resolve

_OWN = (Role.CREATE, Role.DELETE)
_WITHOUT_PLACE = ("minProperties", "maxProperties")
_REFUSABLE = ("additionalProperties", "maxLength", "enum", "type")


def _at_violations(template: JsonValue, pointer: str = "") -> str | None:
    """The pointer of the violations in an error body; None if it has no list of them."""
    if template == "$violations":
        return pointer
    members = template.items() if isinstance(template, dict) else ()
    return next((found for name, inner in members if (found := _at_violations(inner, join(pointer, name)))), None)


def _paths(api: ResourceClient, response: ReceivedResponse, word: str = "$path") -> tuple[Expression, str] | None:
    """The pointers that an error names, and where the document describes them; None if the error has no such list."""
    refusals = api.spec.contract.refusals
    at, violation = _at_violations(refusals.body), refusals.violation
    member = next((name for name, text in violation.items() if text == word), None)
    if at is None or member is None or not api.spec.may_be_invalid(response.status):
        return None
    try:
        items = resolve(response.json, at)
    except (LookupError, ValueError, TypeError):
        return None
    if not isinstance(items, list) or not all(isinstance(item, dict) and member in item for item in items):
        return None
    above = refusals.schema.pointer + at.replace("/", "/properties/") if refusals.schema else refusals.pointer
    return expressions.keys(expressions.json(response, at), member), above


@contract_property(
    "ERROR-NAMES-PLACE",
    "An error names the invalid field",
    rests_on="x-http refusals violation",
    needs=_OWN,
    cost=16,
    assumed="the body of an error",
)
def errors_name_the_place(api: ResourceClient) -> None:
    """An error that lists violations names the invalid field by its JSON Pointer. The list is optional.

    Catches services that call the whole body invalid, or write /body/name where /name is meant: a form then can't mark
    the field.
    """
    picked: dict[tuple[Role, str, str], InvalidBody] = {}
    for one in broken.invalid_bodies(api, body_operations(api)):
        if one.case.pointer and one.case.keyword not in _WITHOUT_PLACE:
            picked.setdefault((one.operation.role, one.case.pointer, one.case.keyword), one)
    for one in api.cases(list(picked.values()), 4):
        response = send_invalid(api, one)
        named = _paths(api, response) if response is not None else None
        if named:
            api.expect.that(
                f"The error for {one.what[0].lower()}{one.what[1:]} does not name {one.case.pointer}.",
                ("holds", named[0], expressions.literal(one.case.pointer)),
                one.operation.role,
                named[1],
            )
    for query in _queries(api):
        response = api.send(Role.LIST, query=query.query)
        for named, wanted in ((_paths(api, response), query.pointer), (_paths(api, response, "$in"), query.location)):
            if named:
                api.expect.that(
                    f"The error for {query.name} does not name {wanted}.",
                    ("holds", named[0], expressions.literal(wanted)),
                    Role.LIST,
                    named[1],
                )


def _queries(api: ResourceClient) -> list[InvalidRequest]:
    """The first invalid value of each parameter of the list."""
    found: dict[str, InvalidRequest] = {}
    for one in api.invalid_requests:
        if api.spec.has(Role.LIST) and one.location == "query" and one.operation == api.spec.operation(Role.LIST).id:
            found.setdefault(one.pointer, one)
    return api.cases(list(found.values()), 2)


@contract_property(
    "ERROR-NAMES-ALL",
    "An error names every violation",
    rests_on="x-http refusals violation",
    needs=_OWN,
    cost=6,
    assumed="the body of an error",
)
def errors_name_all(api: ResourceClient) -> None:
    """An error that lists violations lists all of them, not just the first.

    With a service that stops at the first violation, a client with three mistakes has to send its body four times.
    """
    for one in body_operations(api):
        body: Body = {name: {"no": "value"} for name in list(one.members.members)[:3]}
        above = api.spec.resource.request(api.spec.operation(one.role).id).record
        paths = sorted({above + violation.path for violation in one.members.schema.violations(body)})
        named = _paths(api, api.send(one.role, key=one.key, data=api.content(one.role, body)))
        if named:
            api.expect.that(
                f"The error for {one.name[0].lower()}{one.name[1:]} with {len(paths)} violations does not name all.",
                ("is within", expressions.literal(paths), named[0]),
                one.role,
                named[1],
            )


@contract_property(
    "ERROR-NO-TRACE",
    "A refused create leaves no trace",
    rests_on="x-http refusals",
    needs=(*_OWN, Role.LIST, "tag"),
    cost=16,
    assumed="what a refused request may not do",
)
def refused_creates_leave_no_trace(api: ResourceClient) -> None:
    """After refused creates the list is unchanged, and a unique value in them can still be used.

    Catches services that insert the row before they validate the body, or that reserve a number and then refuse the
    name: the same create without the mistake must succeed.
    """
    unused = api.new_body() if api.spec.resource.keeps_deleted_values else _body_of_deleted(api)
    before = api.tagged()
    if not _all_refused(api, unused):
        return
    after = api.tagged()
    api.expect.that(
        "A refused create leaves a record.",
        ("is", api.spec.listed_keys(after), api.spec.listed_keys(before)),
        Role.CREATE,
        api.spec.contract.refusals.pointer,
    )
    response = api.send(Role.CREATE, body=unused)
    if response.status >= 400 and api.send(Role.CREATE, body=_body_of_deleted(api)).status >= 400:
        # The unique values are taken because a record had them, not because of the refused creates.
        unused = api.new_body()
        if not _all_refused(api, unused):
            return
        response = api.send(Role.CREATE, body=unused)
    api.expect.that(
        f"After refused creates, the same create without a mistake is refused with {response.status}.",
        ("is at most", expressions.status(response), expressions.literal(399)),
        Role.CREATE,
        api.spec.contract.refusals.pointer,
    )


def _body_of_deleted(api: ResourceClient) -> Body:
    """A body with the unique values of a record that is deleted."""
    deleted = api.create()
    api.delete(deleted)
    return same_unique(api, deleted)


def _all_refused(api: ResourceClient, valid: Body) -> bool:
    """Whether the service refuses every body that has a mistake, and otherwise the values of `valid`."""
    for data, kind in _refusable(api, valid):
        how = {"content_type": kind} if kind else {}
        if api.send(Role.CREATE, data=data, **how).status < 400:
            return False
    return True


def _refusable(api: ResourceClient, valid: Body) -> Iterator[tuple[bytes, str]]:
    """Invalid bodies with the values of `valid`, each with its media type ('' for the declared one)."""
    create = BodyOperation(Role.CREATE, api.spec.creating, None, valid)
    found = broken.invalid_bodies(api, [create], *_REFUSABLE)
    above = api.spec.resource.request(api.spec.operation(Role.CREATE).id).record
    shared = {join(above, name) for unique in api.spec.resource.unique for name in unique.fields}
    for keyword in _REFUSABLE:
        usable = (one for one in found if one.case.keyword == keyword and one.case.pointer not in {"", above, *shared})
        for one in [next(usable, None)]:
            if one is not None:
                yield json.dumps(one.body(valid)).encode(), ""
    yield api.content(Role.CREATE, valid) + b"}", ""
    yield api.content(Role.CREATE, valid), "text/plain"


@contract_property(
    "ERROR-UNKNOWN-RECORD",
    "An unknown key is refused",
    rests_on="x-http refusals statuses/unknown-record",
    needs=(Role.CREATE, Role.READ, Role.DELETE),
    cost=28,
    documented="a get of a key that never existed does not succeed",
    assumed="the status and body of the refusal, and what a malformed key gets",
)
def unknown_keys_are_refused(api: ResourceClient) -> None:
    """Get, update, replace and delete with an unknown key are refused, for keys of any form.

    Catches services that fail with 500 at a key that is not a UUID, that trim the key or use it as a pattern, and
    services that report success for the delete of a record that does not exist. Letter case in a key may matter or not.
    """
    record = api.create()
    for role in (Role.READ, Role.UPDATE, Role.REPLACE, Role.DELETE):
        if api.spec.has(role) and not (role is Role.REPLACE and api.spec.resource.creates_by_replace):
            # READ-UNKNOWN and DELETE-UNKNOWN try one of the usual form.
            usual = [api.unknown_key()] if api.thoroughness.rounds > 1 or role is Role.REPLACE else []
            for key in (*usual, _invented(api)):
                body = valid_change(api, role, key)
                _expect_unknown(
                    api, role, api.send(role, key=key, body=body), f"{role.value.capitalize()} of key {key}"
                )
    for path in _strange_paths(api, record):
        response = api.client.send(Call(api.spec.operation(Role.READ).method, path, api.spec.key_of(record)))
        api.expect.conforms(api.spec.operation(Role.READ), response)
        _expect_unknown(api, Role.READ, response, f"A get of {path[:80]}")
    _other_spellings(api, record)


def _expect_unknown(api: ResourceClient, role: Role, response: ReceivedResponse, what: str) -> None:
    # The vendor documents only that a get shows a record; a delete of an unknown one may count as a success.
    pointer = api.spec.at_operation(role) if role is Role.READ else ""
    expect_refused_as_unknown(api, role, response, what, pointer)


def _invented(api: ResourceClient) -> str:
    """A key that no record has, in another form than the service's keys."""
    key = api.spec.resource.same_in_all(f"none-{api.tag}")
    api.ledger.invented.add(key)
    return key


def _strange_paths(api: ResourceClient, record: Record) -> list[str]:
    """Paths with unknown keys, some of them made from the key of a record; percent-encoded."""
    resource, tag, known = api.spec.resource, api.tag, api.spec.key_of(record)
    item, slot = resource.slotted(), resource.key_slot
    own = [f"{slot}{tail}" for tail in ("0", "%20", "%25", "%27--", "%0A", ";x")] + [f"%20{slot}", f"x{slot}"]
    # The other fields of a key stay those of the record.
    first = known[: known.rindex("/") + 1] if resource.has_joint_key else ""
    strange = ["%25", "_" * 36, f"{tag}%20%D1%8F", f"{tag}%00", "x" * 300, "1", "undefined"]
    others = [quote(str(record.get(name)), safe="") for name in _unique(api)]
    ends = [*own, *(first + text for text in (*strange, *others))]
    return [item.replace(slot, text) for text in ends if text != known]


def _unique(api: ResourceClient) -> list[str]:
    """The fields that are unique, and so could name a record."""
    return [name for one in api.spec.resource.unique for name in one.fields]


def _other_spellings(api: ResourceClient, record: Record) -> None:
    """A key in capitals finds its record or is refused as unknown; that other spellings are refused is assumed."""
    own = api.spec.key_of(record)
    parts, key_of = api.spec.resource.key_values(own), api.spec.resource.key_of
    capitals, plain = ({name: change(str(one)) for name, one in parts.items()} for change in (str.upper, _unhyphened))
    others = {str(key_of(capitals)): "in capitals", str(key_of(plain)): "without hyphens", f"{{{own}}}": "in braces"}
    for key, spelling in others.items():
        response = api.send(Role.READ, key=key) if key != own and _same_key(own, key) else None
        what, assumed_at = f"A get of a key {spelling}", api.spec.contract.refusals.pointer
        if response is not None and response.status >= 400:
            expect_refused_as_unknown(api, Role.READ, response, what, "")
        elif response is not None and spelling != "in capitals":
            api.expect.refused(what, response, Refusal.UNKNOWN_RECORD, Role.READ, assumed_at=assumed_at)


def _unhyphened(text: str) -> str:
    return text.replace("-", "")


def _same_key(one: str, other: str) -> bool:
    """Whether two texts name one record for some services: they differ in letter case, or are one UUID."""
    try:
        return one.lower() == other.lower() or UUID(one) == UUID(other)
    except ValueError:
        return False


PROPERTIES: tuple[Property, ...] = (
    *invalid_bodies.PROPERTIES,
    *malformed_json.PROPERTIES,
    errors_name_the_place,
    errors_name_all,
    unknown_keys_are_refused,
    refused_creates_leave_no_trace,
    *error_precedence.PROPERTIES,
)
"""In the order of the catalogue."""

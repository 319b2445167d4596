"""Properties of refusals: their order and their shape, whatever they are for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from contract_tests.claims import expressions
from contract_tests.properties.helpers.broken_bodies import UNKNOWN, change_body, same_unique
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.target.client import Answer, Call
from contract_tests.target.guarded_adapter import RefusedRequestError
from openapi import Refusal, Role
from openapi.pointers import join, resolve

_OWN = (Role.CREATE, Role.DELETE)
_OTHER = "text/plain"


class _Twice(NamedTuple):
    """A request to be refused for two reasons: what it is, the call, the reason that comes first.

    `alone` is a request to be refused for that reason alone: where it isn't, the order doesn't matter.
    """

    what: str
    role: Role
    call: Call
    first: Refusal
    alone: Call


@contract_property(
    "ERROR-ORDER",
    "Of two reasons to refuse, the first in the document's order is given",
    rests_on="x-http refusals statuses",
    needs=_OWN,
    writes=True,
    cost=24,
)
def refusals_come_in_order(api: ResourceClient) -> None:
    """A request that could be refused for two reasons is refused for the one that the document names first.

    A service that looks for the record before it reads the body answers 404 where 400 is promised, and so tells a
    client with a mistake that the record is gone; one that reads the body before the token tells strangers about its
    schema.
    """
    for one in _twice_wrong(api):
        if api.client.send(one.alone).status == api.spec.status_of(one.first):
            answer = api.client.send(one.call)
            place = join(api.spec.contract.refusals.pointer, "statuses", one.first.value)
            api.expect.refused(one.what, answer, one.first, one.role, place)


def _twice_wrong(api: ResourceClient) -> Iterator[_Twice]:
    role, good = Role.CREATE, api.new_body()
    half, data = json.dumps(good)[:-1].encode(), json.dumps(good).encode()
    if api.client.token and api.spec.operation(role).bearer != "none":
        yield from _without_token(api, half)
    other = api.call(role, data=data, content_type=_OTHER)
    both = api.call(role, data=half, content_type=_OTHER)
    yield _Twice("A broken body of another media type", role, both, Refusal.MEDIA_TYPE, other)
    if api.spec.resource.unique:
        taken = same_unique(api, api.create())
        mistaken, alone = {**taken, UNKNOWN: 1}, {**api.new_body(), UNKNOWN: 1}
        if not api.spec.creating.schema.is_valid(mistaken):
            what = "A body with a mistake and a value that is taken"
            call = api.call(role, body=mistaken)
            yield _Twice(what, role, call, Refusal.INVALID, api.call(role, body=alone))
    for changing in (Role.UPDATE, Role.REPLACE):
        if api.spec.has(changing):
            yield from _change_of_nothing(api, changing)


def _without_token(api: ResourceClient, half: bytes) -> Iterator[_Twice]:
    role, path = Role.CREATE, f"/{api.tag}"
    call = Call("GET", path, authorization=None)
    yield _Twice("An unknown path without a token", role, call, Refusal.UNKNOWN_PATH, Call("GET", path))
    alone = api.call(role, body=api.new_body(), authorization=None)
    call = api.call(role, data=half, authorization=None)
    yield _Twice("A broken body without a token", role, call, Refusal.TOKEN, alone)
    call = api.call(role, data=half, content_type=_OTHER, authorization=None)
    yield _Twice("A body of another media type without a token", role, call, Refusal.TOKEN, alone)


def _change_of_nothing(api: ResourceClient, role: Role) -> Iterator[_Twice]:
    own, what = api.spec.key_of(api.create()), f"{role.value.capitalize()} of an unknown record"
    good = json.dumps(change_body(api, role)).encode()
    call = api.call(role, api.unknown_key(), data=good, content_type=_OTHER)
    alone = api.call(role, own, data=good, content_type=_OTHER)
    yield _Twice(f"{what} with another media type", role, call, Refusal.MEDIA_TYPE, alone)
    alone = api.call(role, own, data=good[:-1])
    yield _Twice(
        f"{what} with half a body",
        role,
        api.call(role, api.unknown_key(), data=good[:-1]),
        Refusal.INVALID,
        alone,
    )


@contract_property(
    "ERROR-SHAPE",
    "Every refusal has the same shape",
    rests_on="x-http refusals schema",
    needs=_OWN,
    writes=True,
    cost=12,
)
def refusals_have_one_shape(api: ResourceClient) -> None:
    """Every refusal has the media type and the members that the document gives to refusals, whatever it is for.

    A service whose own errors are JSON, while its framework answers an unknown path or method with a page of HTML, is
    found out.
    """
    for what, call, role in _refusals(api):
        try:
            answer = api.client.send(call)
        except RefusedRequestError:
            continue
        expect_error(api, what, answer, role)


def expect_error(api: ResourceClient, what: str, answer: Answer, role: Role) -> None:
    """Raise BrokenPromiseError unless a refusal's body is as the document says."""
    refusals = api.spec.contract.refusals
    if answer.status < 400:
        return
    api.expect.that(
        f"The media type of the refusal of {what} is another.",
        (
            "is",
            expressions.essence(expressions.header(answer, "content-type")),
            expressions.literal(refusals.media_type),
        ),
        role,
        join(refusals.pointer, "media-type"),
    )
    schema = refusals.schema
    if schema is None:
        return
    required = schema.node.get("required", [])
    api.expect.that(
        f"The refusal of {what} lacks members.",
        ("keeps", expressions.json(answer), expressions.literal(["required", required])),
        role,
        join(schema.pointer, "required"),
    )
    for violation in schema.violations(answer.json):
        said = resolve(api.spec.contract.document(), violation.rests_on)
        api.expect.that(
            f"In the refusal of {what}, {violation.path or 'its top'} breaks its schema: {violation.message}.",
            ("keeps", expressions.json(answer, violation.path), expressions.literal([violation.keyword, said])),
            role,
            violation.rests_on,
        )


def _refusals(api: ResourceClient) -> Iterator[tuple[str, Call, Role]]:
    """One request for every reason to refuse."""
    create, item = Role.CREATE, api.spec.resource.item.replace(f"{{{api.spec.resource.key_parameter}}}", "{key}")
    yield "an unknown path", Call("GET", f"/{api.tag}"), create
    yield "an unknown path below a record's", Call("GET", f"{item}/{api.tag}", api.unknown_key()), create
    for method in ("PUT", "POST", "PATCH", "DELETE"):
        if all(
            (one.method, one.path) != (method, api.spec.resource.item) for one in api.spec.contract.operations.values()
        ):
            yield f"{method} on a record", Call(method, item, api.unknown_key()), create
    yield "another media type", api.call(create, data=b"{}", content_type="text/plain"), create
    yield "half a body", api.call(create, data=b'{"'), create
    for role in (Role.READ, Role.DELETE):
        if api.spec.has(role):
            yield f"a {role.value} of an unknown record", api.call(role, api.unknown_key()), role
    if api.spec.resource.unique:
        taken = api.create()
        yield "a value that is taken", api.call(create, body=same_unique(api, taken)), create
    if api.client.token and api.spec.operation(create).bearer != "none":
        yield "a request without a token", api.call(create, data=b"{}", authorization=None), create


PROPERTIES: tuple[Property, ...] = (refusals_come_in_order, refusals_have_one_shape)
"""The properties of refusals of every kind, in the order of the catalogue."""

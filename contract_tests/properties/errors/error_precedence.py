"""Properties of refusals of every kind: their order and their shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.properties.helpers.invalid_bodies import UNKNOWN
from contract_tests.properties.helpers.sample_bodies import same_unique, valid_change
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.target.client import Call, ReceivedResponse
from contract_tests.target.guarded_adapter import RefusedRequestError
from openapi import Refusal, Role
from openapi.pointers import join, resolve

_OWN = (Role.CREATE, Role.DELETE)
_OTHER = "text/plain"


class _TwoReasons(NamedTuple):
    """A request that could be refused for two reasons, of which `first` has precedence.

    `alone` and `other` are requests with only the first and only the second reason: the response to `call` must be
    like that to `alone`.
    """

    what: str
    role: Role
    call: Call
    first: Refusal
    alone: Call
    other: Call


@contract_property(
    "ERROR-ORDER",
    "Of two reasons to refuse, the documented first one counts",
    rests_on="x-http refusals statuses",
    needs=_OWN,
    cost=30,
    assumed="the order",
)
def refusals_have_an_order(api: ResourceClient) -> None:
    """A request that could be refused for two reasons gets the status of the one that the document names first.

    Catches services that look for the record before they validate the body: a client with a mistake then reads that
    the record does not exist. A service that validates before it checks the token tells strangers about its schema.
    """
    for one in _requests(api):
        alone = api.client.send(one.alone)
        other = api.client.send(one.other) if 400 <= alone.status < 500 else alone
        if 400 <= other.status < 500 and other.status != alone.status:
            response = api.client.send(one.call)
            api.expect.that(
                f"{one.what} is refused with {response.status}; {one.first.value} ({alone.status}) has precedence.",
                ("is", expressions.status(response), expressions.status(alone)),
                one.role,
                api.spec.at_status(one.first),
            )


def _requests(api: ResourceClient) -> Iterator[_TwoReasons]:
    role, valid = Role.CREATE, api.new_body()
    data = api.content(role, valid)
    half = data[:-1]
    invalid = api.call(role, data=half)
    media = api.call(role, data=data, content_type=_OTHER)
    if api.client.token and api.spec.operation(role).bearer != "none":
        yield from _without_token(api, half)
    both = api.call(role, data=half, content_type=_OTHER)
    yield _TwoReasons("A malformed body of another media type", role, both, Refusal.MEDIA_TYPE, media, invalid)
    if api.spec.resource.unique:
        taken = same_unique(api, api.create())
        mistaken, alone = {**taken, UNKNOWN: 1}, {**api.new_body(), UNKNOWN: 1}
        if not api.spec.creating.schema.is_valid(mistaken):
            what = "A body with an unknown field and a unique value that is taken"
            calls = (api.call(role, body=alone), api.call(role, body=taken))
            yield _TwoReasons(what, role, api.call(role, body=mistaken), Refusal.INVALID, *calls)
    for changing in (Role.UPDATE, Role.REPLACE):
        creates = changing is Role.REPLACE and api.spec.resource.creates_by_replace
        if api.spec.has_key_in_path(changing) and not creates:
            yield from _changes_of_unknown_records(api, changing)


def _without_token(api: ResourceClient, half: bytes) -> Iterator[_TwoReasons]:
    role, path = Role.CREATE, f"/{api.tag}"

    def without() -> Call:
        """A create that lacks only the token. A service that accepts it would refuse the same one twice."""
        return api.call(role, body=api.new_body(), authorization=None)

    call = Call("GET", path, authorization=None)
    yield _TwoReasons("An unknown path without a token", role, call, Refusal.UNKNOWN_PATH, Call("GET", path), without())
    call = api.call(role, data=half, authorization=None)
    invalid = api.call(role, data=half)
    yield _TwoReasons("A malformed body without a token", role, call, Refusal.TOKEN, without(), invalid)
    call = api.call(role, data=half, content_type=_OTHER, authorization=None)
    media = api.call(role, body=api.new_body(), content_type=_OTHER)
    yield _TwoReasons("A body of another media type without a token", role, call, Refusal.TOKEN, without(), media)


def _changes_of_unknown_records(api: ResourceClient, role: Role) -> Iterator[_TwoReasons]:
    own, what = api.spec.key_of(api.create()), f"{role.value.capitalize()} of an unknown record"
    valid = api.content(role, valid_change(api, role, own))
    key = api.unknown_key()
    unknown = api.call(role, key, data=api.content(role, valid_change(api, role, key)))
    call = api.call(role, api.unknown_key(), data=valid, content_type=_OTHER)
    alone = api.call(role, own, data=valid, content_type=_OTHER)
    yield _TwoReasons(f"{what} with another media type", role, call, Refusal.MEDIA_TYPE, alone, unknown)
    call, alone = api.call(role, api.unknown_key(), data=valid[:-1]), api.call(role, own, data=valid[:-1])
    yield _TwoReasons(f"{what} with a malformed body", role, call, Refusal.INVALID, alone, unknown)


@contract_property(
    "ERROR-SHAPE",
    "Every refusal has the same shape",
    rests_on="x-http refusals schema",
    needs=_OWN,
    cost=22,
    assumed="the media type and the body of an error",
)
def refusals_have_one_shape(api: ResourceClient) -> None:
    """Every refusal has the media type and the fields that the document gives for errors, for any reason.

    Catches services with their own JSON errors and a framework that responds with an HTML page to an unknown path or
    method.
    """
    slotted = api.spec.resource.slotted
    routes = {(one.method, slotted(one.path)) for one in api.spec.contract.operations.values()}
    for what, call, role in _refusals(api):
        try:
            response = api.client.send(call)
        except RefusedRequestError:
            continue
        expect_error(api, what, response, role, unrouted=(call.method, call.path) not in routes)


def expect_error(
    api: ResourceClient, what: str, response: ReceivedResponse, role: Role, *, unrouted: bool = False
) -> None:
    """Note as a difference every part of a refusal's body that the document does not describe.

    `unrouted` is whether the document has no such path or method: a framework may refuse it in its own way.
    """
    refusals = api.spec.contract.refusals
    pointer = join(refusals.pointer, "unrouted")
    if response.status < 400:
        return
    all_differ = api.expect.knows(join(refusals.pointer, "media-type"))
    if unrouted and api.spec.exists(pointer) and not _is_described(api, response) and not all_differ:
        api.spec.use(pointer)
        claim = ("is", _media_type(response), expressions.literal(refusals.media_type))
        if refusals.unrouted == "html-page":
            claim = ("is", _media_type(response), expressions.literal("text/html"))
        api.expect.differs(f"{what[0].upper()}{what[1:]} is refused with another body.", claim, role, pointer)
        return
    claim = ("is", _media_type(response), expressions.literal(refusals.media_type))
    declared = None if unrouted else api.spec.operation(role).response_for(response.status)
    if declared is not None and declared.content and refusals.media_type not in declared.content:
        # The operation itself declares its refusals.
        api.expect.conforms(api.spec.operation(role), response)
        return
    sentence = f"The refusal of {what} has another media type."
    api.expect.differs(sentence, claim, role, join(refusals.pointer, "media-type"))
    if response.json is None and not api.expect.holds(claim):
        return
    for violation in refusals.schema.violations(response.json) if refusals.schema else ():
        name = violation.path.rpartition("/")[2]
        keyword_value = resolve(api.spec.contract.document(), violation.rests_on)
        rule = [violation.keyword, [name] if violation.keyword == "required" else keyword_value]
        path = violation.path.removesuffix(f"/{name}") if violation.keyword == "required" else violation.path
        api.expect.differs(
            f"In the refusal of {what}, {violation.path or 'the body'} breaks its schema: {violation.message}.",
            ("keeps", expressions.json(response, path), expressions.literal(rule)),
            role,
            violation.rests_on,
        )


def _media_type(response: ReceivedResponse) -> Expression:
    return expressions.essence(expressions.header(response, "content-type"))


def _is_described(api: ResourceClient, response: ReceivedResponse) -> bool:
    """Whether the body of a refusal has the media type that the document gives."""
    return api.expect.holds(("is", _media_type(response), expressions.literal(api.spec.contract.refusals.media_type)))


def _refusals(api: ResourceClient) -> Iterator[tuple[str, Call, Role]]:
    """One request for every reason to refuse."""
    create, item = Role.CREATE, api.spec.resource.slotted()
    yield "an unknown path", Call("GET", f"/{api.tag}"), create
    yield "an unknown path below a record", Call("GET", f"{item}/{api.tag}", api.unknown_key()), create
    declared = {(one.method, one.path) for one in api.spec.contract.operations.values()}
    for method in ("PUT", "POST", "PATCH", "DELETE"):
        if (method, api.spec.resource.item) not in declared:
            yield f"{method} on a record", Call(method, item, api.unknown_key()), create
    yield "another media type", api.call(create, data=b"{}", content_type="text/plain"), create
    yield "half of a body", api.call(create, data=b'{"'), create
    for role in (Role.READ, Role.DELETE):
        if api.spec.has(role):
            yield f"a {role.value} of an unknown record", api.call(role, api.unknown_key()), role
    yield from _refusals_of_each(api)
    if api.spec.resource.unique:
        taken = api.create()
        yield "a value that is taken", api.call(create, body=same_unique(api, taken)), create
    if api.client.token and api.spec.operation(create).bearer != "none":
        yield "a request without a token", api.call(create, data=b"{}", authorization=None), create


def _refusals_of_each(api: ResourceClient) -> Iterator[tuple[str, Call, Role]]:
    """An invalid request for each operation that can have one, and other refusals of those that change a record."""
    for role, operation in ((role, api.spec.operation(role)) for role in api.spec.resource.operations):
        found = () if role in api.spec.resource.keyed_by_body else api.invalid_requests
        for one in [one for one in found if one.operation == operation.id and "{" not in one.path][:1]:
            query, body = (one.query, None) if one.location == "query" else ("", {UNKNOWN: 1})
            yield f"an invalid {role.value}", api.call(role, None, query, body), role
        if role in (Role.UPDATE, Role.REPLACE) and api.spec.has_key_in_path(role):
            own, unknown = api.spec.key_of(api.create()), api.unknown_key()
            valid = valid_change(api, role, unknown)
            if not (role is Role.REPLACE and api.spec.resource.creates_by_replace):
                yield f"an {role.value} of an unknown record", api.call(role, unknown, body=valid), role
            yield f"an invalid {role.value}", api.call(role, own, body={UNKNOWN: 1}), role
            yield f"an {role.value} without fields", api.call(role, own, body={}), role
            yield f"an {role.value} of another media type", api.call(role, own, data=b"{}", content_type=_OTHER), role
            yield f"half of an {role.value}", api.call(role, own, data=b'{"'), role


PROPERTIES: tuple[Property, ...] = (refusals_have_an_order, refusals_have_one_shape)
"""In the order of the catalogue."""

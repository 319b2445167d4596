"""Properties of entity tags and conditional requests (RFC 9110, sections 8.8.3 and 13)."""

from __future__ import annotations

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.properties.helpers.conditional_requests import CHANGES, FAILED, REQUIRED, requiring, taking
from contract_tests.properties.helpers.sample_bodies import SampleBodies
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Record
from contract_tests.target.client import ReceivedResponse
from contract_tests.target.ownership import NotJudgedError
from openapi import Role

_STRONG = r'^"[\x21\x23-\x7e\x80-\xff]*"$'
_NOT_MODIFIED = 304
_LIFE = (Role.CREATE, Role.READ, Role.DELETE)


@contract_property(
    "ETAG-CHANGES",
    "A record's ETag changes with the record, and only then",
    rests_on="x-resources etag",
    needs=(*_LIFE, "etag"),
    cost=12,
    assumed="that the ETag is a strong one",
)
def tags_change_with_the_record(api: ResourceClient) -> None:
    """Two reads of a record have the same strong ETag; a read after a change has another one.

    Catches services that make a new ETag for each response, so that no condition ever holds, and services that keep the
    ETag of a record that has changed, so that clients keep an old copy.
    """
    record = api.create()
    first, second = _read(api, record), _read(api, record)
    _expect_strong(api, first)
    claim = ("is", _tag_of(second), _tag_of(first))
    api.expect.that("Two reads of an unchanged record have different ETags.", claim, Role.READ, _pointer(api))
    for role in filter(api.spec.has, CHANGES):
        before = _read(api, record)
        _change(api, role, record)
        after = _read(api, record)
        sentence = f"The ETag is the same before and after a {role.value} that changes the record."
        api.expect.that(sentence, ("is not", _tag_of(after), _tag_of(before)), Role.READ, _pointer(api))


@contract_property(
    "ETAG-NOT-MODIFIED",
    "A read with If-None-Match returns the record only if it has changed",
    rests_on="x-resources etag",
    needs=(*_LIFE, "if-none-match"),
    cost=12,
)
def unchanged_records_are_not_sent(api: ResourceClient) -> None:
    """A read with the record's ETag in If-None-Match gets 304; with another one, or after a change, it gets the record.

    A list of ETags and `*` match too. Catches services that ignore the condition, and those that respond with 304 to a
    client whose copy is old.
    """
    record = api.create()
    read = _read(api, record)
    tag = _tag(api, read)
    for sent in (tag, "*", f'"another", {tag}'):
        response = _read(api, record, {"If-None-Match": sent})
        sentence = f"A read with {'*' if sent == '*' else 'the ETag of the record'} in If-None-Match is not a 304."
        claim = ("is", _bound(response, read), expressions.literal(_NOT_MODIFIED))
        api.expect.that(sentence, claim, Role.READ, _pointer(api))
    _expect_sent(api, _read(api, record, {"If-None-Match": '"another"'}), "another ETag")
    for role in list(filter(api.spec.has, CHANGES))[:1]:
        _change(api, role, record)
        _expect_sent(api, _read(api, record, {"If-None-Match": tag}), "the ETag of an earlier state")


def _expect_sent(api: ResourceClient, response: ReceivedResponse, what: str) -> None:
    claim = ("is", expressions.status(response), expressions.literal(int(api.spec.operation(Role.READ).success.status)))
    sentence = f"A read with {what} in If-None-Match does not return the record."
    api.expect.that(sentence, claim, Role.READ, _pointer(api))


@contract_property(
    "ETAG-MATCH",
    "A write with If-Match applies only to the matching state",
    rests_on="x-resources etag",
    needs=(*_LIFE, "if-match"),
    cost=40,
)
def writes_are_for_one_state(api: ResourceClient) -> None:
    """A write with an ETag that the record does not have is refused with 412 and changes nothing; otherwise it is done.

    The ETag is one that no record has, and that of an earlier state. A weak ETag never matches. Catches services that
    ignore If-Match, so that two clients overwrite each other's changes.
    """
    for role in taking(api):
        record = api.create()
        first = _read(api, record)
        others = {"an unknown ETag": '"another"'}
        if api.spec.has(Role.UPDATE):
            _change(api, Role.UPDATE, record)
            others["the ETag of an earlier state"] = _tag(api, first)
        before = _read(api, record)
        current = _tag(api, before)
        for what, sent in {**others, "a weak ETag": f"W/{current}"}.items():
            response = _write(api, role, record, {"If-Match": sent})
            claim = ("is", _bound(response, first, before), expressions.literal(FAILED))
            api.expect.that(f"A {role.value} with {what} in If-Match does not get 412.", claim, role, _pointer(api))
            _expect_same(api, record, before, f"A {role.value} that is refused for its If-Match changes the record.")
        response = _write(api, role, record, {"If-Match": f'"another", {current}'})
        _expect_done(api, role, response, before, "the ETag of the record among others")
        record = api.create()
        _expect_done(api, role, _write(api, role, record, {"If-Match": "*"}), record, "*")


def _expect_done(
    api: ResourceClient, role: Role, response: ReceivedResponse, after: expressions.ResponsePart, what: str
) -> None:
    claim = ("is at most", _bound(response, after), expressions.literal(399))
    api.expect.that(f"A {role.value} with {what} in If-Match is refused.", claim, role, _pointer(api))


@contract_property(
    "ETAG-REQUIRED",
    "A write without If-Match is refused if the document requires it",
    rests_on="x-resources etag",
    needs=(*_LIFE, "if-match required"),
    cost=12,
)
def unconditional_writes_are_refused(api: ResourceClient) -> None:
    """A write that requires If-Match and declares 428 is refused with 428 without it (RFC 6585, section 3).

    Catches services that let a client overwrite what it has not seen.
    """
    for role in requiring(api):
        record = api.create()
        before = _read(api, record)
        response = _write(api, role, record, {})
        claim = ("is", _bound(response, before), expressions.literal(REQUIRED))
        api.expect.that(f"A {role.value} without If-Match does not get 428.", claim, role, _pointer(api))
        _expect_same(api, record, before, f"A {role.value} that is refused without If-Match changes the record.")


def _pointer(api: ResourceClient) -> str:
    return api.spec.resource.etag


def _read(api: ResourceClient, record: Record, headers: dict[str, str] | None = None) -> ReceivedResponse:
    response = api.send(Role.READ, key=api.spec.key_of(record), headers=headers or {})
    if not headers:
        api.expect.success(Role.READ, response)
    return response


def _change(api: ResourceClient, role: Role, record: Record) -> None:
    """Change the record, unconditionally if that is allowed."""
    api.expect.success(role, api.send(role, key=api.spec.key_of(record), body=_new_values(api, role)))


def _write(api: ResourceClient, role: Role, record: Record, headers: dict[str, str]) -> ReceivedResponse:
    body = None if role is Role.DELETE else _new_values(api, role)
    return api.send(role, key=api.spec.key_of(record), body=body, headers=headers)


def _new_values(api: ResourceClient, role: Role) -> dict[str, object]:
    samples = SampleBodies(api, role)
    body = {**samples.full(api.random.randrange(100)), **samples.least} if role is Role.REPLACE else samples.full(1)
    body |= {name: f"{api.tag} {api.random.random()}" for name in samples.texts if name in body}
    if not body:
        raise NotJudgedError(f"the body of {api.spec.operation(role).id} has no field to change")
    return body


def _tag_of(response: ReceivedResponse) -> Expression:
    return expressions.header(response, "etag")


def _bound(response: ReceivedResponse, *after: expressions.ResponsePart) -> Expression:
    """The status of a response, bound to those before it."""
    return expressions.depends_on(expressions.status(response), *after)


def _tag(api: ResourceClient, response: ReceivedResponse) -> str:
    _expect_strong(api, response)
    return response.headers["ETag"]


def _expect_strong(api: ResourceClient, response: ReceivedResponse) -> None:
    claim = ("matches", _tag_of(response), expressions.literal(_STRONG))
    api.expect.that("A read has no strong ETag.", claim, Role.READ, _pointer(api))


def _expect_same(api: ResourceClient, record: Record, before: ReceivedResponse, sentence: str) -> None:
    claim = ("is", expressions.json(_read(api, record)), expressions.json(before))
    api.expect.that(sentence, claim, Role.READ, _pointer(api))


PROPERTIES: tuple[Property, ...] = (
    tags_change_with_the_record,
    unchanged_records_are_not_sent,
    writes_are_for_one_state,
    unconditional_writes_are_refused,
)
"""In the order of the catalogue."""

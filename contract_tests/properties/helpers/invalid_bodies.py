"""Invalid bodies: those of `fixtures.invalid_requests`, for the operations of a resource that take a body."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace

from contract_tests.claims import expressions
from contract_tests.resource.body_readings import accepting_word
from contract_tests.resource.body_values import BodyMembers, body_schema
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body
from contract_tests.target.client import ReceivedResponse
from contract_tests.target.guarded_adapter import RefusedRequestError
from fixtures import InvalidRequest
from openapi import Refusal, Role
from openapi.envelope import BARE, Envelope, replace_record
from openapi.json_value import JsonValue

UNKNOWN = "surely_unknown"
"""A field that no body has."""


@dataclass(frozen=True, slots=True)
class BodyOperation:
    """An operation that takes a body: the `key` of the record that it works on, and a `valid` body."""

    role: Role
    members: BodyMembers
    key: str | None
    valid: Body

    @property
    def name(self) -> str:
        """Its name in a sentence."""
        return f"{'An' if self.role is Role.UPDATE else 'A'} {self.role.value}"

    @property
    def never_empty(self) -> Body:
        """A valid body with at least one field."""
        name = next(iter(self.members.members))
        return self.valid or {name: self.members.example.get(name, "x")}


@dataclass(frozen=True, slots=True)
class InvalidBody:
    """An invalid body and the operation to send it to. `case` says what is wrong with it."""

    operation: BodyOperation
    case: InvalidRequest
    envelope: Envelope = BARE

    @property
    def what(self) -> str:
        """The request in a sentence."""
        case = self.case
        return f"{self.operation.name} ({case.name.partition(', ')[2]})"

    @property
    def field(self) -> str:
        """The field of the record that is invalid, or has something invalid inside; "" for the body as a whole."""
        above, pointer = self.envelope.record, self.case.pointer
        return pointer.removeprefix(above).split("/")[1] if pointer.startswith(f"{above}/") else ""

    @property
    def alone(self) -> InvalidBody:
        """The update with that field alone, plus the fields that every update needs."""
        sent, needed = self.envelope.unwrap(self.case.body), self.operation.members.required
        if not isinstance(sent, dict) or self.field not in sent:
            return self
        own = {name: value for name, value in sent.items() if name == self.field or name in needed}
        body = own if self.envelope.is_bare else replace_record(self.case.body, self.envelope.record, own)
        return replace(self, case=replace(self.case, body=body))

    def body(self, valid: Body) -> JsonValue:
        """The body. A create gets our own `valid` values, so that a record stored by mistake can be deleted."""
        sent = self.envelope.unwrap(self.case.body)
        if self.operation.role is not Role.CREATE or not isinstance(sent, dict) or not self.field:
            return self.case.body
        own = {name: value if name == self.field else valid.get(name, value) for name, value in sent.items()}
        return own if self.envelope.is_bare else replace_record(self.case.body, self.envelope.record, own)


def broken_keywords(api: ResourceClient) -> set[str]:
    """The keywords that the invalid bodies for this resource break."""
    roles = (Role.CREATE, Role.UPDATE, Role.REPLACE)
    operations = {api.spec.operation(role).id for role in roles if api.spec.has(role)}
    return {one.keyword for one in api.invalid_requests if one.location == "body" and one.operation in operations}


def body_operations(api: ResourceClient) -> list[BodyOperation]:
    """The operations of the resource that take a body; a record is created for those that change one.

    Those with the key in the body are left out: which record an invalid body changes is unknown.
    """
    found = [BodyOperation(Role.CREATE, api.spec.creating, None, api.new_body())]
    changing = [role for role in (Role.UPDATE, Role.REPLACE) if api.spec.has_key_in_path(role)]
    key = api.spec.key_of(api.create()) if changing else None
    for role in changing:
        members = api.spec.body_of(role)
        found.append(BodyOperation(role, members, key, api.least(members, key)))
    return found


def invalid_bodies(api: ResourceClient, operations: list[BodyOperation], *keywords: str) -> list[InvalidBody]:
    """The bodies that break one of `keywords` (without any: all), shuffled so that different rules come first."""
    named = {api.spec.operation(one.role).id: one for one in operations}
    found = [
        InvalidBody(named[one.operation], one, api.spec.resource.request(one.operation))
        for one in api.invalid_requests
        if one.operation in named and one.location == "body" and (not keywords or one.keyword in keywords)
    ]
    return varied(api, found)


def varied(api: ResourceClient, bodies: list[InvalidBody]) -> list[InvalidBody]:
    """The bodies in random order, but the first one for each rule before the second."""
    turns: Counter[tuple[str, str]] = Counter()
    order: list[tuple[int, InvalidBody]] = []
    for one in api.random.sample(bodies, len(bodies)):
        rule = (one.case.pointer, one.case.keyword)
        order.append((turns[rule], one))
        turns[rule] += 1
    return [one for _, one in sorted(order, key=lambda turn_and_body: turn_and_body[0])]


def send_invalid(api: ResourceClient, one: InvalidBody) -> ReceivedResponse | None:
    """The response to the body, not compared with the document yet.

    None if the guard holds the body back: a phone number in it may belong to a person.
    """
    operation = one.operation
    # A service may accept it, so each has its own unique values.
    body = one.body(api.new_body())
    try:
        response = api.client.send(api.call(operation.role, operation.key, data=json.dumps(body).encode()))
    except RefusedRequestError:
        return None
    if _is_unique(api, one) and api.spec.resource.key_of(response.record):
        # The next body may be corrected to the same value: a conflict with this record would hide that. The guard
        # refuses to delete a record that may be somebody else's.
        with suppress(RefusedRequestError):
            api.client.send(api.call(Role.DELETE, api.spec.key_of(response.record)))
    return response


def _is_unique(api: ResourceClient, one: InvalidBody) -> bool:
    """Whether the body creates a record, and breaks a rule of a field that identifies it."""
    fields = {name for unique in api.spec.resource.unique for name in unique.fields}
    return one.operation.role is Role.CREATE and one.field in fields


def expect_invalid(
    api: ResourceClient, what: str, response: ReceivedResponse, role: Role, pointer: str, *, documented: bool = False
) -> None:
    """Raise PropertyFailedError if an invalid body is accepted. A refusal with another status is a difference.

    `pointer` is the rule that the body breaks. The document may state a rule and still only assume that the service
    enforces it, unless the rule is `documented`: a body without a required field is always refused.
    """
    word = accepting_word(
        api.spec.words,
        body_schema(api.spec.contract, api.spec.operation(role)),
        api.spec.resource.request(api.spec.operation(role).id).unwrap(api.client.trace[response.step - 1].call.json),
        updating=role is Role.UPDATE,
    )
    if word:
        claim = ("is at most", expressions.status(response), expressions.literal(399))
        api.expect.differs(f"{what} is refused with {response.status}.", claim, role, api.spec.at_word(word))
        return
    code = "ERROR-STATUS" if response.status >= 400 else None
    documented = documented or pointer.endswith("/required")
    assumed_at = "" if documented else api.spec.at_refusal(role, Refusal.INVALID)
    api.expect.refused(what, response, Refusal.INVALID, role, if_accepted=pointer, assumed_at=assumed_at, code=code)
    api.expect.conforms(api.spec.operation(role), response)

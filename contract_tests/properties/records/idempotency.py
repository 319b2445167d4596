"""Properties of writes that are repeated with the same idempotency key."""

from __future__ import annotations

from contract_tests.claims import expressions
from contract_tests.properties.helpers.conditions import fulfilling
from contract_tests.properties.helpers.sample_bodies import SampleBodies
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.body_values import BodyMembers
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Record, RoleOrAction
from contract_tests.target.client import ReceivedResponse, new_idempotency_key
from contract_tests.target.ownership import NotJudgedError
from openapi import Role
from openapi.pointers import join

_NEEDS = (Role.CREATE, Role.DELETE, "idempotency-key")
_WORD = "idempotency-key"


@contract_property(
    "IDEMPOTENT-CREATE",
    "A create repeated with the same key takes effect once",
    rests_on="x-resources idempotency-key",
    needs=_NEEDS,
    cost=10,
)
def creates_are_done_once(api: ResourceClient) -> None:
    """A create with the key of an earlier one, and the same body, gets the same response, and there is one record.

    With another key it creates another record, if the document allows two with the same values. Catches services
    that ignore the key, so that a client that retries after a lost response pays twice.
    """
    key, body = _key_of(api, Role.CREATE), api.new_body()
    first, again = (_send(api, Role.CREATE, body, key) for _ in range(2))
    record = api.expect.accepted(Role.CREATE, first)
    _expect_same(api, Role.CREATE, again, first)
    if api.spec.tag_member and api.spec.has(Role.LIST):
        sentence = "A create that is repeated with the same key makes a second record."
        claim = ("is", api.spec.listed_keys(api.tagged()), api.spec.seen_keys([record]))
        api.expect.that(sentence, claim, Role.CREATE, _pointer(api))
    if not api.spec.resource.unique and not any(name in body for name in api.spec.resource.key_fields):
        other = api.expect.accepted(Role.CREATE, _send(api, Role.CREATE, body, _key_of(api, Role.CREATE)))
        sentence = "A create with another key returns the record of the first."
        api.expect.that(
            sentence, ("is not", api.spec.seen_key(other), api.spec.seen_key(record)), Role.CREATE, _pointer(api)
        )


@contract_property(
    "IDEMPOTENT-OTHER",
    "A create with the key of another one is refused",
    rests_on="x-resources idempotency-key",
    needs=_NEEDS,
    cost=8,
    assumed="the status",
)
def keys_are_for_one_request(api: ResourceClient) -> None:
    """A create with the key of an earlier one, and another body, is refused, and the first response stays.

    Catches services that return the earlier record for any body, so that the second one is lost silently.
    """
    body, samples = api.new_body(), SampleBodies(api, Role.CREATE)
    others = (api.new_body(), {**api.new_body(), **samples.full(0)}, {**api.new_body(), **samples.full(1)})
    other = next((one for one in others if one != body), None)
    if other is None:
        return
    key = _key_of(api, Role.CREATE)
    first = _send(api, Role.CREATE, body, key)
    api.expect.success(Role.CREATE, first)
    response = _send(api, Role.CREATE, other, key)
    status = expressions.depends_on(expressions.status(response), first)
    sentence = "A create with another body and the key of an earlier one is accepted."
    api.expect.that(sentence, ("is at least", status, expressions.literal(400)), Role.CREATE, _pointer(api))
    operation = api.spec.operation(Role.CREATE)
    wanted = operation.reused_key_status
    sentence = f"A create with another body and the key of an earlier one gets {response.status} instead of {wanted}."
    declared = operation.response_for(wanted)
    pointer = declared.pointer if declared else operation.pointer
    api.expect.differs(sentence, ("is", status, expressions.literal(wanted)), Role.CREATE, pointer)
    _expect_same(api, Role.CREATE, _send(api, Role.CREATE, body, key), first)


@contract_property(
    "IDEMPOTENT-ACTION",
    "An action repeated with the same key takes effect once",
    rests_on="x-resources idempotency-key",
    needs=(Role.CREATE, Role.DELETE, "action idempotency-key"),
    cost=12,
)
def actions_are_done_once(api: ResourceClient) -> None:
    """An action with the key of an earlier one on the same record gets the same response.

    This holds even if the record is no longer in the state for the action. Catches services that refuse to cancel
    a booking that the lost request has cancelled.
    """
    header, tried = api.spec.resource.idempotency_key, 0
    for action in api.spec.resource.actions.values():
        operation = api.spec.operation(action)
        record = api.create(api.new_body(**(fulfilling(api, action.where) or {})))
        if operation.header(header) is None or not (action.where is None or action.where.holds(record)):
            continue
        tried += 1
        body = api.least(BodyMembers(api.spec.contract, operation)) if operation.body else None
        key = _key_of(api, action)
        first, again = (_send(api, action, body, key, record) for _ in range(2))
        api.expect.success(action, first)
        _expect_same(api, action, again, first)
    if not tried:
        raise NotJudgedError(f"no new {api.spec.resource.name} is in the state that an action needs")


def _pointer(api: ResourceClient) -> str:
    return join(api.spec.resource.pointer, _WORD)


def _key_of(api: ResourceClient, role: RoleOrAction) -> dict[str, str]:
    """A header with a new key. Raises NotJudgedError if the document allows no UUID."""
    parameter, key = api.spec.operation(role).header(api.spec.resource.idempotency_key), new_idempotency_key()
    if parameter is None or not parameter.schema.is_valid(key):
        raise NotJudgedError(f"the schema of {api.spec.resource.idempotency_key} does not allow a UUID")
    return {parameter.name: key}


def _send(
    api: ResourceClient, role: RoleOrAction, body: Body | None, key: dict[str, str], record: Record | None = None
) -> ReceivedResponse:
    usual = api.call(role).headers
    path_key = None if record is None else api.spec.key_of(record)
    return api.send(role, key=path_key, body=body, headers={**usual, **key})


def _expect_same(api: ResourceClient, role: RoleOrAction, again: ReceivedResponse, first: ReceivedResponse) -> None:
    name = role.value if isinstance(role, Role) else role.operation
    sentence = f"A {name} that is repeated with the same key gets another response."
    observed, expected = (
        expressions.all_of([expressions.status(one), expressions.json(one)]) for one in (again, first)
    )
    api.expect.that(sentence, ("is", observed, expected), role, _pointer(api))


PROPERTIES: tuple[Property, ...] = (creates_are_done_once, keys_are_for_one_request, actions_are_done_once)
"""In the order of the catalogue."""

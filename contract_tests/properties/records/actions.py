"""Properties of actions: what they set, and in which state of a record they are refused."""

from __future__ import annotations

from collections.abc import Iterator

from contract_tests.claims import expressions
from contract_tests.properties.helpers.conditions import fulfilling, sparing
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.body_values import BodyMembers
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Record
from contract_tests.target.client import ReceivedResponse
from contract_tests.target.ownership import NotJudgedError
from openapi import RecordAction, Refusal, Role
from openapi.model.links import NOW
from openapi.pointers import join

_NEEDS = (Role.CREATE, Role.READ, Role.DELETE, "actions")


@contract_property(
    "ACTION-EFFECT",
    "An action sets what the document says, and nothing else",
    rests_on="x-resources actions",
    needs=_NEEDS,
    cost=20,
    assumed="which fields an action sets",
)
def actions_set_their_fields(api: ResourceClient) -> None:
    """After an action, a get shows the values that the action sets and those that were sent; all others are as before.

    Another record stays as it was. Catches services that report success and do nothing, that reset other fields, or
    that apply the action to every record.
    """
    tried = 0
    for action in api.spec.resource.actions.values():
        fields = fulfilling(api, action.where)
        record = api.create(api.new_body(**(fields or {})))
        if action.where is not None and not action.where.holds(record):
            continue
        tried += 1
        other = api.create(api.new_body(**(fields or {})))
        body = _body(api, action)
        response = _send(api, action, record, body)
        api.expect.success(action, response)
        after = api.send(Role.READ, key=api.spec.key_of(record))
        _expect_set(api, action, after, body or {})
        _expect_rest(api, action, after, record, body or {})
        _expect_unchanged(api, other, f"{action.operation} changes another {api.spec.resource.name}.", action.pointer)
        if _shows_record(api, action):
            api.expect.that(
                f"The response of {action.operation} differs from a get afterwards.",
                ("is", expressions.json(response), expressions.json(after)),
                action,
                action.pointer,
            )
    if not tried:
        raise NotJudgedError(f"no new {api.spec.resource.name} is in the state that an action needs")


def _expect_set(api: ResourceClient, action: RecordAction, after: ReceivedResponse, body: Body) -> None:
    for name, value in {**body, **action.sets}.items():
        if name not in api.spec.resource.record.node["properties"]:
            continue
        shown = expressions.json(after, join("", name))
        claim = ("is", shown, expressions.literal(value))
        if name in action.sets and value == NOW:
            claim = ("is not", expressions.instant(shown), expressions.literal(None))
        sentence = f"After {action.operation}, a get does not show the {name} that it sets."
        api.expect.that(
            sentence, claim, action, join(action.pointer, "sets") if name in action.sets else action.pointer
        )


def _expect_rest(
    api: ResourceClient, action: RecordAction, after: ReceivedResponse, before: Record, body: Body
) -> None:
    may_differ = [*body, *action.sets, *api.spec.made_by_server("time-of-change")]
    api.expect.that(
        f"{action.operation} changes another field.",
        (
            "is",
            expressions.without(expressions.json(after), may_differ),
            expressions.without(expressions.json(before), may_differ),
        ),
        action,
        action.pointer,
    )


@contract_property(
    "ACTION-STATE",
    "An action is refused in another state",
    rests_on="x-resources actions",
    needs=_NEEDS,
    cost=12,
    assumed="in which states an action is refused, and the status",
)
def actions_are_refused_in_other_states(api: ResourceClient) -> None:
    """An action on a record that does not fulfil its condition is a conflict and changes nothing.

    Catches services that cancel a booking twice, or pay one that is over.
    """
    tried = 0
    for action, record in _in_other_states(api):
        tried += 1
        response = _send(api, action, record, _body(api, action))
        pointer = join(action.pointer, "where")
        what = f"{action.operation} on a {api.spec.resource.name} in another state"
        api.expect.refused(what, response, Refusal.CONFLICT, action, if_accepted=pointer, after=[record])
        if response.status >= 400:
            _expect_unchanged(api, record, f"{action.operation} is refused and changes the record.", pointer)
    if not tried:
        raise NotJudgedError(f"no {api.spec.resource.name} could be brought into another state")


def _in_other_states(api: ResourceClient) -> Iterator[tuple[RecordAction, Record]]:
    """Each action with a condition, and a record that does not fulfil it: a new one, or one after the action itself."""
    for action in api.spec.resource.actions.values():
        fields = sparing(api, action.where)
        if fields is not None:
            yield action, api.create(api.new_body(**fields))
        record = api.create(api.new_body(**(fulfilling(api, action.where) or {})))
        if action.where is None or not action.where.holds(record):
            continue
        api.expect.success(action, _send(api, action, record, _body(api, action)))
        after = api.read(record)
        if not action.where.holds(after):
            yield action, after


@contract_property(
    "ACTION-UNKNOWN",
    "An action on an unknown key is refused",
    rests_on="x-http refusals/statuses/unknown-record",
    needs=_NEEDS,
    cost=4,
    assumed="the status",
)
def actions_on_nothing_are_refused(api: ResourceClient) -> None:
    """An action with an unknown key is refused like a get of that key.

    Catches services that report success without looking for the record.
    """
    for action in api.spec.resource.actions.values():
        response = api.send(action, key=api.unknown_key(), body=_body(api, action))
        what = f"{action.operation} with an unknown key"
        api.expect.refused(what, response, Refusal.UNKNOWN_RECORD, action, if_accepted=action.pointer)


def _send(api: ResourceClient, action: RecordAction, record: Record, body: Body | None) -> ReceivedResponse:
    return api.send(action, key=api.spec.key_of(record), body=body)


def _body(api: ResourceClient, action: RecordAction) -> Body | None:
    """The smallest body that the action takes; None if it takes none."""
    operation = api.spec.operation(action)
    return api.least(BodyMembers(api.spec.contract, operation)) if operation.body else None


def _shows_record(api: ResourceClient, action: RecordAction) -> bool:
    media = next(iter(api.spec.operation(action).success.content.values()), None)
    schema = api.spec.resource.response(action.operation).schema or (media.schema if media else None)
    return schema is not None and schema.pointer == api.spec.resource.record.pointer


def _expect_unchanged(api: ResourceClient, record: Record, sentence: str, pointer: str) -> None:
    response = api.send(Role.READ, key=api.spec.key_of(record))
    api.expect.that(sentence, ("is", expressions.json(response), expressions.json(record)), Role.READ, pointer)


PROPERTIES: tuple[Property, ...] = (
    actions_set_their_fields,
    actions_are_refused_in_other_states,
    actions_on_nothing_are_refused,
)
"""In the order of the catalogue."""

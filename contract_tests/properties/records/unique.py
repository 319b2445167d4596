"""Properties of what no two records may have alike."""

from __future__ import annotations

from contract_tests.claims import expressions
from contract_tests.properties.helpers.sample_bodies import Trials, expect_unknown
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Record
from openapi import Refusal, Role, Unique

_OWN = (Role.CREATE, Role.DELETE)


@contract_property(
    "CREATE-UNIQUE",
    "What is unique can't be had twice",
    rests_on="x-resources unique",
    needs=(*_OWN, Role.READ, "unique"),
    writes=True,
    cost=11,
)
def unique_values_are_had_once(api: ResourceClient) -> None:
    """A create with a unique value that a live record has is a conflict, adds nothing, and leaves that record alone.

    All else in the second body differs, and the record is not the newest one: a service that compares whole bodies, or
    looks at its last record only, is found out. So is one that answers 409 after it has stored the second record, or
    that fails at the next create, since its transaction is still open.
    """
    for unique in _askable(api):
        held, other = api.create(), api.create()
        second, before = _again(api, unique, held), api.read(held)
        answer = api.send(Role.CREATE, body=second)
        api.expect.refused(
            f"A second create with the same {' and '.join(unique.fields)}",
            answer,
            Refusal.CONFLICT,
            Role.CREATE,
            "" if 400 <= answer.status < 500 else unique.pointer,
            after=[held],
        )
        api.expect.that(
            "A create that was a conflict changes the record that has the value.",
            ("is", expressions.json(api.read(held)), expressions.json(before)),
            Role.CREATE,
            unique.pointer,
        )
        if api.spec.has(Role.LIST) and api.spec.tag_member:
            later = api.create()
            keys, wanted = api.spec.listed_keys(api.tagged()), api.spec.seen_keys([held, other, later])
            api.expect.that(
                "After a create that was a conflict the list holds more.",
                (
                    "is",
                    expressions.depends_on(expressions.in_any_order(keys), held, answer),
                    expressions.in_any_order(wanted),
                ),
                Role.CREATE,
                unique.pointer,
            )
            for record in (held, other, later):
                api.delete(record)


def _askable(api: ResourceClient) -> list[Unique]:
    return [one for one in api.spec.resource.unique if set(one.fields) <= set(api.spec.creating.members)]


def _again(api: ResourceClient, unique: Unique, held: Record) -> Body:
    """A body that shares with a record what must be unique, and nothing else if it can be helped."""
    sent = api.client.trace[held.step - 1].call.body
    shared = {name: held.get(name, sent.get(name)) for name in unique.fields}
    return {**Trials(api, Role.CREATE).full(1), **api.new_body(), **shared}


@contract_property(
    "CREATE-AGAIN",
    "What was deleted can be created anew",
    rests_on="x-resources unique",
    needs=(*_OWN, Role.READ),
    writes=True,
    cost=9,
)
def what_was_deleted_can_be_created_anew(api: ResourceClient) -> None:
    """After a delete the same body makes a new record: with a key of its own, found by get; the old one stays away.

    A service that only marks records as deleted, and still counts their numbers as taken, is found out, as is one that
    brings the old record back to life.
    """
    body = api.new_body()
    first = api.create(body)
    body = _sent_for(api, first)
    other = api.create()
    api.delete(first)
    answer = api.send(Role.CREATE, body=body)
    success = int(api.spec.operation(Role.CREATE).success.status)
    unique = api.spec.resource.unique
    api.expect.that(
        f"A create of what was deleted is answered {answer.status}.",
        ("is", expressions.status(answer), expressions.literal(success)),
        Role.CREATE,
        unique[0].pointer if unique else api.spec.at_role(Role.DELETE),
    )
    again = api.expect.accepted(Role.CREATE, answer)
    if api.spec.resource.key in api.spec.made_by_server("uuid"):
        api.expect.that(
            "A record created anew has the key of the one that was deleted.",
            ("is not", api.spec.seen_key(again), api.spec.seen_key(first)),
            Role.CREATE,
            api.spec.resource.fields[api.spec.resource.key].pointer,
        )
        api.expect.code = "DELETE-GONE"
        expect_unknown(
            api, Role.READ, api.spec.key_of(first), "A get of a deleted record", api.spec.at_role(Role.DELETE)
        )
        api.expect.code = "CREATE-AGAIN"
    for record in (other, again):
        api.expect.that(
            "A get shows another record than the create, after a delete.",
            ("is", expressions.json(api.read(record)), expressions.json(record)),
            Role.READ,
            api.spec.at_role(Role.READ),
        )


def _sent_for(api: ResourceClient, record: Record) -> Body:
    return dict(api.client.trace[record.step - 1].call.body)


PROPERTIES: tuple[Property, ...] = (unique_values_are_had_once, what_was_deleted_can_be_created_anew)
"""The properties of what is unique, in the order of the catalogue."""

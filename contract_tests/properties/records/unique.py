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
def unique_values_are_had_once(subject: ResourceClient) -> None:
    """A create with a unique value that a live record has is a conflict, adds nothing, and leaves that record alone.

    All else in the second body differs, and the record is not the newest one: a service that compares whole bodies, or
    looks at its last record only, is found out. So is one that answers 409 after it has stored the second record, or
    that fails at the next create, since its transaction is still open.
    """
    for unique in _askable(subject):
        held, other = subject.create(), subject.create()
        second, before = _again(subject, unique, held), subject.read(held)
        answer = subject.send(Role.CREATE, body=second)
        subject.expect_status(
            f"A second create with the same {' and '.join(unique.fields)}",
            answer,
            Refusal.CONFLICT,
            Role.CREATE,
            "" if 400 <= answer.status < 500 else unique.pointer,
            given=[held],
        )
        subject.expect(
            "A create that was a conflict changes the record that has the value.",
            ("is", expressions.json(subject.read(held)), expressions.json(before)),
            Role.CREATE,
            unique.pointer,
        )
        if subject.has(Role.LIST) and subject.tag_member:
            later = subject.create()
            keys, wanted = subject.listed_keys(subject.tagged()), subject.seen_keys([held, other, later])
            subject.expect(
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
                subject.delete(record)


def _askable(subject: ResourceClient) -> list[Unique]:
    return [one for one in subject.resource.unique if set(one.fields) <= set(subject.creating.members)]


def _again(subject: ResourceClient, unique: Unique, held: Record) -> Body:
    """A body that shares with a record what must be unique, and nothing else if it can be helped."""
    sent = subject.client.trace[held.step - 1].call.body
    shared = {name: held.get(name, sent.get(name)) for name in unique.fields}
    return {**Trials(subject, Role.CREATE).full(1), **subject.new_body(), **shared}


@contract_property(
    "CREATE-AGAIN",
    "What was deleted can be created anew",
    rests_on="x-resources unique",
    needs=(*_OWN, Role.READ),
    writes=True,
    cost=9,
)
def what_was_deleted_can_be_created_anew(subject: ResourceClient) -> None:
    """After a delete the same body makes a new record: with a key of its own, found by get; the old one stays away.

    A service that only marks records as deleted, and still counts their numbers as taken, is found out, as is one that
    brings the old record back to life.
    """
    body = subject.new_body()
    first = subject.create(body)
    body = _sent_for(subject, first)
    other = subject.create()
    subject.delete(first)
    answer = subject.send(Role.CREATE, body=body)
    success = int(subject.operation(Role.CREATE).success.status)
    unique = subject.resource.unique
    subject.expect(
        f"A create of what was deleted is answered {answer.status}.",
        ("is", expressions.status(answer), expressions.literal(success)),
        Role.CREATE,
        unique[0].pointer if unique else subject.at_role(Role.DELETE),
    )
    again = subject.accepted(Role.CREATE, answer)
    if subject.resource.key in subject.made_by_server("uuid"):
        subject.expect(
            "A record created anew has the key of the one that was deleted.",
            ("is not", subject.seen_key(again), subject.seen_key(first)),
            Role.CREATE,
            subject.resource.fields[subject.resource.key].pointer,
        )
        subject.code = "DELETE-GONE"
        expect_unknown(
            subject, Role.READ, subject.key_of(first), "A get of a deleted record", subject.at_role(Role.DELETE)
        )
        subject.code = "CREATE-AGAIN"
    for record in (other, again):
        subject.expect(
            "A get shows another record than the create, after a delete.",
            ("is", expressions.json(subject.read(record)), expressions.json(record)),
            Role.READ,
            subject.at_role(Role.READ),
        )


def _sent_for(subject: ResourceClient, record: Record) -> Body:
    return dict(subject.client.trace[record.step - 1].call.body)


PROPERTIES: tuple[Property, ...] = (unique_values_are_had_once, what_was_deleted_can_be_created_anew)
"""The properties of what is unique, in the order of the catalogue."""

"""Properties of unique fields."""

from __future__ import annotations

from contract_tests.claims import expressions
from contract_tests.properties.helpers.sample_bodies import SampleBodies, expect_unknown
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Record
from openapi import Refusal, Role, Unique

_OWN = (Role.CREATE, Role.DELETE)


@contract_property(
    "CREATE-UNIQUE",
    "A unique value can't be used twice",
    rests_on="x-resources unique",
    needs=(*_OWN, Role.READ, "unique"),
    cost=11,
    documented="a second create does not change the first record",
    assumed="that the second create is refused, and how",
)
def unique_values_are_used_once(api: ResourceClient) -> None:
    """A create with a unique value of an existing record is a conflict, creates nothing, and leaves that record alone.

    Everything else in the second body differs, and the record is not the newest one. Catches services that compare
    whole bodies or only their newest record, that respond with 409 after storing the second record, or that fail at the
    next create because their transaction is still open.
    """
    for unique in _testable(api):
        held, other = api.create(), api.create()
        second, before = _same_value(api, unique, held), api.read(held)
        response = api.send(Role.CREATE, body=second)
        if response.status >= 400:
            api.expect.that(
                "A create that is a conflict changes the record that has the value.",
                ("is", expressions.json(api.read(held)), expressions.json(before)),
                Role.CREATE,
                unique.pointer,
            )
        api.expect.refused(
            f"A second create with the same {' and '.join(unique.fields)}",
            response,
            Refusal.CONFLICT,
            Role.CREATE,
            if_accepted=unique.pointer,
            after=[held],
        )
        if response.status < 400:
            continue
        if api.spec.has(Role.LIST) and api.spec.tag_member:
            later = api.create()
            keys, wanted = api.spec.listed_keys(api.tagged()), api.spec.seen_keys([held, other, later])
            keys = expressions.depends_on(expressions.in_any_order(keys), held, response)
            api.expect.that(
                "After a create that is a conflict, the list has other records than before.",
                ("is", keys, expressions.in_any_order(wanted)),
                Role.CREATE,
                unique.pointer,
            )
            for record in (held, other, later):
                api.delete(record)


def _testable(api: ResourceClient) -> list[Unique]:
    return [one for one in api.spec.resource.unique if set(one.fields) <= set(api.spec.creating.members)]


def _same_value(api: ResourceClient, unique: Unique, held: Record) -> Body:
    """A body with the unique values of a record, and as little else in common as possible."""
    sent = api.client.trace[held.step - 1].call.body
    shared = {name: held.get(name, sent.get(name)) for name in unique.fields}
    return {**SampleBodies(api, Role.CREATE).full(1), **api.new_body(), **shared}


@contract_property(
    "CREATE-AGAIN",
    "A deleted record can be created again",
    rests_on="x-resources unique",
    needs=(*_OWN, Role.READ),
    cost=9,
    documented="the new record gets its own key, and the old one stays deleted",
    assumed="that the create succeeds",
)
def deleted_records_can_be_created_again(api: ResourceClient) -> None:
    """After a delete, the same body creates a new record with its own key. The old one stays deleted.

    Catches services that only mark records as deleted and still treat their numbers as taken, and services that bring
    the old record back.
    """
    first = api.create(api.new_body())
    body = dict(api.client.trace[first.step - 1].call.body)
    other = api.create()
    api.delete(first)
    response = api.send(Role.CREATE, body=body)
    if api.spec.resource.keeps_deleted_values:
        pointer = api.spec.at_deleted_values()
        what = "A create with a unique value of a deleted record"
        api.expect.refused(what, response, Refusal.CONFLICT, Role.CREATE, if_accepted=pointer, after=[first])
        return
    unique = api.spec.resource.unique
    api.expect.that(
        f"A second create of a deleted record is refused with {response.status}.",
        ("is at most", expressions.status(response), expressions.literal(399)),
        Role.CREATE,
        api.spec.at_deleted_values() if unique else api.spec.at_role(Role.DELETE),
    )
    again = api.expect.accepted(Role.CREATE, response)
    if api.spec.has_lasting_keys:
        api.expect.that(
            "A record that is created again has the key of the deleted one.",
            ("is not", api.spec.seen_key(again), api.spec.seen_key(first)),
            Role.CREATE,
            api.spec.at_key(),
        )
        what, documented = "A get of a deleted record", api.spec.at_operation(Role.DELETE)
        expect_unknown(api, Role.READ, api.spec.key_of(first), what, documented=documented, code="DELETE-GONE")
    for record in (other, again):
        api.expect.that(
            "After a delete, a get does not show a record as its create returned it.",
            ("is", expressions.json(api.read(record)), expressions.json(record)),
            Role.READ,
            api.spec.at_role(Role.READ),
        )


PROPERTIES: tuple[Property, ...] = (unique_values_are_used_once, deleted_records_can_be_created_again)
"""In the order of the catalogue."""

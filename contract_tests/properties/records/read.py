"""Properties of gets: they show what was written, and change nothing."""

from __future__ import annotations

from contract_tests.claims import expressions
from contract_tests.properties.helpers.sample_bodies import Trials, expect_unknown
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Listed, Record
from openapi import Operation, Role

_OWN = (Role.CREATE, Role.READ, Role.DELETE)
_TRIES = 3


@contract_property(
    "READ-AFTER-WRITE",
    "A get shows the record as it was written",
    rests_on="x-resources operations/read",
    needs=_OWN,
    writes=True,
    cost=14,
)
def get_shows_what_was_written(api: ResourceClient) -> None:
    """A get of each of several records, the oldest first, shows what its own create answered, member by member.

    Some records have every member and some only the required ones. A service that answers the newest record whatever
    the key, adds or drops a member, or writes a time otherwise in a get than in a create, is found out.
    """
    trials = Trials(api, Role.CREATE)
    made = [api.create()]
    made += [api.create({**trials.full(turn), **api.new_body()}) for turn in range(trials.turns)]
    for record in made:
        api.expect.that(
            "A get shows another record than the last write.",
            ("is", expressions.json(api.read(record)), expressions.json(record)),
            Role.READ,
            api.spec.at_role(Role.READ),
        )


@contract_property(
    "READ-AS-LISTED",
    "A list and a get show a record alike",
    rests_on="x-resources operations/read, operations/list",
    needs=(Role.LIST, Role.READ),
    cost=12,
)
def list_and_get_show_a_record_alike(api: ResourceClient) -> None:
    """A record in a list has the same members with the same values as in a get.

    It is looked at on whatever records there are; the list is asked again afterwards, and what has changed in between
    is let go. A service whose lists leave out the provider, or write false where a get writes null, is found out.
    """
    for _ in range(_TRIES if api.thoroughness.rounds > 1 else 1):
        before = api.list_by()
        chosen = api.random.sample(before.items, min(2, len(before.items)))
        reads = [(item, api.send(Role.READ, key=api.spec.key_of(item))) for item in chosen]
        after = api.list_by()
        for item, answer in reads:
            if answer.status == int(api.spec.operation(Role.READ).success.status) and item in after.items:
                record = Record(answer.json if isinstance(answer.json, dict) else {}, answer.step)
                _expect_alike(api, after, record)


def _expect_alike(api: ResourceClient, listed: Listed, record: Record) -> None:
    shown = expressions.picked(api.spec.seen_items(listed), api.spec.resource.key, api.spec.seen_key(record))
    api.expect.that(
        "A list shows a record otherwise than a get.",
        ("is", shown, expressions.json(record)),
        Role.LIST,
        api.spec.at_role(Role.LIST),
    )


@contract_property(
    "READ-UNKNOWN",
    "A get of nothing is unknown",
    rests_on="x-http refusals/statuses/unknown-record",
    needs=(Role.READ,),
    cost=6,
)
def get_of_nothing_is_unknown(api: ResourceClient) -> None:
    """A get with a key that names nothing is answered as the document says, whether it looks like a key or not.

    Only keys that the parameter's schema allows are sent. A service that answers 200 with an empty body, or fails with
    a key that it can't convert, is found out.
    """
    operation = api.spec.operation(Role.READ)
    for key in (api.unknown_key(), *api.cases(_odd_keys(api, operation), 3)):
        expect_unknown(api, Role.READ, key, f"A get of the key {key!r}, which names nothing,")


def _odd_keys(api: ResourceClient, operation: Operation) -> list[str]:
    """Keys that are allowed and that no service gives to a record."""
    if api.spec.resource.key not in api.spec.made_by_server("uuid"):
        return []
    schema = next(one.schema for one in operation.parameters if one.name == api.spec.resource.key_parameter)
    odd = ["not-a-key", "0", "-1", "null", "%", "'", "00000000-0000-0000-0000-000000000000", "\u00e9", "x" * 300]
    return [key for key in odd if schema.is_valid(key)]


@contract_property(
    "READ-SAFE",
    "Asking changes nothing",
    rests_on="x-resources operations/read, operations/list",
    needs=_OWN,
    writes=True,
    cost=14,
)
def asking_changes_nothing(api: ResourceClient) -> None:
    """Any number of gets, lists and searches leaves every record as it was, times included (RFC 9110, section 9.2.1).

    A service that counts how often a record was looked at in its time of change, or puts what was found last at the
    head of its list, is found out.
    """
    made = [api.create(), api.create()]
    listed = api.tagged() if api.spec.has(Role.LIST) and api.spec.tag_member else None
    first = [api.read(record) for record in made]
    if api.spec.has(Role.LIST):
        api.list_by()
    second = [api.read(record) for record in made]
    for before, after in zip(first, second, strict=True):
        api.expect.that(
            "Asking for a record changes it.",
            ("is", expressions.json(after), expressions.json(before)),
            Role.READ,
            api.spec.at_role(Role.READ),
        )
    if listed:
        api.expect.that(
            "Asking for records changes a list.",
            ("is", api.spec.listed_keys(api.tagged()), api.spec.listed_keys(listed)),
            Role.LIST,
            api.spec.at_role(Role.LIST),
            code="LIST-STABLE",
        )


PROPERTIES: tuple[Property, ...] = (
    get_shows_what_was_written,
    list_and_get_show_a_record_alike,
    get_of_nothing_is_unknown,
    asking_changes_nothing,
)
"""The properties of gets, in the order of the catalogue."""

"""Properties of gets: they show what was written, and change nothing."""

from __future__ import annotations

from contract_tests.claims import expressions
from contract_tests.properties.helpers.sample_bodies import SampleBodies, expect_unknown
from contract_tests.properties.helpers.stable_reads import make_first
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Listed, Record
from contract_tests.target.ownership import NotJudgedError
from openapi import Operation, Role

_OWN = (Role.CREATE, Role.READ, Role.DELETE)
_TRIES = 3


@contract_property(
    "READ-AFTER-WRITE",
    "A get shows the record as it was written",
    rests_on="x-resources operations/read",
    needs=_OWN,
    cost=14,
    documented="a get returns the registered record",
    assumed="that it does so at once",
)
def get_shows_what_was_written(api: ResourceClient) -> None:
    """A get of each of several records, the oldest first, shows exactly what its create returned.

    Some records have every field, some only the required ones. Catches services that return the newest record for any
    key, add or drop a field, or write a time differently in a get.
    """
    samples = SampleBodies(api, Role.CREATE)
    made = [api.create()]
    made += [api.create({**samples.full(turn), **api.new_body()}) for turn in range(samples.turns)]
    for record in made:
        api.expect.that(
            "A get does not show the record as the last write returned it.",
            ("is", expressions.json(api.read(record)), expressions.json(record)),
            Role.READ,
            api.spec.at_role(Role.READ),
        )


@contract_property(
    "READ-AS-LISTED",
    "A list and a get show the same record",
    rests_on="x-resources operations/read, operations/list",
    needs=(Role.LIST, Role.READ),
    cost=12,
    alone=True,
    documented="both show the same record",
)
def list_and_get_show_the_same(api: ResourceClient) -> None:
    """A record has the same fields and values in a list as in a get.

    Uses any records of the service. The list is read again afterwards, and a record that has changed meanwhile is
    skipped. Catches services with lists that leave out the provider, or write false where a get writes null.
    """
    compared = 0
    for _ in range(_TRIES):
        before = api.list_by()
        if not before.items:
            make_first(api)
            before = api.list_by()
        chosen = api.random.sample(before.items, min(2, len(before.items)))
        reads = [(item, api.send(Role.READ, key=api.spec.key_of(item))) for item in chosen]
        after = api.list_by()
        for item, response in reads:
            if 200 <= response.status < 300 and item in after.items:
                record = Record(response.record, response.step, response.at)
                _expect_alike(api, after, record)
                compared += 1
        if compared and api.thoroughness.rounds == 1:
            return
    if not compared:
        raise NotJudgedError("the records changed between each list and the gets of its records")


def _expect_alike(api: ResourceClient, listed: Listed, record: Record) -> None:
    api.expect.that(
        "A list shows a record differently from a get.",
        ("is", api.spec.listed_record(listed, record), expressions.json(record)),
        Role.LIST,
        api.spec.at_role(Role.LIST),
    )


@contract_property(
    "READ-UNKNOWN",
    "A get of an unknown key is refused",
    rests_on="x-http refusals/statuses/unknown-record",
    needs=(Role.READ,),
    cost=6,
    documented="a get of a key that never existed does not succeed",
    assumed="the status and body of the refusal, and what a malformed key gets",
)
def get_of_an_unknown_key_is_refused(api: ResourceClient) -> None:
    """A get with an unknown key is refused as documented, whether or not the key has the usual form.

    Sends only keys that the parameter's schema allows. Catches services that return 200 with an empty body, or fail
    with a key that they can't convert.
    """
    operation = api.spec.operation(Role.READ)
    for key in (api.unknown_key(), *api.cases(_unusual_keys(api, operation), 2)):
        expect_unknown(api, Role.READ, key, f"A get of the unknown key {key!r}")


def _unusual_keys(api: ResourceClient, operation: Operation) -> list[str]:
    """Valid keys that no service gives to a record."""
    if not api.spec.has_lasting_keys:
        return []
    (name,) = api.spec.resource.key_parameters
    schema = next(one.schema for one in operation.parameters if one.name == name)
    keys = ["not-a-key", "0", "-1", "null", "%", "'", "00000000-0000-0000-0000-000000000000", "\u00e9", "x" * 300]
    return [key for key in keys if schema.is_valid(key)]


@contract_property(
    "READ-SAFE",
    "Reading changes nothing",
    rests_on="x-resources operations/read, operations/list",
    needs=_OWN,
    cost=14,
    documented="reading changes no record",
    assumed="that it does not change the order of a list",
)
def reading_changes_nothing(api: ResourceClient) -> None:
    """Gets, lists and searches leave every record as it was, times included (RFC 9110, section 9.2.1).

    Catches services that update the time of change on every read, or move a found record to the top of the list.
    """
    made = [api.create(), api.create()]
    listed = api.tagged() if api.spec.lists_own else None
    first = [api.read(record) for record in made]
    if api.spec.has(Role.LIST):
        api.list_by()
    second = [api.read(record) for record in made]
    for before, after in zip(first, second, strict=True):
        api.expect.that(
            "Reading a record changes it.",
            ("is", expressions.json(after), expressions.json(before)),
            Role.READ,
            api.spec.at_role(Role.READ),
        )
    if listed:
        api.expect.that(
            "Reading records changes a list.",
            ("is", api.spec.listed_keys(api.tagged()), api.spec.listed_keys(listed)),
            Role.LIST,
            api.spec.listing.order.pointer,
            code="LIST-STABLE",
        )


PROPERTIES: tuple[Property, ...] = (
    get_shows_what_was_written,
    list_and_get_show_the_same,
    get_of_an_unknown_key_is_refused,
    reading_changes_nothing,
)
"""In the order of the catalogue."""

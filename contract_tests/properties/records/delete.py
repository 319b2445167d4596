"""Properties of deletes: what is deleted, and what stays."""

from __future__ import annotations

from contract_tests.claims import expressions
from contract_tests.properties.helpers.sample_bodies import expect_unknown, filled_alike
from contract_tests.properties.lists.filters import written
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Listed, Record
from openapi import Role

_OWN = (Role.CREATE, Role.DELETE)


@contract_property(
    "DELETE-GONE",
    "A deleted record is gone",
    rests_on="x-resources operations/delete",
    needs=_OWN,
    cost=30,
    alone=True,
    documented="a get no longer finds the record",
    assumed="that it is gone at once, how the refusal looks, and what a second delete gets",
)
def deleted_record_is_gone(api: ResourceClient) -> None:
    """After a delete, a get, an update and a second delete of the record are refused as for any unknown key.

    The record is read before the delete, too. Catches services that serve gets from a cache, that only mark records as
    deleted and still update them, that report success for every delete, or that keep records with some status. Where
    another record may get the same key, only the get is tried.
    """
    record = api.create()
    if api.spec.has(Role.READ):
        api.read(record)
    api.delete(record)
    roles = (Role.READ, Role.UPDATE, Role.DELETE, Role.READ) if api.spec.has_lasting_keys else (Role.READ,)
    for role in roles:
        if api.spec.has(role):
            what = "A second delete" if role is Role.DELETE else f"{_an(role)} of a deleted record"
            expect_unknown(api, role, api.spec.key_of(record), what, documented=_pointer(api, role))
    tried = [one for one in _states(api) if any(record.get(name) != value for name, value in one.items())]
    for state in tried:
        record = api.update(api.create(), state)
        api.delete(record)
        if api.spec.has(Role.READ):
            values = " and ".join(f"{name} {value}" for name, value in state.items())
            what = f"A get of a deleted record with {values}"
            expect_unknown(api, Role.READ, api.spec.key_of(record), what, documented=_pointer(api, Role.READ))


def _pointer(api: ResourceClient, role: Role) -> str:
    """The node that a success after a delete breaks: the delete, except for a second delete, which may succeed."""
    return _at_second_delete(api) if role is Role.DELETE else api.spec.at_operation(Role.DELETE)


def _at_second_delete(api: ResourceClient) -> str:
    return api.spec.at_word("deletes/unknown-record") or api.spec.at_role(Role.DELETE)


def _states(api: ResourceClient) -> list[Body]:
    """Updates that cover every value of each enumeration of a record."""
    choices = api.spec.update_members.choices if api.spec.update_members else {}
    most = max((len(values) for values in choices.values()), default=0)
    return [{name: values[turn % len(values)] for name, values in choices.items()} for turn in range(most)]


def _an(role: Role) -> str:
    return {Role.READ: "A get", Role.UPDATE: "An update"}.get(role, f"A {role.value}")


@contract_property(
    "DELETE-LISTED",
    "A deleted record is in no list and no total",
    rests_on="x-resources operations/delete",
    needs=(*_OWN, Role.LIST, "own list"),
    cost=18,
    documented="lists and totals no longer include the record, and still include all others",
    assumed="that this is so at once",
)
def deleted_record_is_in_no_list(api: ResourceClient) -> None:
    """After a delete the record is in no list, filtered or not, and no total counts it. The others are all there.

    Of three records the oldest is deleted, then the newest; a second page is read before and after. Catches services
    that keep totals apart from the records, filters that still find records marked as deleted, and later pages that are
    kept.
    """
    made = api.several(3)
    api.tagged()
    second = api.page(1, 1) if api.spec.tag_member and api.spec.listing.paging and api.size(1) == 1 else {}
    if second:
        api.tagged(**second)
    for record in (made[0], made[2]):
        api.delete(record)
        made.remove(record)
        _expect_listed(api, api.tagged(), made, record, "A list")
        for one in api.cases(api.spec.listing.filters, 1):
            if one.field in record:
                stay = [other for other in made if other.get(one.field) == record[one.field]]
                listed = api.tagged(**{one.parameter: written(record[one.field])})
                _expect_listed(api, listed, stay, record, f"A list by {one.parameter}")
    if second:
        claim = ("is", api.spec.listed_keys(api.tagged(**second)), expressions.literal([]))
        sentence = "The second page of one still has a record after two of three were deleted."
        api.expect.that(sentence, claim, Role.LIST, api.spec.at_operation(Role.DELETE))


def _expect_listed(api: ResourceClient, listed: Listed, stay: list[Record], deleted: Record, what: str) -> None:
    keys, wanted = api.spec.listed_keys(listed), api.spec.seen_keys(stay)
    pointer = api.spec.at_operation(Role.DELETE)
    api.expect.that(
        f"{what} still has a deleted record.",
        ("lacks", keys, api.spec.seen_key(deleted)),
        Role.LIST,
        pointer,
    )
    api.expect.that(
        f"{what} lacks a record after another one was deleted.",
        ("is", expressions.in_any_order(keys), expressions.in_any_order(wanted)),
        Role.LIST,
        pointer,
        code="DELETE-OTHERS",
    )
    total = api.spec.own_total
    if total is not None:
        api.expect.that(
            f"The total of {what.lower()} is wrong after a delete.",
            ("is", expressions.json(listed, total), expressions.count(wanted)),
            Role.LIST,
            pointer,
        )


@contract_property(
    "DELETE-OTHERS",
    "A delete leaves other records alone",
    rests_on="x-resources operations/delete",
    needs=(*_OWN, Role.READ),
    cost=10,
    documented="a delete removes one record and changes no other",
)
def delete_leaves_other_records_alone(api: ResourceClient) -> None:
    """A delete removes the record with its key, not those that look like it. The others stay as they were.

    The records have the same texts and choices; the middle one is deleted, twice where possible. Catches services that
    delete by name, by position in the list, or the newest record.
    """
    made = [api.create_with({}, **filled_alike(api)) for _ in range(3)]
    api.delete(made[1])
    if api.spec.has_lasting_keys:
        api.send(Role.DELETE, key=api.spec.key_of(made[1]))
    for record in (made[0], made[2]):
        response = api.send(Role.READ, key=api.spec.key_of(record))
        api.expect.that(
            "A delete of one record removes or changes another.",
            ("is", expressions.json(response), expressions.json(record)),
            Role.DELETE,
            api.spec.at_operation(Role.DELETE),
        )


@contract_property(
    "DELETE-UNKNOWN",
    "A write to an unknown key is refused",
    rests_on="x-http refusals/statuses/unknown-record",
    needs=_OWN,
    cost=2,
    documented="an update of a key that never existed does not succeed",
    assumed="that a delete of one is refused, and the status",
)
def write_to_an_unknown_key_is_refused(api: ResourceClient) -> None:
    """A delete and an update with an unknown key are refused as documented.

    Catches services that report success for every delete, or that create a record when an update does not find one.
    """
    for role in (Role.DELETE, Role.UPDATE):
        if api.spec.has(role):
            pointer = _at_second_delete(api) if role is Role.DELETE else ""
            expect_unknown(api, role, api.unknown_key(), f"{_an(role)} of an unknown key", documented=pointer)


_TRIES = 60
"""Enough to observe a one-in-twenty event with a probability of 95 percent."""


@contract_property(
    "DELETE-LASTS",
    "Deleted records stay deleted",
    rests_on="x-resources operations/delete",
    needs=(Role.CREATE, Role.READ, Role.DELETE, Role.LIST, "tag"),
    cost=1,
    alone=True,
    documented="a deleted record is in no list",
)
def deleted_records_stay_deleted(api: ResourceClient) -> None:
    """At the end of a run, no list shows a record for which the service has confirmed the delete.

    Catches services that lose one delete in twenty. The check then creates and deletes records until it happens again,
    and reports it under DELETE-GONE.
    """
    listed = api.tagged(**{api.spec.search.parameter: api.ledger.tag})
    gone = api.ledger.gone.get(api.spec.resource.name, set())
    for _ in range(_TRIES if any(api.spec.key_of(record) in gone for record in listed.items) else 0):
        api.begin()
        record = api.create()
        api.delete(record)
        what, documented = "A get of a deleted record", api.spec.at_operation(Role.DELETE)
        expect_unknown(api, Role.READ, api.spec.key_of(record), what, documented=documented, code="DELETE-GONE")


PROPERTIES: tuple[Property, ...] = (
    deleted_record_is_gone,
    deleted_record_is_in_no_list,
    delete_leaves_other_records_alone,
    write_to_an_unknown_key_is_refused,
)
"""In the order of the catalogue."""

AFTERWARDS: tuple[Property, ...] = (deleted_records_stay_deleted,)
"""Tested last, because it looks at what the whole run has left."""

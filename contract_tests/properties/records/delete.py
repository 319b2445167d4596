"""Properties of deletes: what is gone, and what stays."""

from __future__ import annotations

from contract_tests.claims import expressions
from contract_tests.properties.helpers.sample_bodies import Trials, expect_unknown
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Listed, Record
from openapi import Role, ServerMade

_OWN = (Role.CREATE, Role.DELETE)
_LISTED = (*_OWN, Role.LIST, "tag")


@contract_property(
    "DELETE-GONE",
    "A deleted record is gone",
    rests_on="x-resources operations/delete",
    needs=_OWN,
    writes=True,
    cost=30,
)
def deleted_record_is_gone(api: ResourceClient) -> None:
    """After a delete, a get, an update and a second delete of the record are answered as for any unknown key.

    The record is asked for before, too. A service that answers gets from a cache, or only marks records as deleted and
    still lets them be updated, is found out; so is one that answers every delete alike, and one that keeps records in
    some states, such as the active ones. A key that might be given to another record in the meantime is only asked for.
    """
    record = api.create()
    if api.spec.has(Role.READ):
        api.read(record)
    api.delete(record)
    rule = api.spec.resource.fields.get(api.spec.resource.key)
    lasting = isinstance(rule, ServerMade) and rule.kind == "uuid"
    for role in (Role.READ, Role.UPDATE, Role.DELETE, Role.READ) if lasting else (Role.READ,):
        if api.spec.has(role):
            what = "A second delete" if role is Role.DELETE else f"{_an(role)} of a deleted record"
            expect_unknown(api, role, api.spec.key_of(record), what, api.spec.at_role(Role.DELETE))
    for state in _states(api):
        record = api.update(api.create(), state)
        api.delete(record)
        if api.spec.has(Role.READ):
            told = " and ".join(f"{name} {value}" for name, value in state.items())
            what = f"A get of a deleted record with {told}"
            expect_unknown(api, Role.READ, api.spec.key_of(record), what, api.spec.at_role(Role.DELETE))


def _states(api: ResourceClient) -> list[Body]:
    """What an update may make of a record: every choice of each enumeration in one of them, at least."""
    choices = api.spec.update_members.choices if api.spec.update_members else {}
    most = max((len(values) for values in choices.values()), default=0)
    return [{name: values[turn % len(values)] for name, values in choices.items()} for turn in range(most)]


def _an(role: Role) -> str:
    return {Role.READ: "A get", Role.UPDATE: "An update"}.get(role, f"A {role.value}")


@contract_property(
    "DELETE-LISTED",
    "A deleted record is in no list and no total",
    rests_on="x-resources operations/delete",
    needs=_LISTED,
    writes=True,
    cost=18,
)
def deleted_record_is_in_no_list(api: ResourceClient) -> None:
    """After a delete the record is in no list, filtered or not, and no total counts it; those that stay are all there.

    Of three records the oldest is deleted, then the newest. A service that keeps its totals apart from its records, or
    whose filters still find what is only marked as deleted, is found out.
    """
    made = api.several(3)
    api.tagged()
    for record in (made[0], made[2]):
        api.delete(record)
        made.remove(record)
        _expect_listed(api, api.tagged(), made, record, "A list")
        for one in api.cases(api.spec.listing.filters, 1):
            if one.field in record:
                stay = [other for other in made if other.get(one.field) == record[one.field]]
                listed = api.tagged(**{one.parameter: record[one.field]})
                _expect_listed(api, listed, stay, record, f"A list by {one.parameter}")


def _expect_listed(api: ResourceClient, listed: Listed, stay: list[Record], gone: Record, what: str) -> None:
    keys, wanted = api.spec.listed_keys(listed), api.spec.seen_keys(stay)
    api.expect.that(
        f"{what} still holds a record that was deleted.",
        ("lacks", keys, api.spec.seen_key(gone)),
        Role.LIST,
        api.spec.at_role(Role.DELETE),
    )
    api.expect.that(
        f"{what} lacks a record after another one was deleted.",
        ("is", expressions.in_any_order(keys), expressions.in_any_order(wanted)),
        Role.LIST,
        api.spec.at_role(Role.DELETE),
        code="DELETE-OTHERS",
    )
    if api.spec.listing.answer.total is not None:
        api.expect.that(
            f"The total of {what.lower()} is off after a delete.",
            ("is", expressions.json(listed, api.spec.listing.answer.total), expressions.count(wanted)),
            Role.LIST,
            api.spec.at_role(Role.DELETE),
        )


@contract_property(
    "DELETE-OTHERS",
    "A delete leaves other records alone",
    rests_on="x-resources operations/delete",
    needs=(*_OWN, Role.READ),
    writes=True,
    cost=10,
)
def delete_leaves_other_records_alone(api: ResourceClient) -> None:
    """A delete removes one record: the one of its key, not the ones that look like it; the others stay as they were.

    The records have the same texts and choices, and the one in the middle is deleted, and where it may be, deleted
    again. A service that deletes by name, by place in the list, or whatever is newest, is found out.
    """
    created = Trials(api, Role.CREATE)
    apart = {*created.members.required, *(name for one in api.spec.resource.unique for name in one.fields)}
    alike = {name: value for name, value in created.full().items() if name not in apart}
    made = [api.create_with({}, **alike) for _ in range(3)]
    api.delete(made[1])
    rule = api.spec.resource.fields.get(api.spec.resource.key)
    if isinstance(rule, ServerMade) and rule.kind == "uuid":
        api.send(Role.DELETE, key=api.spec.key_of(made[1]))
    for record in (made[0], made[2]):
        answer = api.send(Role.READ, key=api.spec.key_of(record))
        api.expect.that(
            "A delete of one record removes or changes another.",
            ("is", expressions.json(answer), expressions.json(record)),
            Role.DELETE,
            api.spec.at_role(Role.DELETE),
        )


@contract_property(
    "DELETE-UNKNOWN",
    "A write to nothing is unknown",
    rests_on="x-http refusals/statuses/unknown-record",
    needs=_OWN,
    writes=True,
    cost=2,
)
def write_to_nothing_is_unknown(api: ResourceClient) -> None:
    """A delete and an update with a key that names nothing are answered as the document says.

    A service that answers every delete with success, or creates what an update does not find, is found out.
    """
    for role in (Role.DELETE, Role.UPDATE):
        if api.spec.has(role):
            expect_unknown(api, role, api.unknown_key(), f"{_an(role)} of a key that names nothing")


_TRIES = 60
"""What happens once in twenty times is seen in so many with a probability of 95 percent."""


@contract_property(
    "DELETE-LASTS",
    "What a run has deleted stays away",
    rests_on="x-resources operations/delete",
    needs=(Role.CREATE, Role.READ, Role.DELETE, Role.LIST, "tag"),
    writes=True,
    cost=1,
)
def what_was_deleted_stays_away(api: ResourceClient) -> None:
    """No record that the run has deleted, with success as it was told, is in a list when everything else is checked.

    A service that forgets one delete in twenty is found out by what is left. Records are then created and deleted until
    it happens again, and told under DELETE-GONE.
    """
    listed = api.tagged(**{api.spec.search.parameter: api.ledger.tag})
    gone = api.ledger.gone.get(api.spec.resource.name, set())
    api.expect.code = "DELETE-GONE"
    for _ in range(_TRIES if any(api.spec.key_of(record) in gone for record in listed.items) else 0):
        api.begin()
        record = api.create()
        api.delete(record)
        what = "A get of a deleted record"
        expect_unknown(api, Role.READ, api.spec.key_of(record), what, api.spec.at_role(Role.DELETE))


PROPERTIES: tuple[Property, ...] = (
    deleted_record_is_gone,
    deleted_record_is_in_no_list,
    delete_leaves_other_records_alone,
    write_to_nothing_is_unknown,
)
"""The properties of deletes, in the order of the catalogue."""

AFTERWARDS: tuple[Property, ...] = (what_was_deleted_stays_away,)
"""Checked after everything else: it looks at what the whole run has left."""

"""Properties of updates among other records, of refused updates, and of replacements."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from contract_tests.claims import expressions
from contract_tests.properties.helpers.invalid_bodies import (
    BodyOperation,
    InvalidBody,
    expect_invalid,
    invalid_bodies,
    send_invalid,
)
from contract_tests.properties.helpers.sample_bodies import SampleBodies, filled_alike, sent_with
from contract_tests.properties.lists.filters import written
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Record
from openapi import Filter, Refusal, Role
from openapi.json_value import JsonValue
from openapi.pointers import join

_OWN = (Role.CREATE, Role.UPDATE, Role.DELETE)
_LIFE = (Role.CREATE, Role.READ, Role.UPDATE, Role.DELETE)
_FEW = 4


@contract_property(
    "UPDATE-OTHERS",
    "An update leaves other records alone",
    rests_on="x-resources operations/update",
    needs=_LIFE,
    cost=12,
    documented="an update changes no other record",
)
def update_leaves_other_records_alone(api: ResourceClient) -> None:
    """An update changes the record with its key, not those that look like it.

    The records have the same texts and choices, and the middle one is updated. Catches services that update by name
    instead of by key, or share one object between two records.
    """
    alike = filled_alike(api)
    alike |= {name: api.new_body()[name] for name in [api.spec.tag_member] if name}
    made = [api.create_with({}, **alike) for _ in range(3)]
    api.update(made[1], SampleBodies(api, Role.UPDATE).full(1))
    for record in (made[0], made[2]):
        api.expect.that(
            "An update of one record changes another.",
            ("is", expressions.json(api.read(record)), expressions.json(record)),
            Role.UPDATE,
            api.spec.at_operation(Role.UPDATE),
        )


@contract_property(
    "UPDATE-MOVES",
    "An update moves a record from one filtered list to another",
    rests_on="x-resources list/filters",
    needs=(*_OWN, Role.LIST, "own list", "filters"),
    cost=16,
    documented="a filter shows the records that have the value now",
    assumed="that it does so at once",
)
def updates_move_records_between_filters(api: ResourceClient) -> None:
    """When an update changes a filtered field, the record leaves the list of the old value and joins that of the new.

    Each value is reached from another one; the totals count, too. Catches services that filter by the value at
    creation, or keep counts apart from the records: a number made inactive must no longer be in status=active.
    """
    least = SampleBodies(api, Role.UPDATE).least
    for one, value in api.cases(list(_moves(api)), 2):
        api.begin()
        record = api.create()
        old = _another(api, one, value, record)
        if record.get(one.field) != old:
            record = api.update(record, {**least, one.field: old})
        _expect_listed(api, one, old, [record])
        after = api.update(record, {**least, one.field: value})
        _expect_listed(api, one, old, [])
        _expect_listed(api, one, value, [after])


def _moves(api: ResourceClient) -> Iterator[tuple[Filter, JsonValue]]:
    """Each value that an update can give to a filtered field."""
    for one in api.spec.listing.filters:
        for value in api.spec.updating.choices.get(one.field, ()):
            if len(api.spec.updating.choices[one.field]) > 1:
                yield one, value


def _another(api: ResourceClient, one: Filter, value: JsonValue, record: Record) -> JsonValue:
    """A value to start from: the one that the record has, or another if that is `value`."""
    if record.get(one.field) != value:
        return record.get(one.field)
    return next(other for other in api.spec.updating.choices[one.field] if other != value)


def _expect_listed(api: ResourceClient, one: Filter, value: JsonValue, wanted: list[Record]) -> None:
    """Expect a list by one filter to have exactly the `wanted` records among ours."""
    listed = api.tagged(**{one.parameter: written(value)})
    what = f"lacks a record with this {one.field}" if wanted else f"has a record with another {one.field} by now"
    api.expect.that(
        f"The list by {one.parameter}={value} {what}.",
        ("is", api.spec.listed_keys(listed), api.spec.seen_keys(wanted)),
        Role.LIST,
        api.spec.parameter(one.parameter).pointer,
    )
    total = api.spec.own_total
    if total is not None:
        api.expect.that(
            f"The total of the list by {one.parameter}={value} is wrong after an update of {one.field}.",
            ("is", expressions.json(listed, total), expressions.count(api.spec.seen_keys(wanted))),
            Role.LIST,
            api.spec.at_count(total),
        )


@contract_property(
    "UPDATE-REFUSED",
    "An invalid update is refused",
    rests_on="the update body",
    needs=_OWN,
    cost=14,
    assumed="that the service refuses such updates instead of ignoring what is invalid",
)
def invalid_updates_are_refused(api: ResourceClient) -> None:
    """An update without any field, with an unknown field, or with a null, a wrong value or a wrong type is refused.

    What is invalid comes alone. Catches services that accept a null and clear the name, or ignore a field with a typing
    error.
    """
    found = _invalid_updates(api, api.create(), first=lambda one: _clears(api, one))
    for one in (one.alone for one in found):
        response = send_invalid(api, one)
        if response is not None:
            expect_invalid(api, one.what, response, Role.UPDATE, one.case.rule)


@contract_property(
    "UPDATE-NO-TRACE",
    "A refused update changes nothing",
    rests_on="x-http refusals",
    needs=_LIFE,
    cost=14,
    assumed="what a refused request may not do",
)
def refused_updates_change_nothing(api: ResourceClient) -> None:
    """A refused update leaves the record as it was, its time of change included, even if part of it was valid.

    Each invalid field comes with valid ones. Catches services that set one field after the other until they meet the
    invalid one: they refuse the update, but the name has changed.
    """
    record = api.create()
    for one in _invalid_updates(api, record):
        if one.case.keyword == "minProperties":
            continue  # Without a field, it has no valid part.
        response = send_invalid(api, one)
        if response is not None and response.status < 400:
            return
    how = {"content_type": "text/plain"}
    valid = SampleBodies(api, Role.UPDATE).full(1)
    if api.send(Role.UPDATE, key=api.spec.key_of(record), body=valid, **how).status < 400:
        return
    api.expect.that(
        "Refused updates change the record.",
        ("is", expressions.json(api.read(record)), expressions.json(record)),
        Role.UPDATE,
        api.spec.contract.refusals.pointer,
    )


def _clears(api: ResourceClient, one: InvalidBody) -> bool:
    """Whether the update sets a field to null that the record may have as null, but the body may not."""
    sent = one.envelope.unwrap(one.case.body)
    is_null = isinstance(sent, dict) and one.field in sent and sent[one.field] is None
    return is_null and api.spec.updating.fits_record(one.field, None)


def _invalid_updates(
    api: ResourceClient, record: Record, first: Callable[[InvalidBody], bool] = lambda _: False
) -> list[InvalidBody]:
    """Invalid updates of a record, as many kinds as possible. A quick run makes a few, `first` those."""
    members = api.spec.updating
    update = BodyOperation(Role.UPDATE, members, api.spec.key_of(record), api.least(members))
    found = invalid_bodies(api, [update])
    found.sort(key=lambda one: (one.case.keyword != "minProperties", not first(one)))
    return found[: _FEW if api.thoroughness.rounds == 1 else None]


@contract_property(
    "UPDATE-UNIQUE",
    "An update can't take a unique value of another record",
    rests_on="x-resources unique",
    needs=(*_LIFE, "unique"),
    cost=6,
    assumed="that the update is refused, and how",
)
def updates_cannot_take_unique_values(api: ResourceClient) -> None:
    """An update to a unique value of another record is a conflict and changes nothing, where an update may set it.

    Catches services that look for conflicts only in a create. An update to the value that the record already has is
    accepted.
    """
    for unique in api.spec.resource.unique:
        if not set(unique.fields) <= set(SampleBodies(api, Role.UPDATE).kept):
            continue
        held, other = api.create(), api.create()
        values = {name: held[name] for name in unique.fields}
        api.update(held, values)
        response = api.send(Role.UPDATE, key=api.spec.key_of(other), body=values)
        what = f"An update to the {' and '.join(unique.fields)} of another record"
        api.expect.refused(what, response, Refusal.CONFLICT, Role.UPDATE, if_accepted=unique.pointer, after=[held])
        if response.status < 400:
            continue
        api.expect.that(
            "An update that is a conflict changes the record.",
            ("is", expressions.json(api.read(other)), expressions.json(other)),
            Role.UPDATE,
            unique.pointer,
        )


@contract_property(
    "UPDATE-REPLACES",
    "A replacement resets every other field",
    rests_on="x-resources operations/replace",
    needs=(Role.CREATE, Role.READ, Role.REPLACE, Role.DELETE),
    cost=8,
    documented="a replacement leaves nothing of the old record",
)
def replacements_reset_other_fields(api: ResourceClient) -> None:
    """A replacement (PUT) keeps only the key and what the server made of the old record; the rest is as if created.

    A record with every field set is replaced by the smallest body. Catches services that merge, as an update does. A
    get afterwards shows what the replacement returned.
    """
    replacing = SampleBodies(api, Role.REPLACE)
    moving = api.spec.made_by_server("time-of-change")
    made = [*api.spec.made_by_server("uuid", "integer", "time-of-creation"), *api.spec.resource.key_fields]
    for fields in ({}, replacing.full(1)):
        full = api.create({**SampleBodies(api, Role.CREATE).full(), **api.new_body()})
        sent = sent_with(api)
        body = {**api.least(replacing.members, api.spec.key_of(full)), **fields}
        response = api.send(Role.REPLACE, key=api.spec.key_of(full), body=body)
        after = api.expect.accepted(Role.REPLACE, response)
        # Fields that the body of a replacement can't set stay as they were.
        listed = {*replacing.members.schema.node["properties"], *api.spec.resource.fields}
        untouched = {name: value for name, value in sent.items() if name not in listed}
        unlike = _other_unique_values(api, {**untouched, **body})
        known = {name: value for name, value in body.items() if name in api.spec.creating.schema.node["properties"]}
        fresh = api.create({**untouched, **known, **unlike})
        apart = [*made, *moving, *unlike]
        api.expect.that(
            "A replaced record differs from a new one.",
            (
                "is",
                expressions.without(expressions.json(after), apart),
                expressions.without(expressions.json(fresh), apart),
            ),
            Role.REPLACE,
            api.spec.at_role(Role.REPLACE),
        )
        for name in made:
            api.expect.that(
                f"A replacement changes {name}.",
                ("is", expressions.json(after, join("", name)), expressions.json(full, join("", name))),
                Role.REPLACE,
                api.spec.at_role(Role.REPLACE),
            )
        claim = ("is", expressions.json(api.read(full)), expressions.json(after))
        api.expect.that("A get does not show the replacement.", claim, Role.READ, api.spec.at_role(Role.REPLACE))


def _other_unique_values(api: ResourceClient, body: Body) -> Body:
    """Other values for the key and the unique fields of `body`."""
    groups = [api.spec.resource.key_fields, *(one.fields for one in api.spec.resource.unique)]
    unique = {name for group in groups for name in group if name in body and name in api.spec.creating.members}
    return {name: api.spec.creating.value(name, api.numbers) for name in unique}


PROPERTIES: tuple[Property, ...] = (
    update_leaves_other_records_alone,
    updates_move_records_between_filters,
    invalid_updates_are_refused,
    refused_updates_change_nothing,
    updates_cannot_take_unique_values,
    replacements_reset_other_fields,
)
"""In the order of the catalogue."""

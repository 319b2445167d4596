"""Properties of updates: what they do among other records, and what a refused one leaves."""

from __future__ import annotations

from collections.abc import Iterator

from contract_tests.claims import expressions
from contract_tests.properties.helpers.sample_bodies import Trials
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Record
from openapi import Filter, Refusal, Role, SchemaViolation
from openapi.contract import JsonValue
from openapi.pointers import join

_OWN = (Role.CREATE, Role.UPDATE, Role.DELETE)
_LIFE = (Role.CREATE, Role.READ, Role.UPDATE, Role.DELETE)


@contract_property(
    "UPDATE-OTHERS",
    "An update leaves other records alone",
    rests_on="x-resources operations/update",
    needs=_LIFE,
    writes=True,
    cost=12,
)
def update_leaves_other_records_alone(api: ResourceClient) -> None:
    """An update changes one record: the one of its key, not the ones that look like it.

    The records have the same texts and choices, and the one in the middle is updated. A service that updates by name
    instead of by key, or shares one object between two records, is found out.
    """
    created = Trials(api, Role.CREATE)
    apart = {*created.members.required, *(name for one in api.spec.resource.unique for name in one.fields)}
    alike = {name: value for name, value in created.full().items() if name not in apart}
    alike |= {name: api.new_body()[name] for name in [api.spec.tag_member] if name}
    made = [api.create_with({}, **alike) for _ in range(3)]
    api.update(made[1], Trials(api, Role.UPDATE).full(1))
    for record in (made[0], made[2]):
        api.expect.that(
            "An update of one record changes another.",
            ("is", expressions.json(api.read(record)), expressions.json(record)),
            Role.UPDATE,
            api.spec.at_role(Role.UPDATE),
        )


@contract_property(
    "UPDATE-MOVES",
    "An update moves a record between filters",
    rests_on="x-resources list/filters",
    needs=(*_OWN, Role.LIST, "tag", "filters"),
    writes=True,
    cost=16,
)
def update_moves_a_record_between_filters(api: ResourceClient) -> None:
    """A record whose filtered member is updated leaves the list and the total of the old value, and enters the others.

    Every value is entered, each from another one. A service that filters by what a record was created with, or keeps
    its counts apart from its records, is found out: made inactive, a number must be gone from status=active at once.
    """
    least = Trials(api, Role.UPDATE).least
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
    """Each value that an update can give to a member by which a list is filtered."""
    for one in api.spec.listing.filters:
        for value in api.spec.updating.choices.get(one.field, ()):
            if len(api.spec.updating.choices[one.field]) > 1:
                yield one, value


def _another(api: ResourceClient, one: Filter, value: JsonValue, record: Record) -> JsonValue:
    """A value to come from: the one that the record has, or another where that is `value`."""
    if record.get(one.field) != value:
        return record.get(one.field)
    return next(other for other in api.spec.updating.choices[one.field] if other != value)


def _expect_listed(api: ResourceClient, one: Filter, value: JsonValue, wanted: list[Record]) -> None:
    """Expect the list by one filter to hold the `wanted` records, and no others that are ours."""
    listed = api.tagged(**{one.parameter: value})
    what = f"a record with this {one.field}" if wanted else f"a record whose {one.field} was changed from it"
    api.expect.that(
        f"The list by {one.parameter}={value} {'lacks' if wanted else 'holds'} {what}.",
        ("is", api.spec.listed_keys(listed), api.spec.seen_keys(wanted)),
        Role.LIST,
        api.spec.parameter(one.parameter).pointer,
    )
    if api.spec.listing.answer.total is not None:
        api.expect.that(
            f"The total of the list by {one.parameter}={value} is off after an update of {one.field}.",
            (
                "is",
                expressions.json(listed, api.spec.listing.answer.total),
                expressions.count(api.spec.seen_keys(wanted)),
            ),
            Role.LIST,
            api.spec.at_list("answer"),
        )


@contract_property(
    "UPDATE-REFUSED",
    "An update that breaks the schema is refused",
    rests_on="the update body",
    needs=_OWN,
    writes=True,
    cost=14,
)
def update_that_breaks_the_schema_is_refused(api: ResourceClient) -> None:
    """An update that names nothing, or an unknown member, or gives a member a null, a wrong choice or a wrong type.

    Where the schema forbids it, it is refused as invalid: a service that takes a null and clears the name, or ignores a
    member with a typing error in it, is found out.
    """
    record = api.create()
    for what, body, violation in _mistakes(api):
        answer = api.send(Role.UPDATE, key=api.spec.key_of(record), body=body)
        place = violation.rests_on if answer.status < 400 else ""
        api.expect.refused(f"An update with {what}", answer, Refusal.INVALID, Role.UPDATE, place)


@contract_property(
    "UPDATE-NO-TRACE",
    "A refused update changes nothing",
    rests_on="x-http refusals",
    needs=_LIFE,
    writes=True,
    cost=14,
)
def refused_update_changes_nothing(api: ResourceClient) -> None:
    """An update that is refused leaves the record as it was, its time of change too, even where part of it was valid.

    Every mistake comes together with a valid change. A service that sets one member after the other until it meets the
    wrong one is found out: it answers 400, and the name has changed all the same.
    """
    record = api.create()
    valid = Trials(api, Role.UPDATE).full(1)
    for _, wrong, _ in _mistakes(api):
        body = {**{name: value for name, value in valid.items() if name not in wrong}, **wrong}
        if api.spec.updating.schema.is_valid(body):
            continue
        answer = api.send(Role.UPDATE, key=api.spec.key_of(record), body=body)
        if answer.status < 400:
            return
    how = {"content_type": "text/plain"}
    if api.send(Role.UPDATE, key=api.spec.key_of(record), body=valid, **how).status < 400:
        return
    api.expect.that(
        "Updates that were refused change the record.",
        ("is", expressions.json(api.read(record)), expressions.json(record)),
        Role.UPDATE,
        api.spec.contract.refusals.pointer,
    )


def _mistakes(api: ResourceClient) -> list[tuple[str, Body, SchemaViolation]]:
    """Bodies that the schema of the update forbids: what is wrong with each, the body, and what it breaks.

    A run of one round makes some of them only.
    """
    members, trials = api.spec.updating, Trials(api, Role.UPDATE)
    unnamed = [name for name in api.spec.resource.record.node["properties"] if name not in members.members]
    first: list[tuple[str, Body]] = [("no members", {}), ("an unknown member", {"surely-unknown": 1})]
    first += [(f"a null as {name}", {name: None}) for name in trials.names]
    first += [(f"{name}, which it may not name,", {name: "1"}) for name in unnamed if name == api.spec.resource.key]
    rest: list[tuple[str, Body]] = [(f"an object as {name}", {name: {"a": 1}}) for name in trials.names]
    rest += [(f"a wrong choice as {name}", {name: "surely-no-choice"}) for name in members.choices]
    rest += [(f"an empty text as {name}", {name: ""}) for name in trials.texts]
    rest += [(f"a text too long as {name}", {name: "x" * (members.texts[name][1] + 1)}) for name in trials.texts]
    rest += [(f"{name}, which it may not name,", {name: "1"}) for name in unnamed if name != api.spec.resource.key]
    found = ((what, body, members.schema.violations(body)) for what, body in (*first, *api.cases(rest, 4)))
    return [(what, body, violations[0]) for what, body, violations in found if violations]


@contract_property(
    "UPDATE-UNIQUE",
    "An update can't take what another record has",
    rests_on="x-resources unique",
    needs=(*_LIFE, "unique"),
    writes=True,
    cost=6,
)
def update_cannot_take_what_another_has(api: ResourceClient) -> None:
    """Where an update may change what is unique, a value that another record has is a conflict and changes nothing.

    A service that looks for conflicts only when it creates is found out. A record may be given the value that it has.
    """
    for unique in api.spec.resource.unique:
        if not set(unique.fields) <= set(Trials(api, Role.UPDATE).kept):
            continue
        held, other = api.create(), api.create()
        values = {name: held[name] for name in unique.fields}
        api.update(held, values)
        answer = api.send(Role.UPDATE, key=api.spec.key_of(other), body=values)
        what = f"An update to the {' and '.join(unique.fields)} of another record"
        place = "" if 400 <= answer.status < 500 else unique.pointer
        api.expect.refused(what, answer, Refusal.CONFLICT, Role.UPDATE, place, after=[held])
        sentence = "An update that was a conflict changes the record."
        api.expect.that(
            sentence,
            ("is", expressions.json(api.read(other)), expressions.json(other)),
            Role.UPDATE,
            unique.pointer,
        )


@contract_property(
    "UPDATE-REPLACES",
    "A replacement starts everything else over",
    rests_on="x-resources operations/replace",
    needs=(Role.CREATE, Role.READ, Role.REPLACE, Role.DELETE),
    writes=True,
    cost=8,
)
def replacement_starts_everything_else_over(api: ResourceClient) -> None:
    """A replacement (PUT) leaves of the old record only its key and what the service made; the rest is as if created.

    A record with every member set is replaced by the least body: a service that merges, as an update does, is found
    out. What a get shows afterwards is what the replacement answered.
    """
    replacing = Trials(api, Role.REPLACE)
    moving = api.spec.made_by_server("time-of-change")
    made = [*api.spec.made_by_server("uuid", "integer", "time-of-creation"), api.spec.resource.key]
    for body in (replacing.members.least(api.numbers), replacing.full(1)):
        full = api.create({**Trials(api, Role.CREATE).full(), **api.new_body()})
        after = api.expect.accepted(Role.REPLACE, api.send(Role.REPLACE, key=api.spec.key_of(full), body=body))
        fresh = api.create({**body, **_unlike(api, body)})
        other = list(_unlike(api, body))
        api.expect.that(
            "A replaced record is not as a new one would be.",
            (
                "is",
                expressions.without(expressions.json(after), [*made, *moving, *other]),
                expressions.without(expressions.json(fresh), [*made, *moving, *other]),
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
        sentence = "A get does not show the replacement."
        claim = ("is", expressions.json(api.read(full)), expressions.json(after))
        api.expect.that(sentence, claim, Role.READ, api.spec.at_role(Role.REPLACE))


def _unlike(api: ResourceClient, body: Body) -> Body:
    """Other values for those members of `body` that no two records may have alike."""
    unique = {name for one in api.spec.resource.unique for name in one.fields if name in body}
    return {name: api.spec.creating.value(name, api.numbers) for name in unique}


PROPERTIES: tuple[Property, ...] = (
    update_leaves_other_records_alone,
    update_moves_a_record_between_filters,
    update_that_breaks_the_schema_is_refused,
    refused_update_changes_nothing,
    update_cannot_take_what_another_has,
    replacement_starts_everything_else_over,
)
"""The properties of updates among other records, in the order of the catalogue."""

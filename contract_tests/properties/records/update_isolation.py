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
def update_leaves_other_records_alone(subject: ResourceClient) -> None:
    """An update changes one record: the one of its key, not the ones that look like it.

    The records have the same texts and choices, and the one in the middle is updated. A service that updates by name
    instead of by key, or shares one object between two records, is found out.
    """
    created = Trials(subject, Role.CREATE)
    apart = {*created.members.required, *(name for one in subject.resource.unique for name in one.fields)}
    alike = {name: value for name, value in created.full().items() if name not in apart}
    alike |= {name: subject.new_body()[name] for name in [subject.tag_member] if name}
    made = [subject.create_with({}, **alike) for _ in range(3)]
    subject.update(made[1], Trials(subject, Role.UPDATE).full(1))
    for record in (made[0], made[2]):
        subject.expect(
            "An update of one record changes another.",
            ("is", expressions.json(subject.read(record)), expressions.json(record)),
            Role.UPDATE,
            subject.at_role(Role.UPDATE),
        )


@contract_property(
    "UPDATE-MOVES",
    "An update moves a record between filters",
    rests_on="x-resources list/filters",
    needs=(*_OWN, Role.LIST, "tag", "filters"),
    writes=True,
    cost=16,
)
def update_moves_a_record_between_filters(subject: ResourceClient) -> None:
    """A record whose filtered member is updated leaves the list and the total of the old value, and enters the others.

    Every value is entered, each from another one. A service that filters by what a record was created with, or keeps
    its counts apart from its records, is found out: made inactive, a number must be gone from status=active at once.
    """
    least = Trials(subject, Role.UPDATE).least
    for one, value in subject.cases(list(_moves(subject)), 2):
        subject.begin()
        record = subject.create()
        old = _another(subject, one, value, record)
        if record.get(one.field) != old:
            record = subject.update(record, {**least, one.field: old})
        _expect_listed(subject, one, old, [record])
        after = subject.update(record, {**least, one.field: value})
        _expect_listed(subject, one, old, [])
        _expect_listed(subject, one, value, [after])


def _moves(subject: ResourceClient) -> Iterator[tuple[Filter, JsonValue]]:
    """Each value that an update can give to a member by which a list is filtered."""
    for one in subject.listing.filters:
        for value in subject.updating.choices.get(one.field, ()):
            if len(subject.updating.choices[one.field]) > 1:
                yield one, value


def _another(subject: ResourceClient, one: Filter, value: JsonValue, record: Record) -> JsonValue:
    """A value to come from: the one that the record has, or another where that is `value`."""
    if record.get(one.field) != value:
        return record.get(one.field)
    return next(other for other in subject.updating.choices[one.field] if other != value)


def _expect_listed(subject: ResourceClient, one: Filter, value: JsonValue, wanted: list[Record]) -> None:
    """Expect the list by one filter to hold the `wanted` records, and no others that are ours."""
    listed = subject.tagged(**{one.parameter: value})
    what = f"a record with this {one.field}" if wanted else f"a record whose {one.field} was changed from it"
    subject.expect(
        f"The list by {one.parameter}={value} {'lacks' if wanted else 'holds'} {what}.",
        ("is", subject.listed_keys(listed), subject.seen_keys(wanted)),
        Role.LIST,
        subject.parameter(one.parameter).pointer,
    )
    if subject.listing.answer.total is not None:
        subject.expect(
            f"The total of the list by {one.parameter}={value} is off after an update of {one.field}.",
            (
                "is",
                expressions.json(listed, subject.listing.answer.total),
                expressions.count(subject.seen_keys(wanted)),
            ),
            Role.LIST,
            subject.at_list("answer"),
        )


@contract_property(
    "UPDATE-REFUSED",
    "An update that breaks the schema is refused",
    rests_on="the update body",
    needs=_OWN,
    writes=True,
    cost=14,
)
def update_that_breaks_the_schema_is_refused(subject: ResourceClient) -> None:
    """An update that names nothing, or an unknown member, or gives a member a null, a wrong choice or a wrong type.

    Where the schema forbids it, it is refused as invalid: a service that takes a null and clears the name, or ignores a
    member with a typing error in it, is found out.
    """
    record = subject.create()
    for what, body, violation in _mistakes(subject):
        answer = subject.send(Role.UPDATE, key=subject.key_of(record), body=body)
        place = violation.rests_on if answer.status < 400 else ""
        subject.expect_status(f"An update with {what}", answer, Refusal.INVALID, Role.UPDATE, place)


@contract_property(
    "UPDATE-NO-TRACE",
    "A refused update changes nothing",
    rests_on="x-http refusals",
    needs=_LIFE,
    writes=True,
    cost=14,
)
def refused_update_changes_nothing(subject: ResourceClient) -> None:
    """An update that is refused leaves the record as it was, its time of change too, even where part of it was valid.

    Every mistake comes together with a valid change. A service that sets one member after the other until it meets the
    wrong one is found out: it answers 400, and the name has changed all the same.
    """
    record = subject.create()
    valid = Trials(subject, Role.UPDATE).full(1)
    for _, wrong, _ in _mistakes(subject):
        body = {**{name: value for name, value in valid.items() if name not in wrong}, **wrong}
        if subject.updating.schema.is_valid(body):
            continue
        answer = subject.send(Role.UPDATE, key=subject.key_of(record), body=body)
        if answer.status < 400:
            return
    how = {"content_type": "text/plain"}
    if subject.send(Role.UPDATE, key=subject.key_of(record), body=valid, **how).status < 400:
        return
    subject.expect(
        "Updates that were refused change the record.",
        ("is", expressions.json(subject.read(record)), expressions.json(record)),
        Role.UPDATE,
        subject.contract.refusals.pointer,
    )


def _mistakes(subject: ResourceClient) -> list[tuple[str, Body, SchemaViolation]]:
    """Bodies that the schema of the update forbids: what is wrong with each, the body, and what it breaks.

    A run of one round makes some of them only.
    """
    members, trials = subject.updating, Trials(subject, Role.UPDATE)
    unnamed = [name for name in subject.resource.record.node["properties"] if name not in members.members]
    first: list[tuple[str, Body]] = [("no members", {}), ("an unknown member", {"surely-unknown": 1})]
    first += [(f"a null as {name}", {name: None}) for name in trials.names]
    first += [(f"{name}, which it may not name,", {name: "1"}) for name in unnamed if name == subject.resource.key]
    rest: list[tuple[str, Body]] = [(f"an object as {name}", {name: {"a": 1}}) for name in trials.names]
    rest += [(f"a wrong choice as {name}", {name: "surely-no-choice"}) for name in members.choices]
    rest += [(f"an empty text as {name}", {name: ""}) for name in trials.texts]
    rest += [(f"a text too long as {name}", {name: "x" * (members.texts[name][1] + 1)}) for name in trials.texts]
    rest += [(f"{name}, which it may not name,", {name: "1"}) for name in unnamed if name != subject.resource.key]
    found = ((what, body, members.schema.violations(body)) for what, body in (*first, *subject.cases(rest, 4)))
    return [(what, body, violations[0]) for what, body, violations in found if violations]


@contract_property(
    "UPDATE-UNIQUE",
    "An update can't take what another record has",
    rests_on="x-resources unique",
    needs=(*_LIFE, "unique"),
    writes=True,
    cost=6,
)
def update_cannot_take_what_another_has(subject: ResourceClient) -> None:
    """Where an update may change what is unique, a value that another record has is a conflict and changes nothing.

    A service that looks for conflicts only when it creates is found out. A record may be given the value that it has.
    """
    for unique in subject.resource.unique:
        if not set(unique.fields) <= set(Trials(subject, Role.UPDATE).kept):
            continue
        held, other = subject.create(), subject.create()
        values = {name: held[name] for name in unique.fields}
        subject.update(held, values)
        answer = subject.send(Role.UPDATE, key=subject.key_of(other), body=values)
        what = f"An update to the {' and '.join(unique.fields)} of another record"
        place = "" if 400 <= answer.status < 500 else unique.pointer
        subject.expect_status(what, answer, Refusal.CONFLICT, Role.UPDATE, place, given=[held])
        sentence = "An update that was a conflict changes the record."
        subject.expect(
            sentence,
            ("is", expressions.json(subject.read(other)), expressions.json(other)),
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
def replacement_starts_everything_else_over(subject: ResourceClient) -> None:
    """A replacement (PUT) leaves of the old record only its key and what the service made; the rest is as if created.

    A record with every member set is replaced by the least body: a service that merges, as an update does, is found
    out. What a get shows afterwards is what the replacement answered.
    """
    replacing = Trials(subject, Role.REPLACE)
    moving = subject.made_by_server("time-of-change")
    made = [*subject.made_by_server("uuid", "integer", "time-of-creation"), subject.resource.key]
    for body in (replacing.members.least(subject.numbers), replacing.full(1)):
        full = subject.create({**Trials(subject, Role.CREATE).full(), **subject.new_body()})
        after = subject.accepted(Role.REPLACE, subject.send(Role.REPLACE, key=subject.key_of(full), body=body))
        fresh = subject.create({**body, **_unlike(subject, body)})
        other = list(_unlike(subject, body))
        subject.expect(
            "A replaced record is not as a new one would be.",
            (
                "is",
                expressions.without(expressions.json(after), [*made, *moving, *other]),
                expressions.without(expressions.json(fresh), [*made, *moving, *other]),
            ),
            Role.REPLACE,
            subject.at_role(Role.REPLACE),
        )
        for name in made:
            subject.expect(
                f"A replacement changes {name}.",
                ("is", expressions.json(after, join("", name)), expressions.json(full, join("", name))),
                Role.REPLACE,
                subject.at_role(Role.REPLACE),
            )
        sentence = "A get does not show the replacement."
        claim = ("is", expressions.json(subject.read(full)), expressions.json(after))
        subject.expect(sentence, claim, Role.READ, subject.at_role(Role.REPLACE))


def _unlike(subject: ResourceClient, body: Body) -> Body:
    """Other values for those members of `body` that no two records may have alike."""
    unique = {name for one in subject.resource.unique for name in one.fields if name in body}
    return {name: subject.creating.value(name, subject.numbers) for name in unique}


PROPERTIES: tuple[Property, ...] = (
    update_leaves_other_records_alone,
    update_moves_a_record_between_filters,
    update_that_breaks_the_schema_is_refused,
    refused_update_changes_nothing,
    update_cannot_take_what_another_has,
    replacement_starts_everything_else_over,
)
"""The properties of updates among other records, in the order of the catalogue."""

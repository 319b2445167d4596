"""Properties of updates of one record."""

from __future__ import annotations

import time

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.properties.helpers.sample_bodies import SampleBodies
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Record
from openapi import Role
from openapi.pointers import join

_OWN = (Role.CREATE, Role.UPDATE, Role.DELETE)
_LIFE = (Role.CREATE, Role.READ, Role.UPDATE, Role.DELETE)
_COARSEST_S = 1.1
_RECORDS = 4


@contract_property(
    "UPDATE-ONLY-NAMED",
    "An update changes the fields that it names and no others",
    rests_on="x-resources operations/update",
    needs=_OWN,
    cost=20,
    documented="an update changes the fields that it names and no others",
)
def update_changes_only_named_fields(api: ResourceClient) -> None:
    """An update sets the fields that it names and leaves all others as they were.

    Each field is tried alone with all of its values, and then all fields at once, on records with every field set.
    Catches services that reset other fields to their defaults, change the time of creation, or know only some statuses.
    """
    samples, created = SampleBodies(api, Role.UPDATE), SampleBodies(api, Role.CREATE)
    for start in range(1, 1 + api.thoroughness.rounds):
        each = samples.each()
        singly = api.random.sample(each, min(len(each), 2 * _RECORDS))
        for turn in range(_RECORDS):
            record = api.create({**created.full(turn), **api.new_body()})
            for changes in (samples.full(start + turn), *singly[turn::_RECORDS]):
                before, record = record, api.update(record, changes)
                if not _is_right(api, before, changes, record):
                    _expect_alone(api, changes)
                _expect_only(api, before, changes, record)


def _expect_alone(api: ResourceClient, changes: Body) -> None:
    """Repeat the update on a new record: if it fails there, too, the reproduction is shorter."""
    record = api.create({**SampleBodies(api, Role.CREATE).full(), **api.new_body()})
    _expect_only(api, record, changes, api.update(record, changes))


def _is_right(api: ResourceClient, before: Record, body: Body, after: Record) -> bool:
    moving = api.spec.made_by_server("time-of-change")
    wanted = {**before, **{name: value for name, value in body.items() if name not in api.spec.resource.write_only}}
    return all(after.get(name) == value for name, value in wanted.items() if name not in moving)


def _expect_only(api: ResourceClient, before: Record, body: Body, after: Record) -> None:
    api.expect.that(
        f"An update of {' and '.join(body)} changes another field, or not that one.",
        ("is", _without_time(api, expressions.json(after)), _changed(api, before, body)),
        Role.UPDATE,
        api.spec.at_operation(Role.UPDATE),
    )


def _without_time(api: ResourceClient, record: Expression) -> Expression:
    """A record without its time of change."""
    return expressions.without(record, api.spec.made_by_server("time-of-change"))


def _changed(api: ResourceClient, before: Record, changes: Body) -> Expression:
    """What a record must be after an update, without its time of change."""
    shown = {name: value for name, value in changes.items() if name not in api.spec.resource.write_only}
    return _without_time(api, expressions.merged(expressions.json(before), shown))


@contract_property(
    "UPDATE-LASTS",
    "A get shows an update",
    rests_on="x-resources operations/update",
    needs=_LIFE,
    cost=12,
    documented="a get shows the record as it is now",
    assumed="that it does so at once",
)
def updates_last(api: ResourceClient) -> None:
    """After an update, a get and a list show the record as the update returned it.

    The record is read before the update, too. Catches services that return what was sent without storing it, and
    services that respond from a cache: a record that is renamed to Night desk must be called so in the next get.
    """
    samples = SampleBodies(api, Role.UPDATE)
    listed = api.spec.lists_own
    alone = [bodies[-1] for bodies in map(samples.alone, samples.kept) if bodies]
    for changes in [samples.full(1)] if api.thoroughness.rounds == 1 else alone:
        record = api.create()
        api.read(record)
        if listed:
            api.tagged()
        after = api.update(record, changes)
        api.expect.that(
            f"A get does not show an update of {', '.join(changes)}.",
            ("is", expressions.json(api.read(record)), expressions.json(after)),
            Role.READ,
            api.spec.at_operation(Role.UPDATE),
        )
        if listed:
            api.expect.that(
                f"A list does not show an update of {', '.join(changes)}.",
                ("is", api.spec.listed_record(api.tagged(), record), expressions.json(after)),
                Role.LIST,
                api.spec.at_operation(Role.UPDATE),
                code="UPDATE-LISTED",
            )


@contract_property(
    "UPDATE-TIME",
    "An update moves the time of change forward",
    rests_on="x-resources members/…/make: time-of-change",
    needs=_LIFE,
    cost=10,
    documented="the time of change is not before the time of creation",
    assumed="that every update moves the time, and nothing else does",
)
def updates_move_the_time_of_change(api: ResourceClient) -> None:
    """Every update moves the time of change forward, even if the new value equals the old one. Nothing else moves it.

    Catches services that look for a real change before they write, services that touch a record when it is read, and
    services that cut the time of change, but not that of creation, to whole seconds: a record is then changed before it
    was created. If the service writes coarse times, the check waits for more than a second.
    """
    samples = SampleBodies(api, Role.UPDATE)
    changes = next(iter(samples.each()), {})
    for name in api.spec.made_by_server("time-of-change") if changes else ():
        record = api.create()
        after = api.update(record, changes)
        _expect_not_before_creation(api, name, after)
        again = api.update(record, changes)
        if api.spec.moves_if_changed(name):
            _expect_unmoved(api, name, after, again)
            again = api.update(record, _other(api, samples, changes))
        times = [str(one.get(name)) for one in (record, after, again)]
        if times[0] == times[1] or times[1] == times[2]:
            _wait_for_coarse_times(api, name, changes)
        else:
            _expect_later(api, name, (record, after, again))
        first = api.read(record)
        if api.spec.has(Role.LIST):
            api.list_by()
        api.expect.that(
            f"A get or a list moves {name}.",
            ("is", expressions.json(api.read(record), join("", name)), expressions.json(first, join("", name))),
            Role.READ,
            api.spec.at_rule(name),
        )


def _expect_not_before_creation(api: ResourceClient, name: str, updated: Record) -> None:
    for creation in api.spec.made_by_server("time-of-creation"):
        if updated.get(creation) is not None:
            changed, created = (
                expressions.instant(expressions.json(updated, join("", one))) for one in (name, creation)
            )
            api.expect.that(
                f"{name} is before {creation} after an update.",
                ("is at least", changed, created),
                Role.UPDATE,
                api.spec.at_field(name),
            )


def _other(api: ResourceClient, samples: SampleBodies, changes: Body) -> Body:
    """Another value for the first field of `changes`."""
    name = next(iter(changes))
    values = [value for value in samples.values(name) if value != changes[name]]
    return {name: values[0]} if values else {name: f"{api.tag} again"}


def _expect_unmoved(api: ResourceClient, name: str, before: Record, after: Record) -> None:
    pointer = join("", name)
    claim = ("is", expressions.json(after, pointer), expressions.json(before, pointer))
    api.expect.differs(f"An update with the same value moves {name}.", claim, Role.UPDATE, api.spec.at_moves(name))


def _wait_for_coarse_times(api: ResourceClient, name: str, changes: Body) -> None:
    record = api.create()
    time.sleep(_COARSEST_S)
    after = api.update(record, changes)
    time.sleep(_COARSEST_S)
    _expect_later(api, name, (record, after, api.update(record, changes)))


def _expect_later(api: ResourceClient, name: str, versions: tuple[Record, Record, Record]) -> None:
    pointer = join("", name)
    same = "An update with another value" if api.spec.moves_if_changed(name) else "An update with the same value"
    whats = ("An update", same)
    for what, before, after in zip(whats, versions[:2], versions[1:], strict=True):
        then, now = (expressions.instant(expressions.json(one, pointer)) for one in (before, after))
        sentence = f"{what} does not move {name} forward."
        rests_on = api.spec.at_moves(name) if what.endswith("the same value") else api.spec.at_rule(name)
        api.expect.that(sentence, ("is after", now, then), Role.UPDATE, rests_on)


@contract_property(
    "UPDATE-TWICE",
    "The same update twice has the same effect as once",
    rests_on="x-resources operations/update",
    needs=_OWN,
    cost=4,
    documented="an update changes the fields that it names to what it says",
)
def repeated_updates_have_one_effect(api: ResourceClient) -> None:
    """An update that is sent a second time succeeds and leaves the record as it was, except for its time of change.

    Catches services that toggle instead of set, that append to a text, or refuse a change from active to active.
    """
    changes = SampleBodies(api, Role.UPDATE).full(1)
    record = api.create()
    once = api.update(record, changes)
    twice = api.update(record, changes)
    api.expect.that(
        "The same update changes the record a second time.",
        ("is", _without_time(api, expressions.json(twice)), _without_time(api, expressions.json(once))),
        Role.UPDATE,
        api.spec.at_operation(Role.UPDATE),
    )


@contract_property(
    "UPDATE-TEXT",
    "Text in an update comes back as it was sent",
    rests_on="the update body",
    needs=_LIFE,
    cost=22,
    assumed="that text is kept character by character, and the bounds",
)
def text_in_an_update_comes_back_as_sent(api: ResourceClient) -> None:
    """Any text that the schema of the update allows, of any allowed length, is accepted and comes back unchanged.

    Catches services that trim or normalize text in an update but not in a create, or the other way round, and services
    that cut a name of a hundred emoji in an update.
    """
    samples = SampleBodies(api, Role.UPDATE)
    samples.expect_texts()
    for what, keyword, body in samples.extremes():
        if body:
            samples.expect_kept(what, body, keyword)


PROPERTIES: tuple[Property, ...] = (
    update_changes_only_named_fields,
    updates_last,
    updates_move_the_time_of_change,
    repeated_updates_have_one_effect,
    text_in_an_update_comes_back_as_sent,
)
"""In the order of the catalogue."""

"""Properties of updates: what an update changes, and what it leaves."""

from __future__ import annotations

import time

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.properties.helpers.sample_bodies import Trials
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
    "An update changes what it names and nothing else",
    rests_on="x-resources operations/update",
    needs=_OWN,
    writes=True,
    cost=20,
)
def update_changes_only_what_it_names(api: ResourceClient) -> None:
    """An update sets the members that it names to what was sent, and leaves all the others as they were.

    Each member is tried alone, over all of its values, and all at once, on records of which every member was set: a
    service that puts the rest back to its defaults, moves the time of creation, or knows only some of the statuses, is
    found out.
    """
    trials, created = Trials(api, Role.UPDATE), Trials(api, Role.CREATE)
    for start in range(1, 1 + api.thoroughness.rounds):
        each = trials.each()
        singly = api.random.sample(each, min(len(each), 2 * _RECORDS))
        for turn in range(_RECORDS):
            record = api.create({**created.full(turn), **api.new_body()})
            for changes in (trials.full(start + turn), *singly[turn::_RECORDS]):
                before, record = record, api.update(record, changes)
                if not _as_wanted(api, before, changes, record):
                    _expect_alone(api, changes)
                _expect_only(api, before, changes, record)


def _expect_alone(api: ResourceClient, changes: Body) -> None:
    """Expect the same of a record of its own: where it shows there, too, the reproduction is shorter."""
    record = api.create({**Trials(api, Role.CREATE).full(), **api.new_body()})
    _expect_only(api, record, changes, api.update(record, changes))


def _as_wanted(api: ResourceClient, before: Record, body: Body, after: Record) -> bool:
    moving = api.spec.made_by_server("time-of-change")
    wanted = {**before, **{name: value for name, value in body.items() if name not in api.spec.resource.write_only}}
    return all(after.get(name) == value for name, value in wanted.items() if name not in moving)


def _expect_only(api: ResourceClient, before: Record, body: Body, after: Record) -> None:
    api.expect.that(
        f"An update of {' and '.join(body)} changes something else, or not that.",
        ("is", _lasting(api, expressions.json(after)), _changed(api, before, body)),
        Role.UPDATE,
        api.spec.at_role(Role.UPDATE),
    )


def _lasting(api: ResourceClient, record: Expression) -> Expression:
    """A record without its time of change."""
    return expressions.without(record, api.spec.made_by_server("time-of-change"))


def _changed(api: ResourceClient, before: Record, changes: Body) -> Expression:
    """What a record must be after an update, its time of change aside."""
    shown = {name: value for name, value in changes.items() if name not in api.spec.resource.write_only}
    return _lasting(api, expressions.merged(expressions.json(before), shown))


@contract_property(
    "UPDATE-LASTS",
    "A get shows the update",
    rests_on="x-resources operations/update",
    needs=_LIFE,
    writes=True,
    cost=12,
)
def update_lasts(api: ResourceClient) -> None:
    """What an update answered is what a get answers afterwards, and what a list shows.

    The record is asked for before, too: a service that answers an update with what was sent and fails to keep it, or
    goes on answering from a cache, is found out. Renamed to Night desk, a record must be called Night desk when it is
    asked for again.
    """
    trials = Trials(api, Role.UPDATE)
    listed = api.spec.has(Role.LIST) and api.spec.tag_member is not None
    alone = [bodies[-1] for bodies in map(trials.alone, trials.kept) if bodies]
    for changes in [trials.full(1)] if api.thoroughness.rounds == 1 else alone:
        record = api.create()
        api.read(record)
        if listed:
            api.tagged()
        after = api.update(record, changes)
        api.expect.that(
            f"A get does not show an update of {', '.join(changes)}.",
            ("is", expressions.json(api.read(record)), expressions.json(after)),
            Role.READ,
            api.spec.at_role(Role.UPDATE),
        )
        if listed:
            items = api.spec.seen_items(api.tagged())
            api.expect.that(
                f"A list does not show an update of {', '.join(changes)}.",
                (
                    "is",
                    expressions.picked(items, api.spec.resource.key, api.spec.seen_key(record)),
                    expressions.json(after),
                ),
                Role.LIST,
                api.spec.at_role(Role.UPDATE),
                code="UPDATE-LISTED",
            )


@contract_property(
    "UPDATE-TIME",
    "An update moves the time of change forward",
    rests_on="x-resources members/…/make: time-of-change",
    needs=_LIFE,
    writes=True,
    cost=10,
)
def update_moves_the_time_of_change(api: ResourceClient) -> None:
    """The time of change grows with every update, also where the new value equals the old, and with nothing else.

    Neither a get nor a list moves it. A service that looks whether anything has changed before it writes, or one that
    touches the record on every get, is found out. Where times are coarse, the check waits for over a second.
    """
    trials = Trials(api, Role.UPDATE)
    changes = next(iter(trials.each()), {})
    for name in api.spec.made_by_server("time-of-change") if changes else ():
        record = api.create()
        after = api.update(record, changes)
        again = api.update(record, changes)
        moments = [str(one.get(name)) for one in (record, after, again)]
        if moments[0] == moments[1] or moments[1] == moments[2]:
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
            api.spec.resource.fields[name].pointer,
        )


def _wait_for_coarse_times(api: ResourceClient, name: str, changes: Body) -> None:
    record = api.create()
    time.sleep(_COARSEST_S)
    after = api.update(record, changes)
    time.sleep(_COARSEST_S)
    _expect_later(api, name, (record, after, api.update(record, changes)))


def _expect_later(api: ResourceClient, name: str, versions: tuple[Record, Record, Record]) -> None:
    place = join("", name)
    whats = ("An update", "An update to the same value")
    for what, before, after in zip(whats, versions[:2], versions[1:], strict=True):
        api.expect.that(
            f"{what} does not move {name} forward.",
            (
                "is after",
                expressions.instant(expressions.json(after, place)),
                expressions.instant(expressions.json(before, place)),
            ),
            Role.UPDATE,
            api.spec.resource.fields[name].pointer,
        )


@contract_property(
    "UPDATE-TWICE",
    "The same update twice is as good as once",
    rests_on="x-resources operations/update",
    needs=_OWN,
    writes=True,
    cost=4,
)
def same_update_twice_is_as_good_as_once(api: ResourceClient) -> None:
    """An update that is sent again is taken again, and leaves the record as it was but for its time of change.

    A service that toggles instead of setting, appends to a text, or refuses a change from active to active, is found
    out.
    """
    changes = Trials(api, Role.UPDATE).full(1)
    record = api.create()
    once = api.update(record, changes)
    twice = api.update(record, changes)
    api.expect.that(
        "The same update a second time changes the record.",
        ("is", _lasting(api, expressions.json(twice)), _lasting(api, expressions.json(once))),
        Role.UPDATE,
        api.spec.at_role(Role.UPDATE),
    )


@contract_property(
    "UPDATE-TEXT",
    "Text in an update comes back as it was sent",
    rests_on="the update body",
    needs=_LIFE,
    writes=True,
    cost=22,
)
def text_in_an_update_comes_back_as_sent(api: ResourceClient) -> None:
    """Any text that the schema of the update allows is taken, of any length that it allows, and comes back as it was.

    A service that trims or normalises what a create may bring, and not what an update brings, or the other way round,
    is found out; so is one whose update cuts a name of a hundred emoji.
    """
    trials = Trials(api, Role.UPDATE)
    trials.expect_texts()
    for what, keyword, body in trials.extremes():
        if body:
            trials.expect_kept(what, body, keyword)


PROPERTIES: tuple[Property, ...] = (
    update_changes_only_what_it_names,
    update_lasts,
    update_moves_the_time_of_change,
    same_update_twice_is_as_good_as_once,
    text_in_an_update_comes_back_as_sent,
)
"""The properties of updates of one record, in the order of the catalogue."""

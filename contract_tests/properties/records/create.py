"""Properties of creating: what a new record holds of what was sent, and what it starts with."""

from __future__ import annotations

import phonenumbers

from contract_tests.claims import expressions
from contract_tests.properties.helpers.sample_bodies import Trials, expect_members, sent_with
from contract_tests.properties.property import Property, contract_property
from contract_tests.properties.records.listed_after_write import as_listed
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body
from fixtures import number_pool
from openapi import Country, InitialValue, Role
from openapi.pointers import join

_OWN = (Role.CREATE, Role.DELETE)


@contract_property(
    "CREATE-ECHO", "A new record shows what was sent", rests_on="the create body", needs=_OWN, writes=True, cost=8
)
def new_record_shows_what_was_sent(api: ResourceClient) -> None:
    """The answer to a create shows every member that was sent, as it was sent, but for those that are never shown.

    A service that drops the provider, takes the type for granted, or overwrites a country that the client named with
    one of its own, is found out: sent type shared and country GB, the record must say shared and GB.
    """
    trials = Trials(api, Role.CREATE)
    for turn in range(trials.turns):
        record = api.create({**trials.full(turn), **api.new_body()})
        expect_members(api, record, trials, sent_with(api))
    optional = [name for name in trials.kept if name not in api.spec.creating.required]
    for name in optional if api.thoroughness.rounds > 1 else ():
        for value in trials.values(name)[:1]:
            record = api.create({**api.spec.creating.least(api.numbers), name: value})
            expect_members(api, record, trials, sent_with(api))


@contract_property(
    "CREATE-START",
    "What is left out starts as the document says",
    rests_on="x-resources members/…/start, default",
    needs=_OWN,
    writes=True,
    cost=12,
)
def left_out_members_start_as_said(api: ResourceClient) -> None:
    """A member that a create leaves out has the start value or the default of the document, whatever else was sent.

    Where the start depends on another member, every value of that one is tried: a service that starts an ordered number
    as registered, although the document says pending, is found out.
    """
    choices: list[Body] = [{name: value} for name, values in api.spec.creating.choices.items() for value in values]
    for chosen in ({}, *choices):
        record = api.create({**api.spec.creating.least(api.numbers), **chosen})
        for name, value, pointer in _starts(api, sent_with(api)):
            given = f" with {', '.join(f'{n} {v}' for n, v in chosen.items())}" if chosen else ""
            api.expect.that(
                f"{name} of a record created{given} starts otherwise.",
                ("is", expressions.json(record, join("", name)), expressions.literal(value)),
                Role.CREATE,
                pointer,
            )


def _starts(api: ResourceClient, sent: Body) -> list[tuple[str, object, str]]:
    """For each member that was left out and starts with a known value: its name, the value, and where that is said."""
    members = api.spec.creating.members
    defaults = {name: member["default"] for name, member in members.items() if "default" in member}
    at = join(api.spec.creating.schema.pointer, "properties")
    found: list[tuple[str, object, str]] = [
        (name, value, join(at, name, "default"))
        for name, value in defaults.items()
        if name not in sent and name not in api.spec.resource.write_only
    ]
    known = {**defaults, **sent}
    for name, rule in api.spec.resource.fields.items():
        if isinstance(rule, InitialValue) and name not in known:
            special = (one.value for one in rule.exceptions if known.get(one.field) == one.equals)
            found.append((name, next(special, rule.value), rule.pointer))
    return found


@contract_property(
    "CREATE-COUNTRY",
    "The country follows the number",
    rests_on="x-resources members/…/country-of",
    needs=_OWN,
    writes=True,
    cost=8,
)
def country_follows_the_number(api: ResourceClient) -> None:
    """A record created without a country has the one of its number's calling code; a country that is sent is kept.

    Numbers of several countries are registered: a service that says US for every number is found out by
    +44 20 7946 0018. Where countries share a calling code, the one that the code is known by is taken, too.
    """
    for rule in api.spec.resource.fields.values():
        if not isinstance(rule, Country) or rule.number_field not in api.spec.creating.numbers:
            continue
        observed = join("", rule.field)
        for country in api.cases(number_pool(0).countries, 2):
            record = api.create_with({rule.number_field: country})
            expected = {country, _known_by(str(sent_with(api)[rule.number_field]))}
            api.expect.that(
                f"{rule.field} of a number of {country} is another.",
                ("is one of", expressions.json(record, observed), expressions.literal(sorted(expected))),
                Role.CREATE,
                rule.pointer,
            )
        if rule.field in api.spec.creating.members:
            record = api.create_with({rule.number_field: "DE"}, **{rule.field: rule.otherwise})
            api.expect.that(
                f"{rule.field} is not kept where it is sent.",
                ("is", expressions.json(record, observed), expressions.literal(rule.otherwise)),
                Role.CREATE,
                Trials(api, Role.CREATE).at(rule.field),
            )


def _known_by(number: str) -> str:
    """The main country of a number's calling code, such as US for +1."""
    code = phonenumbers.parse(number).country_code
    return str(phonenumbers.region_code_for_country_code(code or 0))


@contract_property(
    "CREATE-TEXT",
    "Text comes back as it was sent",
    rests_on="the create body",
    needs=(*_OWN, Role.READ),
    writes=True,
    cost=14,
)
def text_comes_back_as_sent(api: ResourceClient) -> None:
    """Any text that the schema allows is taken and comes back character by character, from the create and from a get.

    Tried are accents, emoji, combining marks, text from right to left, quotes and markup, spaces at the ends, line
    breaks, NUL, and text that looks like something else. A service that trims, escapes or normalises is found out.
    """
    Trials(api, Role.CREATE).expect_texts()


@contract_property(
    "CREATE-LENGTHS",
    "Text may be as short and as long as the schema says",
    rests_on="minLength and maxLength of the create body",
    needs=(*_OWN, Role.READ),
    writes=True,
    cost=9,
)
def text_may_be_as_long_as_said(api: ResourceClient) -> None:
    """The shortest and the longest texts that the schema allows are taken, and come back whole.

    Lengths count code points: a hundred emoji are a text of 100, though a service that counts bytes or UTF-16 units
    refuses them, and one whose column is too short cuts them.
    """
    trials = Trials(api, Role.CREATE)
    for what, keyword, body in trials.extremes():
        if body:
            trials.expect_kept(what, body, keyword)


@contract_property(
    "CREATE-NOT-KEPT",
    "What is only written is never shown",
    rests_on="writeOnly members of the create body",
    needs=(*_OWN, Role.READ),
    writes=True,
    cost=4,
)
def what_is_only_written_is_never_shown(api: ResourceClient) -> None:
    """A member that the document takes and never shows (`writeOnly`) is in no answer: of create, get and list.

    A service that stores the whole body and answers with what it stored is found out.
    """
    hidden = sorted(api.spec.resource.write_only & set(api.spec.creating.members))
    if not hidden:
        return
    trials = Trials(api, Role.CREATE)
    record = api.create({**trials.full(), **api.new_body()})
    places = [(Role.CREATE, expressions.json(record)), (Role.READ, expressions.json(api.read(record)))]
    if api.spec.has(Role.LIST) and api.spec.tag_member:
        places.append((Role.LIST, as_listed(api, api.tagged(), record)))
    for role, shown in places:
        for name in hidden:
            api.expect.that(
                f"{name} is shown by {api.spec.operation(role).id}, though it is only written.",
                ("is", expressions.has(shown, name), expressions.literal(False)),
                role,
                trials.at(name, "writeOnly"),
            )


PROPERTIES: tuple[Property, ...] = (
    new_record_shows_what_was_sent,
    left_out_members_start_as_said,
    country_follows_the_number,
    text_comes_back_as_sent,
    text_may_be_as_long_as_said,
    what_is_only_written_is_never_shown,
)
"""The properties of what a client says of a new record, in the order of the catalogue."""

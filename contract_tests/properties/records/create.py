"""Properties of creates: the sent fields in a new record, and its defaults."""

from __future__ import annotations

import phonenumbers

from contract_tests.claims import expressions
from contract_tests.properties.helpers.sample_bodies import SampleBodies, expect_members, sent_with
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.assertions import Claim
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body
from fixtures import number_pool
from openapi import Country, InitialValue, JsonValue, Role
from openapi.pointers import join

_OWN = (Role.CREATE, Role.DELETE)


@contract_property(
    "CREATE-ECHO",
    "A new record shows what was sent",
    rests_on="the create body",
    needs=_OWN,
    cost=8,
    documented="the response shows the fields that were sent",
)
def new_records_show_what_was_sent(api: ResourceClient) -> None:
    """The response to a create shows every field as it was sent, except those that are never shown.

    Catches services that drop the provider, ignore the type, or replace the country that the client named: after type
    shared and country GB the record must say shared and GB.
    """
    samples = SampleBodies(api, Role.CREATE)
    for turn in range(samples.turns):
        _expect_echo(api, samples, {**samples.full(turn), **api.new_body()})
    optional = [name for name in samples.kept if name not in api.spec.creating.required]
    for name in optional if api.thoroughness.rounds > 1 else ():
        for value in samples.values(name)[:1]:
            _expect_echo(api, samples, {**api.least(api.spec.creating), name: value})


def _expect_echo(api: ResourceClient, samples: SampleBodies, body: Body) -> None:
    record = api.create(body)
    sent = sent_with(api)
    expect_members(api, api.whole(record), samples, sent)


@contract_property(
    "CREATE-START",
    "A field that is left out gets its default",
    rests_on="x-resources members/…/start, default",
    needs=_OWN,
    cost=12,
    assumed="the defaults",
)
def fields_have_defaults(api: ResourceClient) -> None:
    """A field that a create leaves out has the default of the document, with any other fields.

    Where the default depends on another field, each value of that field is tried, together with what is never shown.
    Catches services that start an ordered number as registered, where the document says pending, or that show the
    reference in place of a provider.
    """
    if not _defaults(api, {}):
        return
    members, hidden = api.spec.creating, api.spec.resource.write_only
    unseen = {name: members.value(name, api.numbers) for name in members.members if name in hidden}
    choices: list[Body] = [{name: value, **unseen} for name, values in members.choices.items() for value in values]
    choices += [unseen] if unseen and not choices else []
    for chosen in ({}, *choices):
        record = api.create({**api.least(api.spec.creating), **chosen})
        sent = sent_with(api)
        record = api.whole(record)
        for name, value, pointer in _defaults(api, sent):
            given = f" with {', '.join(f'{n} {v}' for n, v in chosen.items())}" if chosen else ""
            api.expect.facts.value(pointer, _condition(api, name, chosen), record.get(name))
            sentence = f"{name} of a record created{given} has another default."
            claim = ("is", expressions.json(record, join("", name)), expressions.literal(value))
            _expect_default(api, sentence, claim, pointer)


def _condition(api: ResourceClient, name: str, chosen: Body) -> JsonValue:
    """The exception to a field's default that applies to a create: a field and its value, or None."""
    rule = api.spec.resource.fields.get(name)
    exceptions = rule.exceptions if isinstance(rule, InitialValue) else ()
    return next(([one.field, one.equals] for one in exceptions if chosen.get(one.field) == one.equals), None)


def _expect_default(api: ResourceClient, sentence: str, claim: Claim, pointer: str) -> None:
    """Expect a default; if it is only assumed, another one is a difference, and the others are tried, too."""
    if api.spec.contract.assumption_at(pointer) is None:
        api.expect.that(sentence, claim, Role.CREATE, pointer)
    else:
        api.expect.differs(sentence, claim, Role.CREATE, pointer)


def _defaults(api: ResourceClient, sent: Body) -> list[tuple[str, object, str]]:
    """For each field that was left out and has a default: its name, the value, and where the document says so."""
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
        if isinstance(rule, InitialValue) and name not in known and name not in api.spec.resource.referrers:
            special = (one.value for one in rule.exceptions if known.get(one.field) == one.equals)
            found.append((name, next(special, rule.value), rule.pointer))
    return found


@contract_property(
    "CREATE-COUNTRY",
    "The country follows the number",
    rests_on="x-resources members/…/country-of",
    needs=_OWN,
    cost=8,
    documented="a country that is sent is kept",
    assumed="the country of a number that is registered without one",
)
def country_follows_the_number(api: ResourceClient) -> None:
    """A record created without a country gets the one of its number's calling code. A country that is sent stays.

    Numbers of several countries are registered. Catches services that say US for +44 20 7946 0018. Where countries
    share a calling code, its main country is accepted, too.
    """
    for rule in api.spec.resource.fields.values():
        if not isinstance(rule, Country) or rule.number_field not in api.spec.creating.numbers:
            continue
        observed = join("", rule.field)
        if rule.field in api.spec.creating.members:
            record = api.whole(api.create_with({rule.number_field: "DE"}, **{rule.field: rule.otherwise}))
            api.expect.that(
                f"A {rule.field} that is sent is replaced.",
                ("is", expressions.json(record, observed), expressions.literal(rule.otherwise)),
                Role.CREATE,
                SampleBodies(api, Role.CREATE).at(rule.field),
            )
        for country in api.cases(number_pool(0).countries, 2):
            record = api.create_with({rule.number_field: country})
            if any(violation.path == observed for violation in api.spec.resource.record.violations({**record})):
                # A value that the schema excludes is a separate finding.
                continue
            expected = {country, _main_country(str(sent_with(api)[rule.number_field]))}
            record = api.whole(record)
            api.expect.facts.value(rule.pointer, list[JsonValue](sorted(expected)), record.get(rule.field))
            claim = ("is one of", expressions.json(record, observed), expressions.literal(sorted(expected)))
            _expect_default(api, f"{rule.field} of a number of {country} is another.", claim, rule.pointer)


def _main_country(number: str) -> str:
    """The main country of a number's calling code, such as US for +1."""
    code = phonenumbers.parse(number).country_code
    return str(phonenumbers.region_code_for_country_code(code or 0))


@contract_property(
    "CREATE-TEXT",
    "Text comes back as it was sent",
    rests_on="the create body",
    needs=(*_OWN, Role.READ),
    cost=14,
    assumed="that text is kept character by character",
)
def text_comes_back_as_sent(api: ResourceClient) -> None:
    """Any text that the schema allows is accepted and comes back unchanged, from the create and from a get.

    Sends accents, emoji, combining marks, right-to-left text, quotes and markup, spaces at the ends, line breaks, NUL,
    and text that looks like something else. Catches services that trim, escape or normalize text.
    """
    SampleBodies(api, Role.CREATE).expect_texts()


@contract_property(
    "CREATE-LENGTHS",
    "Text may be as short and as long as the schema says",
    rests_on="minLength and maxLength of the create body",
    needs=(*_OWN, Role.READ),
    cost=9,
    assumed="the bounds",
)
def text_may_have_any_allowed_length(api: ResourceClient) -> None:
    """The shortest and longest texts that the schema allows are accepted and come back whole.

    Lengths count code points: a hundred emoji are a text of 100. Catches services that count bytes or UTF-16 units and
    refuse it, and services with a column that is too short.
    """
    samples = SampleBodies(api, Role.CREATE)
    for what, keyword, body in samples.extremes():
        if body:
            samples.expect_kept(what, body, keyword)


@contract_property(
    "CREATE-NOT-KEPT",
    "A write-only field is never shown",
    rests_on="writeOnly members of the create body",
    needs=(*_OWN, Role.READ),
    cost=4,
    assumed="that the field is not shown",
)
def write_only_fields_are_never_shown(api: ResourceClient) -> None:
    """A field that a client may only write (`writeOnly`) is in no response: not of a create, a get or a list.

    Catches services that store the whole body and return what they stored.
    """
    hidden = sorted(api.spec.resource.write_only & set(api.spec.creating.members))
    if not hidden:
        return
    samples = SampleBodies(api, Role.CREATE)
    record = api.create({**samples.full(), **api.new_body()})
    shown_by = [(Role.CREATE, expressions.json(record)), (Role.READ, expressions.json(api.read(record)))]
    if api.spec.lists_own:
        shown_by.append((Role.LIST, api.spec.listed_record(api.tagged(), record)))
    for role, shown in shown_by:
        for name in hidden:
            api.expect.that(
                f"{api.spec.operation(role).id} shows the write-only field {name}.",
                ("is", expressions.has(shown, name), expressions.literal(False)),
                role,
                samples.at(name, "writeOnly"),
            )


PROPERTIES: tuple[Property, ...] = (
    new_records_show_what_was_sent,
    fields_have_defaults,
    country_follows_the_number,
    text_comes_back_as_sent,
    text_may_have_any_allowed_length,
    write_only_fields_are_never_shown,
)
"""In the order of the catalogue."""

"""Properties of single fields: each kind of value is the same in every response with the record."""

from __future__ import annotations

import time
from collections.abc import Sequence

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.properties.helpers.sample_bodies import SampleBodies, sent_with
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Listed, Record
from contract_tests.target.client import ReceivedResponse
from contract_tests.target.ownership import NotJudgedError
from openapi import Role
from openapi.pointers import join

_LIFE = (Role.CREATE, Role.READ, Role.DELETE)
_FIRST_WAIT_S = 0.1
_LENGTHS = {Role.CREATE: "CREATE-LENGTHS", Role.UPDATE: "UPDATE-TEXT"}
"""The properties of the longest texts: if one is refused here, that is the same difference."""
_DAMAGED = ' Zoë O\'Hara "<b>&amp;</b>" \\ %41 a+b  c 👩\u200d💻\te\u0301\nﬁ '
"""Text with everything that services trim, escape, decode, normalize or cut."""
_KINDS = (
    ("text that services damage", _DAMAGED),
    ("a number with leading zeros", "007"),
    ("a word for true", "true"),
    ("a word for nothing", "null"),
    ("a zero", "0"),
    ("a date", "2026-01-10"),
    ("text in small letters", "desk"),
)


def _kinds(samples: SampleBodies, name: str) -> list[tuple[str, str]]:
    """Every kind of text that the field accepts: what it is, and the text. The longest one comes first."""
    _, most = samples.members.texts[name]
    return [("the longest text", "x" * (most - 1) + "z"), *(one for one in _KINDS if samples.fits(name, one[1]))]


def _bodies(samples: SampleBodies) -> list[tuple[str, Body]]:
    """Bodies that together have each kind of text in each text field, and each value of each enumeration.

    No body has the same text in two fields, so that a service that mixes up its fields shows it.
    """
    kinds = {name: _kinds(samples, name) for name in samples.texts}
    found = []
    for turn in range(max(map(len, kinds.values()), default=samples.turns)):
        body, whats = dict(samples.full(turn)), []
        for index, (name, texts) in enumerate(kinds.items()):
            what, body[name] = texts[(turn + index) % len(texts)]
            whats.append(f"{what} in {name}")
        found.append((", ".join(whats), body))
    return found


@contract_property(
    "CREATE-EVERYWHERE",
    "A new record is the same in every response",
    rests_on="the create body",
    needs=_LIFE,
    cost=26,
    documented="a get and a list show the registered record",
    assumed="that text is kept character by character, and that writes are visible at once",
)
def new_records_are_the_same_everywhere(api: ResourceClient) -> None:
    """Each kind of value in each field comes back from the create, from a get and from a list as it was sent.

    The kinds are the longest text, text with spaces at its ends, markup, quotes, accents and emoji, and text that looks
    like a number, a date, a boolean or null. Every value of an enumeration is sent, too. Catches services that escape
    text in their lists only, that swap two fields, or that show the name 007 as 7.
    """
    samples = SampleBodies(api, Role.CREATE)
    made = []
    for what, body in _bodies(samples):
        response = api.try_create(**body)
        if _is_refused(samples, what, response):
            continue
        # Another number was sent in place of one that is taken.
        sent = {**body, **sent_with(api)}
        record = api.whole(api.expect.accepted(Role.CREATE, response))
        _expect_fields(api, samples, what, sent, record, "The response to a create")
        read = api.read(record)
        _expect_fields(api, samples, what, sent, read, "A get")
        _expect_same(api, expressions.json(read), expressions.json(record), f"A get of a record with {what}", Role.READ)
        made.append((what, record))
    if api.spec.resource.listing:
        listed = _list_with(api, [record for _, record in made])
        for what, record in made:
            _expect_listed(api, listed, record, what)


@contract_property(
    "UPDATE-EVERYWHERE",
    "An updated record is the same in every response",
    rests_on="the update body",
    needs=(*_LIFE, Role.UPDATE),
    cost=34,
    documented="a get and a list show the updated record, and other fields stay as they were",
    assumed="that text is kept character by character, and that writes are visible at once",
)
def updated_records_are_the_same_everywhere(api: ResourceClient) -> None:
    """Each kind of value in each field of an update comes back from the update, from a get and from a list.

    One record, with every field set, is updated with one kind of value after the other; all other fields must stay as
    they were. Catches services that damage text in an update and not in a create, that show an older value in one of
    three responses, or lose the provider when the name changes.
    """
    samples, created = SampleBodies(api, Role.UPDATE), SampleBodies(api, Role.CREATE)
    moving = api.spec.made_by_server("time-of-change")
    record = api.whole(api.create({**created.full(1), **api.new_body()}))
    for what, body in _bodies(samples):
        response = api.send(Role.UPDATE, key=api.spec.key_of(record), body=body)
        if _is_refused(samples, what, response):
            continue
        before, record = record, api.whole(api.expect.accepted(Role.UPDATE, response), Role.UPDATE)
        _expect_fields(api, samples, what, body, record, "The response to an update")
        shown = {name: api.spec.stored(name, value) for name, value in body.items() if name in samples.kept}
        wanted = expressions.merged(expressions.json(before), shown)
        after, changed = (expressions.without(one, moving) for one in (expressions.json(record), wanted))
        _expect_same(api, after, changed, f"The response to an update with {what}", Role.UPDATE)
        read = api.read(record)
        _expect_same(
            api, expressions.json(read), expressions.json(record), f"A get after an update with {what}", Role.READ
        )
        if api.spec.resource.listing:
            _expect_listed(api, _list_with(api, [record]), record, what)


def _is_refused(samples: SampleBodies, what: str, response: ReceivedResponse) -> bool:
    """Whether the service refuses the values, which is a difference: their bounds are assumed."""
    refused = 400 <= response.status < 500
    for name in samples.texts[:1] if refused else ():
        claim = ("is at most", expressions.status(response), expressions.literal(399))
        sentence = f"A body with {what} is refused with {response.status}."
        longest = [one for one in samples.texts if f"the longest text in {one}" in what]
        pointer = samples.at(longest[0], "maxLength") if longest else samples.at_text(name)
        code = _LENGTHS.get(samples.role) if longest else None
        samples.api.expect.differs(sentence, claim, samples.role, pointer, code=code)
    return refused


def _list_with(api: ResourceClient, records: Sequence[Record]) -> Listed:
    """The largest page of the list, or the list of the run's records, if that page lacks one.

    Raises NotJudgedError if neither has all of the records within the patience of the run.
    """
    paging = api.spec.listing.paging
    most = api.spec.parameter(paging.limit).schema.node.get("maximum") if paging else None
    widest = {paging.limit: most} if paging and most else {}
    keys = {api.spec.key_of(record) for record in records}
    until_s, step_s = time.monotonic() + api.thoroughness.patience_s, _FIRST_WAIT_S
    while True:
        listed = api.list_by(**widest)
        if not keys <= _keys_in(api, listed) and api.spec.lists_own:
            listed = api.tagged()
        if keys <= _keys_in(api, listed):
            return listed
        left_s = until_s - time.monotonic()
        if left_s <= 0:
            raise NotJudgedError("the list does not show a record that the run has created")
        time.sleep(min(step_s, left_s))  # A list may show a write a moment later.
        step_s *= 2


def _keys_in(api: ResourceClient, listed: Listed) -> set[str]:
    return {api.spec.key_of(item) for item in listed.items}


def _expect_fields(
    api: ResourceClient, samples: SampleBodies, what: str, body: Body, record: Record, where: str
) -> None:
    for name in (name for name in body if name in samples.kept):
        api.expect.that(
            f"{where} shows another {name} than was sent (a record with {what}).",
            ("is", expressions.json(record, join("", name)), expressions.literal(api.spec.stored(name, body[name]))),
            samples.role,
            samples.at_text(name) if name in samples.texts else samples.at(name),
        )


def _expect_same(api: ResourceClient, shown: Expression, wanted: Expression, where: str, role: Role) -> None:
    api.expect.that(f"{where} shows another record.", ("is", shown, wanted), role, api.spec.at_role(role))


def _expect_listed(api: ResourceClient, listed: Listed, record: Record, what: str) -> None:
    shown = api.spec.listed_record(listed, record)
    _expect_same(api, shown, expressions.json(record), f"A list that has a record with {what}", Role.LIST)


PROPERTIES: tuple[Property, ...] = (
    new_records_are_the_same_everywhere,
    updated_records_are_the_same_everywhere,
)
"""In the order of the catalogue."""

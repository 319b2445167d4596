"""Properties of refusals: bodies that break their schema, one way at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from contract_tests.claims import expressions
from contract_tests.properties.helpers.broken_bodies import (
    Case,
    Entry,
    Wrong,
    entries,
    expect_invalid,
    made_elsewhere,
    missing,
    of_another_type,
    off_pattern,
    out_of_bounds,
    outside_enumeration,
    with_unknown,
)
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.target.client import Answer
from openapi import Role, ServerMade
from openapi.pointers import join

_OWN = (Role.CREATE, Role.DELETE)


def all_wrong(found: Sequence[Entry], *ways: Callable[[Entry], Iterable[Case]]) -> list[tuple[Entry, Wrong]]:
    """Every body that breaks its schema in one of `ways`, with the operation to send it to."""
    return [(entry, wrong) for entry in found for way in ways for wrong in entry.judged(way(entry))]


def sent(api: ResourceClient, entry: Entry, body: object) -> Answer:
    """The answer to `body`."""
    return api.send(entry.role, key=entry.key, body=body)


def _expect_refused(api: ResourceClient, *ways: Callable[[Entry], Iterable[Case]], most: int) -> None:
    for entry, wrong in api.cases(all_wrong(entries(api), *ways), most):
        answer = sent(api, entry, wrong.body)
        what = f"{entry.name} with {wrong.what}"
        expect_invalid(api, what[0].upper() + what[1:], answer, entry.role, wrong.rests_on)


@contract_property(
    "ERROR-STATUS",
    "A body that breaks its schema is refused with the document's status",
    rests_on="x-http refusals statuses/invalid",
    needs=_OWN,
    writes=True,
    cost=6,
)
def status_is_the_documents(api: ResourceClient) -> None:
    """A body that breaks its schema is refused with the status that the document gives to invalid requests.

    A service that answers 422 where 400 is written is found out; it refuses what it should, and clients that look for
    400 don't understand it. Every other property that sends such a body says so, too, under this code.
    """
    _expect_refused(api, missing, most=1)


@contract_property(
    "ERROR-REQUIRED",
    "A body without a required member is refused",
    rests_on="requestBody schema: required, minProperties",
    needs=_OWN,
    writes=True,
    cost=8,
)
def required_members_are_asked_for(api: ResourceClient) -> None:
    """A body that lacks one required member, or has none where one is needed, is refused as invalid.

    A service that registers a record without its number, and fills in an empty text, is found out.
    """
    _expect_refused(api, missing, most=2)


@contract_property(
    "ERROR-TYPE",
    "A member of another type is refused",
    rests_on="requestBody schema: type",
    needs=_OWN,
    writes=True,
    cost=40,
)
def types_are_kept(api: ResourceClient) -> None:
    """Each member of a body, sent as null or as each other type of JSON, is refused as invalid.

    A service that writes 5 as the text "5", takes ["Front desk"] for a name, or lets null empty a member that the
    schema doesn't let be null, is found out.
    """
    _expect_refused(api, of_another_type, most=8)


@contract_property(
    "ERROR-BOUNDS",
    "A member just past its bounds is refused",
    rests_on="requestBody schema: minLength, maxLength, minimum, maximum",
    needs=_OWN,
    writes=True,
    cost=12,
)
def bounds_are_kept(api: ResourceClient) -> None:
    """A text one character shorter or longer than allowed, or a number just past its bounds, is refused as invalid.

    A service that cuts a name of 101 characters down to 100, or takes an empty one, is found out.
    """
    _expect_refused(api, out_of_bounds, most=4)


@contract_property(
    "ERROR-BOUNDS-INSIDE",
    "What stands at a bound is taken, and kept whole",
    rests_on="requestBody schema: minLength, maxLength, minimum, maximum",
    needs=_OWN,
    writes=True,
    cost=24,
)
def bounds_are_inside(api: ResourceClient) -> None:
    """The shortest and the longest text, and the least and the greatest number, are taken and come back as sent.

    Characters count as code points: a service that counts bytes refuses, or cuts, a hundred emoji where a hundred
    characters are allowed.
    """
    for name, word, value in api.cases(list(_at_bounds(api)), 3):
        answer = api.try_create(**{name: value})
        bound = f"A create with {name} of {len(value)} characters" if isinstance(value, str) else f"{name} {value}"
        pointer = join(api.spec.creating.schema.pointer, "properties", name, word)
        api.expect.that(
            f"{bound}, which is allowed, is answered {answer.status}.",
            ("is at most", expressions.status(answer), expressions.literal(399)),
            Role.CREATE,
            pointer,
        )
        if name not in api.spec.resource.write_only:
            api.expect.that(
                f"{bound} does not come back as it was sent.",
                ("is", expressions.json(answer, join("", name)), expressions.literal(value)),
                Role.CREATE,
                pointer,
            )


def _at_bounds(api: ResourceClient) -> Iterable[tuple[str, str, str | int]]:
    for name, schema in api.spec.creating.members.items():
        if name in api.spec.creating.texts:
            for word in ("minLength", "maxLength"):
                if schema.get(word):
                    yield name, word, "x" * schema[word]
            if "maxLength" in schema:
                yield name, "maxLength", "\U0001f4de" * schema["maxLength"]
        yield from ((name, word, schema[word]) for word in ("minimum", "maximum") if word in schema)


@contract_property(
    "ERROR-ENUMERATION",
    "A value that an enumeration lacks is refused",
    rests_on="requestBody schema: enum",
    needs=_OWN,
    writes=True,
    cost=12,
)
def enumerations_are_kept(api: ResourceClient) -> None:
    """A value that is not among those of an enumeration is refused: an unknown one, and one in other letters.

    A service that lower-cases or trims what it gets, and so takes PRIVATE for private, is found out, as is one that
    stores any text.
    """
    _expect_refused(api, outside_enumeration, most=4)


@contract_property(
    "ERROR-PATTERN",
    "A text off its pattern is refused",
    rests_on="requestBody schema: pattern",
    needs=_OWN,
    writes=True,
    cost=24,
)
def patterns_are_kept(api: ResourceClient) -> None:
    """A text that nearly keeps its pattern is refused: cut, lengthened, spaced, in other digits, with a line's end.

    A service that strips the spaces from "+1 202 555 0143", adds the plus that is missing, counts Arabic digits as
    digits, or whose pattern lets a line feed pass at the end, is found out.
    """
    _expect_refused(api, off_pattern, most=6)


@contract_property(
    "ERROR-UNKNOWN-MEMBER",
    "A member that the schema doesn't know is refused",
    rests_on="requestBody schema: additionalProperties",
    needs=_OWN,
    writes=True,
    cost=8,
)
def unknown_members_are_refused(api: ResourceClient) -> None:
    """A body with a member that its schema rules out is refused, even if all others are good.

    A service that ignores what it doesn't know hides a client's typing error: nmae is taken, and the name is lost.
    """
    _expect_refused(api, with_unknown, most=3)


@contract_property(
    "ERROR-SERVER-MADE",
    "What the service makes can't be sent",
    rests_on="requestBody schema, x-resources members",
    needs=_OWN,
    writes=True,
    cost=12,
)
def server_made_members_are_not_adopted(api: ResourceClient) -> None:
    """A member that a body can't set is never adopted from it, and is refused where the schema rules it out.

    A service that hands the whole body to its database lets a client choose the key, the times, or the state in which a
    record starts.
    """
    found = [(entry, case) for entry in entries(api) for case in made_elsewhere(api, entry)]
    for entry, (what, member, value, body) in api.cases(found, 4):
        answer = sent(api, entry, body)
        wrong = entry.judged([(what, body)])
        made = isinstance(api.spec.resource.fields.get(member), ServerMade) or member == api.spec.resource.key
        if made or wrong:
            api.expect.that(
                f"{entry.name.capitalize()} with {what} adopts it.",
                (
                    "is not",
                    expressions.depends_on(expressions.json(answer, join("", member)), answer),
                    expressions.literal(value),
                ),
                entry.role,
                join(api.spec.resource.record.pointer, "properties", member),
            )
        for one in wrong:
            api.expect.that(
                f"{entry.name.capitalize()} with {what} is taken ({answer.status}).",
                ("is at least", expressions.status(answer), expressions.literal(400)),
                entry.role,
                one.rests_on,
                suggested_change=f"drop {one.rests_on}",
            )


PROPERTIES: tuple[Property, ...] = (
    status_is_the_documents,
    required_members_are_asked_for,
    types_are_kept,
    bounds_are_kept,
    bounds_are_inside,
    enumerations_are_kept,
    patterns_are_kept,
    unknown_members_are_refused,
    server_made_members_are_not_adopted,
)
"""The properties of bodies that break their schema, in the order of the catalogue."""

"""Properties of a search: where it looks, what parts it finds, and that it sees what has just been written."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from contract_tests.claims import expressions
from contract_tests.properties.helpers.stable_reads import Relation, expect_undisturbed, make_some
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Listed, Record
from openapi import Role

_OWN = (Role.LIST, Role.CREATE, Role.DELETE, "tag", "search")
_PLAIN = "plain"


def _texts(api: ResourceClient) -> list[str]:
    """The searched members that a create takes as free text, long enough for a tag and more."""
    texts = api.spec.creating.texts
    return [name for name in api.spec.search.fields if name in texts and texts[name][1] >= 40]


def _numbers(api: ResourceClient) -> list[str]:
    """The searched members that hold a phone number."""
    return [name for name in api.spec.search.fields if name in api.spec.creating.numbers]


def _carrying(api: ResourceClient, **texts: str) -> Record:
    """A record with these texts, and the tag in no other member."""
    return api.create_with({}, **{str(api.spec.tag_member): _PLAIN, **texts})


def found_by(api: ResourceClient, text: str) -> Listed:
    """What a search for `text` finds, on as large a page as may be."""
    return api.tagged(**{api.spec.search.parameter: text})


def expect_found(
    api: ResourceClient, text: str, made: Sequence[Record], pointer: str, why: str, code: str | None = None
) -> None:
    """Expect that a search for `text`, which holds enough of the tag to be ours alone, finds exactly `made`.

    Where it finds what an earlier property has made and deleted, nothing can be told of the search.
    """
    listed = found_by(api, text)
    if any(api.spec.key_of(record) in api.earlier_keys for record in listed.items):
        return
    api.expect.that(
        f"A search for {text!r} does not find exactly the records that contain it{why}.",
        (
            "is",
            expressions.in_any_order(api.spec.listed_keys(listed)),
            expressions.in_any_order(api.spec.seen_keys(made)),
        ),
        Role.LIST,
        pointer,
        code=code,
    )


@contract_property(
    "SEARCH-MEMBERS",
    "A search looks into every member that it should",
    rests_on="x-resources list/search/members",
    needs=_OWN,
    writes=True,
    cost=8,
)
def searches_look_everywhere(api: ResourceClient) -> None:
    """A search finds a record by each of the members that the document names, also where the text is in that one alone.

    A service that only searches names is found out: a record whose provider alone holds the text, and one whose number
    does, must be found as well.
    """
    place = api.spec.parameter(api.spec.search.parameter).pointer
    made = [_carrying(api, **{name: api.tag}) for name in _texts(api)]
    expect_found(api, api.tag, made, place, ", in whichever member")
    _expect_numbers(api, made[0], [slice(None)], place)


def _expect_numbers(api: ResourceClient, record: Record, parts: Sequence[slice], pointer: str) -> None:
    """Expect that the record is found by parts of its phone numbers, long enough to be those of few others."""
    for name in _numbers(api):
        number = str(record.get(name))
        for part in parts:
            listed = found_by(api, number[part])
            api.expect.that(
                f"A search for {number[part]!r} does not find the record whose {name} is {number}.",
                ("holds", api.spec.listed_keys(listed), api.spec.seen_key(record)),
                Role.LIST,
                pointer,
            )


@contract_property(
    "SEARCH-PARTS",
    "A search finds any part of a text",
    rests_on="x-resources list/search",
    needs=_OWN,
    writes=True,
    cost=12,
)
def searches_find_parts(api: ResourceClient) -> None:
    """A search finds a record by the beginning, the middle, the end or the whole of a text.

    A service that compares whole texts, or only their beginnings or whole words, is found out: Main Office Line must be
    found by Main, by Off and by Line, and by all of it. So is one that looks at the first twenty characters of what is
    searched for: by a long text that ends otherwise it must not be found.
    """
    text = f"{api.tag[::-1]}{api.tag}"
    made = [_carrying(api, **{str(api.spec.tag_member): text})]
    middle = len(api.tag)
    parts = (text[:9], text[2:11], text[middle - 5 : middle + 6], text[-9:], text[-11:-2], text)
    for part in api.cases(parts, 3):
        expect_found(api, part, made, api.spec.search.pointer, "")
    expect_found(api, f"{text}0", [], api.spec.search.pointer, " to its end")
    numbers = (slice(1, None), slice(2, -1), slice(-8, None), slice(0, -1))
    _expect_numbers(api, made[0], api.cases(numbers, 1), api.spec.search.pointer)


@contract_property(
    "SEARCH-CASE",
    "A search takes no notice of letter case",
    rests_on="x-resources list/search",
    needs=_OWN,
    writes=True,
    cost=7,
)
def searches_ignore_case(api: ResourceClient) -> None:
    """A search finds a text whatever its letter case, and that of what is searched for.

    A service that compares letter by letter is found out: Night Desk must be found by night desk, NIGHT DESK and
    nIGHT dESK.
    """
    mixed = "".join(letter.upper() if index % 2 else letter for index, letter in enumerate(api.tag))
    made = [_carrying(api, **{name: mixed}) for name in api.cases(_texts(api), 1)[:1]]
    for text in api.cases((mixed.lower(), mixed.upper(), mixed.swapcase(), mixed), 3):
        expect_found(api, text, made, api.spec.search.pointer, ", letter case aside")


@contract_property(
    "SEARCH-ONCE",
    "A record that matches twice is found once",
    rests_on="x-resources list/search",
    needs=_OWN,
    writes=True,
    cost=5,
)
def searches_find_once(api: ResourceClient) -> None:
    """A record that contains the text in several members, or several times in one, is in the list and its total once.

    A service that adds up what it finds in each member is found out: a record whose name and provider both hold the
    text must not be there twice.
    """
    text = f"{api.tag} {api.tag}"
    made = [_carrying(api, **dict.fromkeys(_texts(api), text))]
    listed = api.tagged()
    claims = [("is", api.spec.listed_keys(listed), api.spec.seen_keys(made))]
    if api.spec.listing.answer.total:
        claims.append(
            ("is", expressions.json(listed, api.spec.listing.answer.total), expressions.count(api.spec.seen_keys(made)))
        )
    for claim in claims:
        api.expect.that("A record that matches twice is not found once.", claim, Role.LIST, api.spec.search.pointer)


@contract_property(
    "SEARCH-ELSEWHERE",
    "A search looks into no other member",
    rests_on="x-resources list/search/members",
    needs=_OWN,
    writes=True,
    cost=8,
)
def searches_look_nowhere_else(api: ResourceClient) -> None:
    """A search does not find a record by a member that it doesn't look into, nor by how the record is written as JSON.

    A service that searches the whole record is found out: shared must not find a record because that is its type, null
    none because a member has no value, an identifier that is kept to itself none at all, and its key not either.
    """
    members = api.spec.creating
    hidden = [name for name, (_, most) in members.texts.items() if name not in api.spec.search.fields and most >= 40]
    row = {name: values[-1] for name, values in members.choices.items() if name not in api.spec.search.fields}
    record = api.create_with({}, **row, **dict.fromkeys(hidden, f"hidden {api.tag[::-1]}"))
    shown = "".join(str(record.get(name)) for name in api.spec.search.fields).lower()
    words = ("null", "true", "false", '"', "{", api.spec.resource.key)
    asked = [api.tag[::-1]] * bool(hidden) + [str(value) for value in row.values()] + api.cases(words, 2)
    for text in [text for text in asked if text.lower() not in shown]:
        listed = found_by(api, text)
        api.expect.that(
            f"A search for {text!r} finds a record that contains it in none of {', '.join(api.spec.search.fields)}.",
            ("lacks", api.spec.listed_keys(listed), api.spec.seen_key(record)),
            Role.LIST,
            api.spec.search.pointer,
        )
    if api.spec.resource.key not in api.spec.search.fields:
        _expect_key_not_found(api, record)


def _expect_key_not_found(api: ResourceClient, record: Record) -> None:
    """Expect that a record is not found by its key; a reproduction searches for the key that its record gets."""
    query = f"{api.spec.search.parameter}={{key}}"
    listed = api.listed(api.send(Role.LIST, key=api.spec.key_of(record), query=query))
    api.expect.that(
        f"A search for its {api.spec.resource.key} finds a record.",
        ("lacks", api.spec.listed_keys(listed), api.spec.seen_key(record)),
        Role.LIST,
        api.spec.search.pointer,
    )


@contract_property(
    "SEARCH-ACROSS",
    "A search finds no text that two members make up",
    rests_on="x-resources list/search",
    needs=_OWN,
    writes=True,
    cost=16,
)
def searches_look_into_one_member(api: ResourceClient) -> None:
    """The text that is searched for must be in one member; the end of one and the beginning of another don't make it.

    A service that searches the members joined together is found out: a phone called Office whose provider is twilio
    must not be found by Office twilio, nor by officetwilio.
    """
    names = _texts(api)
    start, end = api.tag[:6], api.tag[6:] + "zz"
    pairs = list(itertools.permutations(names[:2]))
    for left, right in pairs if api.thoroughness.rounds > 1 else pairs[:1]:
        _carrying(api, **{left: f"a {start}", right: f"{end} b"})
        for between in (" ", "", *api.cases((",", "\n", "|"), 0)):
            expect_found(api, f"{start}{between}{end}", [], api.spec.search.pointer, " in one member")
    for number in _numbers(api)[:1] if names else ():
        record = _carrying(api, **dict.fromkeys(names, api.tag))
        for text in (f"{api.tag}{record.get(number)}", f"{record.get(number)}{api.tag}"):
            expect_found(api, text, [], api.spec.search.pointer, " in one member")


@contract_property(
    "SEARCH-FOLLOWS-WRITES",
    "A search sees what has just been written",
    rests_on="x-resources list/search",
    needs=_OWN,
    writes=True,
    cost=10,
)
def searches_follow_writes(api: ResourceClient) -> None:
    """A search finds a record by its new text as soon as it is changed, no longer by the old one, and not once deleted.

    A service whose search has an index of its own, filled now and then, is found out: renamed from Day desk to Night
    desk, a record must be found by night and not by day.
    """
    old, new = f"{api.tag}day", f"{api.tag}night"
    member = str(api.spec.tag_member)
    record = api.create_with({}, **{member: old})
    expect_found(api, old, [record], api.spec.search.pointer, "")
    expect_found(api, new, [], api.spec.search.pointer, "")
    if api.spec.update_members and member in api.spec.updating.members:
        api.update(record, {member: new})
        expect_found(api, new, [record], api.spec.at_role(Role.UPDATE), ", just after an update")
        expect_found(api, old, [], api.spec.at_role(Role.UPDATE), ", just after an update")
    api.delete(record)
    expect_found(api, new, [], api.spec.at_role(Role.DELETE), ", just after a deletion", "DELETE-LISTED")


@contract_property(
    "SEARCH-SOUND",
    "What a search shows contains the text",
    rests_on="x-resources list/search",
    needs=(Role.LIST, "search"),
    cost=8,
)
def searches_are_sound(api: ResourceClient) -> None:
    """On anybody's records: whatever a search shows contains the text, and a shorter text finds no less.

    A service that finds by similar sound or by any of the words is found out by a record that doesn't hold the text;
    one that answers a short text with its best matches only, by a total that shrinks with the text.
    """
    make_some(api, quick=0)
    everything = api.list_by()
    for _ in range(api.thoroughness.rounds):
        text = _some_text(api, everything)
        if text is None:
            return
        shorter = text[api.random.randrange(2) : -1]

        def ask(text: str = text, shorter: str = shorter) -> Sequence[Relation]:
            return _narrowing(api, text, shorter)

        expect_undisturbed(api, ask)


def _narrowing(api: ResourceClient, text: str, shorter: str) -> list[Relation]:
    wide, narrow = (found_by(api, one) for one in (shorter, text))
    upper = found_by(api, text.upper() if text.isascii() else text)
    found = []
    for one, listed in ((shorter, wide), (text, narrow)):
        items = api.spec.seen_items(listed)
        claim = ("is", expressions.containing(items, api.spec.search.fields, one), items)
        found.append(Relation(f"A search for {one!r} shows a record without it.", claim, api.spec.search.pointer))
    total = api.spec.listing.answer.total
    counts = [
        expressions.json(one, total) if total else expressions.count(api.spec.seen_items(one))
        for one in (narrow, wide, upper)
    ]
    told = f"A search for {text!r} finds more than one for its part {shorter!r}."
    found.append(Relation(told, ("is at most", counts[0], counts[1]), api.spec.search.pointer))
    told = f"A search for {text.upper()!r} does not find what one for {text!r} finds."
    found.append(Relation(told, ("is", counts[2], counts[0]), api.spec.search.pointer))
    return found


def _some_text(api: ResourceClient, listed: Listed) -> str | None:
    """A part, of three characters and more, of a text in a list that the search looks into."""
    texts = [str(item[name]) for item in listed.items for name in api.spec.search.fields if item.get(name)]
    usable = [
        text for text in texts if len(text) >= 3 and api.spec.parameter(api.spec.search.parameter).schema.is_valid(text)
    ]
    if not usable:
        return None
    text = api.random.choice(usable)
    start = api.random.randrange(len(text) - 2)
    return text[start : start + api.random.randint(3, 9)]


PROPERTIES: tuple[Property, ...] = (
    searches_look_everywhere,
    searches_find_parts,
    searches_ignore_case,
    searches_find_once,
    searches_look_nowhere_else,
    searches_look_into_one_member,
    searches_follow_writes,
    searches_are_sound,
)
"""The properties of where a search looks and what it sees, in the order of the catalogue."""

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


def _texts(subject: ResourceClient) -> list[str]:
    """The searched members that a create takes as free text, long enough for a tag and more."""
    texts = subject.creating.texts
    return [name for name in subject.search.fields if name in texts and texts[name][1] >= 40]


def _numbers(subject: ResourceClient) -> list[str]:
    """The searched members that hold a phone number."""
    return [name for name in subject.search.fields if name in subject.creating.numbers]


def _carrying(subject: ResourceClient, **texts: str) -> Record:
    """A record with these texts, and the tag in no other member."""
    return subject.create_with({}, **{str(subject.tag_member): _PLAIN, **texts})


def found_by(subject: ResourceClient, text: str) -> Listed:
    """What a search for `text` finds, on as large a page as may be."""
    return subject.tagged(**{subject.search.parameter: text})


def expect_found(
    subject: ResourceClient, text: str, made: Sequence[Record], pointer: str, why: str, code: str | None = None
) -> None:
    """Expect that a search for `text`, which holds enough of the tag to be ours alone, finds exactly `made`.

    Where it finds what an earlier property has made and deleted, nothing can be told of the search.
    """
    listed = found_by(subject, text)
    if any(subject.key_of(record) in subject.earlier_keys for record in listed.items):
        return
    subject.expect(
        f"A search for {text!r} does not find exactly the records that contain it{why}.",
        (
            "is",
            expressions.in_any_order(subject.listed_keys(listed)),
            expressions.in_any_order(subject.seen_keys(made)),
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
def searches_look_everywhere(subject: ResourceClient) -> None:
    """A search finds a record by each of the members that the document names, also where the text is in that one alone.

    A service that only searches names is found out: a record whose provider alone holds the text, and one whose number
    does, must be found as well.
    """
    place = subject.parameter(subject.search.parameter).pointer
    made = [_carrying(subject, **{name: subject.tag}) for name in _texts(subject)]
    expect_found(subject, subject.tag, made, place, ", in whichever member")
    _expect_numbers(subject, made[0], [slice(None)], place)


def _expect_numbers(subject: ResourceClient, record: Record, parts: Sequence[slice], pointer: str) -> None:
    """Expect that the record is found by parts of its phone numbers, long enough to be those of few others."""
    for name in _numbers(subject):
        number = str(record.get(name))
        for part in parts:
            listed = found_by(subject, number[part])
            subject.expect(
                f"A search for {number[part]!r} does not find the record whose {name} is {number}.",
                ("holds", subject.listed_keys(listed), subject.seen_key(record)),
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
def searches_find_parts(subject: ResourceClient) -> None:
    """A search finds a record by the beginning, the middle, the end or the whole of a text.

    A service that compares whole texts, or only their beginnings or whole words, is found out: Main Office Line must be
    found by Main, by Off and by Line, and by all of it. So is one that looks at the first twenty characters of what is
    searched for: by a long text that ends otherwise it must not be found.
    """
    text = f"{subject.tag[::-1]}{subject.tag}"
    made = [_carrying(subject, **{str(subject.tag_member): text})]
    middle = len(subject.tag)
    parts = (text[:9], text[2:11], text[middle - 5 : middle + 6], text[-9:], text[-11:-2], text)
    for part in subject.cases(parts, 3):
        expect_found(subject, part, made, subject.search.pointer, "")
    expect_found(subject, f"{text}0", [], subject.search.pointer, " to its end")
    numbers = (slice(1, None), slice(2, -1), slice(-8, None), slice(0, -1))
    _expect_numbers(subject, made[0], subject.cases(numbers, 1), subject.search.pointer)


@contract_property(
    "SEARCH-CASE",
    "A search takes no notice of letter case",
    rests_on="x-resources list/search",
    needs=_OWN,
    writes=True,
    cost=7,
)
def searches_ignore_case(subject: ResourceClient) -> None:
    """A search finds a text whatever its letter case, and that of what is searched for.

    A service that compares letter by letter is found out: Night Desk must be found by night desk, NIGHT DESK and
    nIGHT dESK.
    """
    mixed = "".join(letter.upper() if index % 2 else letter for index, letter in enumerate(subject.tag))
    made = [_carrying(subject, **{name: mixed}) for name in subject.cases(_texts(subject), 1)[:1]]
    for text in subject.cases((mixed.lower(), mixed.upper(), mixed.swapcase(), mixed), 3):
        expect_found(subject, text, made, subject.search.pointer, ", letter case aside")


@contract_property(
    "SEARCH-ONCE",
    "A record that matches twice is found once",
    rests_on="x-resources list/search",
    needs=_OWN,
    writes=True,
    cost=5,
)
def searches_find_once(subject: ResourceClient) -> None:
    """A record that contains the text in several members, or several times in one, is in the list and its total once.

    A service that adds up what it finds in each member is found out: a record whose name and provider both hold the
    text must not be there twice.
    """
    text = f"{subject.tag} {subject.tag}"
    made = [_carrying(subject, **dict.fromkeys(_texts(subject), text))]
    listed = subject.tagged()
    claims = [("is", subject.listed_keys(listed), subject.seen_keys(made))]
    if subject.listing.answer.total:
        claims.append(
            ("is", expressions.json(listed, subject.listing.answer.total), expressions.count(subject.seen_keys(made)))
        )
    for claim in claims:
        subject.expect("A record that matches twice is not found once.", claim, Role.LIST, subject.search.pointer)


@contract_property(
    "SEARCH-ELSEWHERE",
    "A search looks into no other member",
    rests_on="x-resources list/search/members",
    needs=_OWN,
    writes=True,
    cost=8,
)
def searches_look_nowhere_else(subject: ResourceClient) -> None:
    """A search does not find a record by a member that it doesn't look into, nor by how the record is written as JSON.

    A service that searches the whole record is found out: shared must not find a record because that is its type, null
    none because a member has no value, an identifier that is kept to itself none at all, and its key not either.
    """
    members = subject.creating
    hidden = [name for name, (_, most) in members.texts.items() if name not in subject.search.fields and most >= 40]
    row = {name: values[-1] for name, values in members.choices.items() if name not in subject.search.fields}
    record = subject.create_with({}, **row, **dict.fromkeys(hidden, f"hidden {subject.tag[::-1]}"))
    shown = "".join(str(record.get(name)) for name in subject.search.fields).lower()
    words = ("null", "true", "false", '"', "{", subject.resource.key)
    asked = [subject.tag[::-1]] * bool(hidden) + [str(value) for value in row.values()] + subject.cases(words, 2)
    for text in [text for text in asked if text.lower() not in shown]:
        listed = found_by(subject, text)
        subject.expect(
            f"A search for {text!r} finds a record that contains it in none of {', '.join(subject.search.fields)}.",
            ("lacks", subject.listed_keys(listed), subject.seen_key(record)),
            Role.LIST,
            subject.search.pointer,
        )
    if subject.resource.key not in subject.search.fields:
        _expect_key_not_found(subject, record)


def _expect_key_not_found(subject: ResourceClient, record: Record) -> None:
    """Expect that a record is not found by its key; a reproduction searches for the key that its record gets."""
    query = f"{subject.search.parameter}={{key}}"
    listed = subject.listed(subject.send(Role.LIST, key=subject.key_of(record), query=query))
    subject.expect(
        f"A search for its {subject.resource.key} finds a record.",
        ("lacks", subject.listed_keys(listed), subject.seen_key(record)),
        Role.LIST,
        subject.search.pointer,
    )


@contract_property(
    "SEARCH-ACROSS",
    "A search finds no text that two members make up",
    rests_on="x-resources list/search",
    needs=_OWN,
    writes=True,
    cost=16,
)
def searches_look_into_one_member(subject: ResourceClient) -> None:
    """The text that is searched for must be in one member; the end of one and the beginning of another don't make it.

    A service that searches the members joined together is found out: a phone called Office whose provider is twilio
    must not be found by Office twilio, nor by officetwilio.
    """
    names = _texts(subject)
    start, end = subject.tag[:6], subject.tag[6:] + "zz"
    pairs = list(itertools.permutations(names[:2]))
    for left, right in pairs if subject.effort.rounds > 1 else pairs[:1]:
        _carrying(subject, **{left: f"a {start}", right: f"{end} b"})
        for between in (" ", "", *subject.cases((",", "\n", "|"), 0)):
            expect_found(subject, f"{start}{between}{end}", [], subject.search.pointer, " in one member")
    for number in _numbers(subject)[:1] if names else ():
        record = _carrying(subject, **dict.fromkeys(names, subject.tag))
        for text in (f"{subject.tag}{record.get(number)}", f"{record.get(number)}{subject.tag}"):
            expect_found(subject, text, [], subject.search.pointer, " in one member")


@contract_property(
    "SEARCH-FOLLOWS-WRITES",
    "A search sees what has just been written",
    rests_on="x-resources list/search",
    needs=_OWN,
    writes=True,
    cost=10,
)
def searches_follow_writes(subject: ResourceClient) -> None:
    """A search finds a record by its new text as soon as it is changed, no longer by the old one, and not once deleted.

    A service whose search has an index of its own, filled now and then, is found out: renamed from Day desk to Night
    desk, a record must be found by night and not by day.
    """
    old, new = f"{subject.tag}day", f"{subject.tag}night"
    member = str(subject.tag_member)
    record = subject.create_with({}, **{member: old})
    expect_found(subject, old, [record], subject.search.pointer, "")
    expect_found(subject, new, [], subject.search.pointer, "")
    if subject.update_members and member in subject.updating.members:
        subject.update(record, {member: new})
        expect_found(subject, new, [record], subject.at_role(Role.UPDATE), ", just after an update")
        expect_found(subject, old, [], subject.at_role(Role.UPDATE), ", just after an update")
    subject.delete(record)
    expect_found(subject, new, [], subject.at_role(Role.DELETE), ", just after a deletion", "DELETE-LISTED")


@contract_property(
    "SEARCH-SOUND",
    "What a search shows contains the text",
    rests_on="x-resources list/search",
    needs=(Role.LIST, "search"),
    cost=8,
)
def searches_are_sound(subject: ResourceClient) -> None:
    """On anybody's records: whatever a search shows contains the text, and a shorter text finds no less.

    A service that finds by similar sound or by any of the words is found out by a record that doesn't hold the text;
    one that answers a short text with its best matches only, by a total that shrinks with the text.
    """
    make_some(subject, quick=0)
    everything = subject.list_by()
    for _ in range(subject.effort.rounds):
        text = _some_text(subject, everything)
        if text is None:
            return
        shorter = text[subject.random.randrange(2) : -1]

        def ask(text: str = text, shorter: str = shorter) -> Sequence[Relation]:
            return _narrowing(subject, text, shorter)

        expect_undisturbed(subject, ask)


def _narrowing(subject: ResourceClient, text: str, shorter: str) -> list[Relation]:
    wide, narrow = (found_by(subject, one) for one in (shorter, text))
    upper = found_by(subject, text.upper() if text.isascii() else text)
    found = []
    for one, listed in ((shorter, wide), (text, narrow)):
        items = subject.seen_items(listed)
        claim = ("is", expressions.containing(items, subject.search.fields, one), items)
        found.append(Relation(f"A search for {one!r} shows a record without it.", claim, subject.search.pointer))
    total = subject.listing.answer.total
    counts = [
        expressions.json(one, total) if total else expressions.count(subject.seen_items(one))
        for one in (narrow, wide, upper)
    ]
    told = f"A search for {text!r} finds more than one for its part {shorter!r}."
    found.append(Relation(told, ("is at most", counts[0], counts[1]), subject.search.pointer))
    told = f"A search for {text.upper()!r} does not find what one for {text!r} finds."
    found.append(Relation(told, ("is", counts[2], counts[0]), subject.search.pointer))
    return found


def _some_text(subject: ResourceClient, listed: Listed) -> str | None:
    """A part, of three characters and more, of a text in a list that the search looks into."""
    texts = [str(item[name]) for item in listed.items for name in subject.search.fields if item.get(name)]
    usable = [
        text for text in texts if len(text) >= 3 and subject.parameter(subject.search.parameter).schema.is_valid(text)
    ]
    if not usable:
        return None
    text = subject.random.choice(usable)
    start = subject.random.randrange(len(text) - 2)
    return text[start : start + subject.random.randint(3, 9)]


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

"""Properties of a search: the fields that it covers, the parts of a text that it finds, and that it sees writes."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from contract_tests.claims import expressions
from contract_tests.properties.helpers.stable_reads import ListClaim, expect_undisturbed, make_some
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Listed, Record
from contract_tests.resource.search_readings import finds as search_finds
from contract_tests.resource.search_readings import is_usual
from contract_tests.target.ownership import NotJudgedError
from openapi import JsonValue, Role

_OWN = (Role.LIST, Role.CREATE, Role.DELETE, "tag", "search")
_PLAIN = "plain"


def _texts(api: ResourceClient) -> list[str]:
    """The searched fields that a create accepts as free text, long enough for a tag and more."""
    return api.spec.searched_texts


def _numbers(api: ResourceClient) -> list[str]:
    """The searched fields that are phone numbers."""
    return [name for name in api.spec.search.fields if name in api.spec.creating.numbers]


def _carrying(api: ResourceClient, **texts: str) -> Record:
    """A record with these texts, and the tag in no other field."""
    return api.create_with({}, **{str(api.spec.tag_member): _PLAIN, **texts})


def found_by(api: ResourceClient, text: str) -> Listed:
    """The records that a search for `text` finds, on the largest page."""
    return api.tagged(**{api.spec.search.parameter: text})


def finds(api: ResourceClient, text: str, made: Sequence[Record]) -> bool:
    """Whether a search for `text` finds exactly `made`."""
    made = _expected(api, text, made)
    found = sorted(api.spec.key_of(record) for record in found_by(api, text).items)
    return found == sorted(api.spec.key_of(record) for record in made)


def _expected(api: ResourceClient, text: str, made: Sequence[Record]) -> Sequence[Record]:
    """The records with the text that a search finds, according to the document."""
    search = api.spec.search
    return made if is_usual(search) else [record for record in made if search_finds(search, text, record)]


def expect_found(
    api: ResourceClient, text: str, made: Sequence[Record], pointer: str, why: str, code: str | None = None
) -> None:
    """Expect a search for `text`, which has enough of the tag to be unique, to find exactly `made`.

    If it finds a deleted record of an earlier property, the search can't be judged.
    """
    made = _expected(api, text, made)
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
    "A search covers every documented field",
    rests_on="x-resources list/search/members",
    needs=_OWN,
    cost=8,
    documented="a record is found by its whole number, name and provider",
)
def searches_cover_every_field(api: ResourceClient) -> None:
    """A search finds a record by each of the fields that the document names, also if the text is in that field alone.

    Catches services that search only names: a record must be found by its provider and by its number as well.
    """
    pointer = api.spec.parameter(api.spec.search.parameter).pointer
    made = [_carrying(api, **{name: api.tag}) for name in _texts(api)]
    expect_found(api, api.tag, made, pointer, ", in whichever field")
    _expect_numbers(api, made[0], [slice(None)], pointer)


def _expect_numbers(api: ResourceClient, record: Record, parts: Sequence[slice], pointer: str) -> None:
    """Expect parts of the phone numbers of a record to find it."""
    for name in _numbers(api):
        number = str(record.get(name))
        for part in parts:
            listed = found_by(api, number[part])
            found = bool(_expected(api, number[part], [record]))
            does = "does not find" if found else "finds"
            api.expect.that(
                f"A search for {number[part]!r} {does} the record whose {name} is {number}.",
                ("holds" if found else "lacks", api.spec.listed_keys(listed), api.spec.seen_key(record)),
                Role.LIST,
                pointer,
            )


@contract_property(
    "SEARCH-PARTS",
    "A search finds any part of a text",
    rests_on="x-resources list/search",
    needs=_OWN,
    cost=18,
    alone=True,
    documented="a record is found by its whole text",
    assumed="that parts of a text find it",
)
def searches_find_parts(api: ResourceClient) -> None:
    """A search finds a record by the beginning, the middle, the end or the whole of a text.

    Catches services that compare whole texts, only beginnings, or whole words: Main, Off, Line and the whole text must
    find Main Office Line. Also catches services that look only at the first twenty characters of a search text.
    """
    text = f"{api.tag[::-1]}{api.tag}"
    made = [_carrying(api, **{str(api.spec.tag_member): text})]
    middle = len(api.tag)
    parts = (text[:9], text[2:11], text[middle - 5 : middle + 6], text[-9:], text[4:-2], text)
    for part in parts:
        expect_found(api, part, made, api.spec.search.pointer, "")
    expect_found(api, f"{text}0", [], api.spec.search.pointer, " to its end")
    for name in _texts(api):
        _expect_longest(api, name)
    numbers = (slice(1, None), slice(2, -1), slice(-8, None), slice(0, -1))
    _expect_numbers(api, made[0], api.cases(numbers, 1), api.spec.search.pointer)


def _expect_longest(api: ResourceClient, name: str) -> None:
    """Expect a record to be found by nearly all of a long text, and not by one that ends in another way.

    The text is the one that the service shows: it may allow less than the document says, which other properties report.
    """
    longest = f"{api.tag[::-1]}{name}".ljust(api.spec.creating.texts[name][1], "x")
    response = api.try_create(**{str(api.spec.tag_member): _PLAIN, name: longest})
    shown = response.record.get(name)
    if response.status >= 400 or not isinstance(shown, str):
        return
    record = api.expect.accepted(Role.CREATE, response)
    expect_found(api, shown[:-1], [record], api.spec.search.pointer, f", a part of a long {name}")
    expect_found(api, f"{shown[:-1]}z", [], api.spec.search.pointer, " to its end")


@contract_property(
    "SEARCH-CASE",
    "A search ignores letter case",
    rests_on="x-resources list/search",
    needs=_OWN,
    cost=7,
    assumed="that letter case does not matter",
)
def searches_ignore_case(api: ResourceClient) -> None:
    """A search finds a text in any letter case of either.

    Catches services that compare case-sensitively: night desk, NIGHT DESK and nIGHT dESK must find Night Desk.
    """
    mixed = "".join(letter.upper() if index % 2 else letter for index, letter in enumerate(api.tag))
    made = [_carrying(api, **{name: mixed}) for name in api.cases(_texts(api), 1)[:1]]
    for text in api.cases((mixed.lower(), mixed.upper(), mixed.swapcase(), mixed), 3):
        expect_found(api, text, made, api.spec.search.pointer, ", ignoring letter case")


@contract_property(
    "SEARCH-ONCE",
    "A record that matches twice is listed once",
    rests_on="x-resources list/search",
    needs=_OWN,
    cost=5,
    documented="a list shows each record once",
)
def searches_find_each_record_once(api: ResourceClient) -> None:
    """A record with the text in several fields, or several times in one, is in the list and its total once.

    Catches services that add up the matches of each field: a record must not be there twice because both its name and
    its provider contain the text.
    """
    text = api.tag if api.spec.search_is_whole else f"{api.tag} {api.tag}"
    made = [_carrying(api, **dict.fromkeys(_texts(api), text))]
    listed = api.tagged()
    claims = [("is", api.spec.listed_keys(listed), api.spec.seen_keys(made))]
    if api.spec.listing.response.total:
        claims.append(
            (
                "is",
                expressions.json(listed, api.spec.listing.response.total),
                expressions.count(api.spec.seen_keys(made)),
            )
        )
    for claim in claims:
        api.expect.that("A record that matches twice is not listed once.", claim, Role.LIST, api.spec.search.pointer)


@contract_property(
    "SEARCH-ELSEWHERE",
    "A search covers no other field",
    rests_on="x-resources list/search/members",
    needs=_OWN,
    cost=14,
    alone=True,
    assumed="that the search covers only the documented fields",
)
def searches_cover_no_other_field(api: ResourceClient) -> None:
    """A search does not find a record by a field that it does not cover, nor by how the record is written as JSON.

    Catches services that search the whole record: its type, its country, its key, a write-only identifier, or the null
    of an empty field must not find it.
    """
    members = api.spec.creating
    hidden = [name for name, (_, most) in members.texts.items() if name not in api.spec.search.fields and most >= 40]
    row = {name: values[-1] for name, values in members.choices.items() if name not in api.spec.search.fields}
    others = {**row, **dict.fromkeys(hidden, f"hidden {api.tag[::-1]}")}
    records = [api.create_with({}, **others), *_with_tag_elsewhere(api, others)]
    words = ("undefined", "true", "false", '"', "{", api.spec.resource.key)
    texts = [api.tag[::-1]] * bool(hidden) + ["null", "none", *_other_values(api, records), *api.cases(words, 1)]
    for text in dict.fromkeys(texts):
        without = [one for one in records if not _contains(api, one, text)]
        if not without:
            continue
        listed = found_by(api, text)
        for record in without:
            api.expect.that(
                f"A search for {text!r} finds a record without it in {', '.join(api.spec.search.fields)}.",
                ("lacks", api.spec.listed_keys(listed), api.spec.seen_key(record)),
                Role.LIST,
                api.spec.search.pointer,
            )
    if api.spec.resource.key not in api.spec.search.fields:
        _expect_key_not_found(api, records[0])


def _with_tag_elsewhere(api: ResourceClient, fields: Mapping[str, JsonValue]) -> list[Record]:
    """A record without the tag in its usual field: another text has it. Empty if there is no other text."""
    usual = str(api.spec.tag_member)
    others = [name for name in _texts(api) if name != usual]
    if not others or usual in api.spec.creating.required:
        return []
    return [api.create({**api.least(api.spec.creating), **fields, others[-1]: api.tag})]


def _other_values(api: ResourceClient, records: Sequence[Record]) -> list[str]:
    """The texts of fields that the search does not cover, except those that the server sets."""
    searched, made = api.spec.search.fields, api.spec.made_by_server("time-of-creation", "time-of-change")
    apart = {*searched, *made, api.spec.resource.key}
    shown = [{name: value for name, value in one.items() if name not in apart} for one in records]
    return [value for one in shown for value in one.values() if isinstance(value, str) and value]


def _contains(api: ResourceClient, record: Record, text: str) -> bool:
    values = (record.get(name) for name in api.spec.search.fields)
    return any(text.lower() in str(value).lower() for value in values if value is not None)


def _expect_key_not_found(api: ResourceClient, record: Record) -> None:
    """Expect a record not to be found by its key. A reproduction searches for the key of its own record."""
    query = f"{api.spec.search.parameter}={{key}}"
    listed = api.listed(api.send(Role.LIST, key=api.spec.key_of(record), query=query))
    api.expect.that(
        f"A search for the {api.spec.resource.key} of a record finds it.",
        ("lacks", api.spec.listed_keys(listed), api.spec.seen_key(record)),
        Role.LIST,
        api.spec.search.pointer,
    )


@contract_property(
    "SEARCH-ACROSS",
    "A search finds no text across two fields",
    rests_on="x-resources list/search",
    needs=(*_OWN, "two texts"),
    cost=16,
    assumed="that one field must contain the text",
)
def searches_look_into_one_field(api: ResourceClient) -> None:
    """The search text must be in one field. The end of one field and the beginning of another do not add up.

    Catches services that search the fields joined together: neither Office twilio nor officetwilio finds a phone called
    Office with the provider twilio.
    """
    names = _texts(api)
    start, end = api.tag[:6], api.tag[6:] + "zz"
    pairs = list(itertools.permutations(names[:2]))
    for left, right in pairs if api.thoroughness.rounds > 1 else pairs[:1]:
        _carrying(api, **{left: f"a {start}", right: f"{end} b"})
        for between in (" ", "", *api.cases((",", "\n", "|"), 0)):
            expect_found(api, f"{start}{between}{end}", [], api.spec.search.pointer, " in one field")
    for number in _numbers(api)[:1] if names else ():
        record = _carrying(api, **dict.fromkeys(names, api.tag))
        for text in (f"{api.tag}{record.get(number)}", f"{record.get(number)}{api.tag}"):
            expect_found(api, text, [], api.spec.search.pointer, " in one field")


@contract_property(
    "SEARCH-FOLLOWS-WRITES",
    "A search sees writes",
    rests_on="x-resources list/search",
    needs=_OWN,
    cost=10,
    documented="a search finds the records as they are",
    assumed="that it does so at once",
)
def searches_follow_writes(api: ResourceClient) -> None:
    """After an update, a search finds a record by its new text, not by the old one; after a delete, by neither.

    Catches services with a search index that is updated only occasionally: after a change from Day desk to Night desk,
    night finds the record and day does not.
    """
    old, new = f"{api.tag}day", f"{api.tag}night"
    member = str(api.spec.tag_member)
    record = api.create_with({}, **{member: old})
    expect_found(api, old, [record], api.spec.search.pointer, "")
    expect_found(api, new, [], api.spec.search.pointer, "")
    if api.spec.update_members and member in api.spec.updating.members:
        after = api.update(record, {member: new})
        expect_found(api, new, [after], api.spec.at_operation(Role.UPDATE), " after an update")
        expect_found(api, old, [], api.spec.at_operation(Role.UPDATE), " after an update")
    api.delete(record)
    expect_found(api, new, [], api.spec.at_operation(Role.DELETE), " after a delete", "DELETE-LISTED")


@contract_property(
    "SEARCH-SOUND",
    "A search shows only records with the text",
    rests_on="x-resources list/search",
    needs=(Role.LIST, "search"),
    cost=8,
    alone=True,
    assumed="that one field must contain the text",
)
def searches_are_sound(api: ResourceClient) -> None:
    """Every record that a search shows contains the text, and a shorter text finds at least as many, at most all.

    Holds for any records. Catches services that find similar words or any of the words, services that return only their
    best matches for a short text, and services whose search finds records that are in no list.
    """
    make_some(api, quick=0)
    for _ in range(api.thoroughness.rounds):
        texts: list[str] = []

        def ask(texts: list[str] = texts) -> Sequence[ListClaim]:
            everything = api.list_by()
            if not texts and everything.items:
                texts += _some_texts(api, everything)
            return _narrowing(api, everything, *texts) if texts else []

        expect_undisturbed(api, ask)


def _narrowing(api: ResourceClient, everything: Listed, text: str, shorter: str) -> list[ListClaim]:
    wide, narrow = (found_by(api, one) for one in (shorter, text))
    found = []
    for one, listed in ((shorter, wide), (text, narrow)):
        items = api.spec.seen_items(listed)
        claim = ("is", expressions.containing(items, api.spec.search.fields, one), items)
        found.append(ListClaim(f"A search for {one!r} shows a record without it.", claim, api.spec.search.pointer))
    total = api.spec.listing.response.total
    if total:
        sentence = f"A search for {shorter!r} finds more records than there are."
        claim = ("is at most", expressions.json(wide, total), expressions.json(everything, total))
        found.append(ListClaim(sentence, claim, api.spec.search.pointer))
    if api.spec.search.match != "part":
        return found
    upper = found_by(api, text.upper() if text.isascii() and api.spec.search.ignores_case else text)
    counts = [
        expressions.json(one, total) if total else expressions.count(api.spec.seen_items(one))
        for one in (narrow, wide, upper)
    ]
    sentence = f"A search for {text!r} finds more records than one for its part {shorter!r}."
    found.append(ListClaim(sentence, ("is at most", counts[0], counts[1]), api.spec.search.pointer))
    sentence = f"A search for {text.upper()!r} finds other records than one for {text!r}."
    found.append(ListClaim(sentence, ("is", counts[2], counts[0]), api.spec.search.pointer))
    return found


def _some_texts(api: ResourceClient, listed: Listed) -> tuple[str, str]:
    """A part of a searched text in a list, of three to nine characters, and a character of it that most records have.

    A search for whole texts gets a whole one, twice. Raises NotJudgedError where the list has no text to search for.
    """
    searched = [[str(item[name]) for name in api.spec.search.fields if item.get(name)] for item in listed.items]
    is_valid = api.spec.parameter(api.spec.search.parameter).schema.is_valid
    usable = [text for texts in searched for text in texts if len(text) >= 3 and is_valid(text)]
    if not usable:
        raise NotJudgedError("no record in the list has a text to search for")
    text = api.random.choice(usable)
    if api.spec.search_is_whole:
        return text, text
    start = api.random.randrange(len(text) - 2)
    part = text[start : start + api.random.randint(3, 9)]
    letters = [one for one in part if not one.isspace() and is_valid(one)]
    common = max(letters, key=lambda one: sum(one in "".join(texts) for texts in searched), default=part[:-1])
    return part, common


PROPERTIES: tuple[Property, ...] = (
    searches_cover_every_field,
    searches_find_parts,
    searches_ignore_case,
    searches_find_each_record_once,
    searches_cover_no_other_field,
    searches_look_into_one_field,
    searches_follow_writes,
    searches_are_sound,
)
"""In the order of the catalogue."""

"""Properties of the text that is searched for: taken as it is, whatever its characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from contract_tests.properties.lists.search import expect_found
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Record
from openapi import Role

_OWN = (Role.LIST, Role.CREATE, Role.DELETE, "tag", "search")
_SPECIAL = tuple("%'\\([*_\"+.?^$|{`;#&=-~!<>,:/")
_ALWAYS = 5
"""How many of the special characters are tried in a quick run, too."""
_WILD_FOR_ONE = "_?."


def with_text(api: ResourceClient, text: str) -> Record:
    """A record with this text in the member that holds the tag."""
    return api.create_with({}, **{str(api.spec.tag_member): text})


def _packed(api: ResourceClient, parts: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Texts that hold the parts, each after a mark of ours, with the parts of each; in a quick run one text alone."""
    most = api.spec.creating.texts[str(api.spec.tag_member)][1] - len(api.tag)
    text, held = "", list[str]()
    for part in parts:
        marked = _mark(api) + part
        if held and len(text + marked) > min(most, 100):
            yield text + api.tag, held
            if api.thoroughness.rounds == 1:
                return
            text, held = "", []
        text, held = text + marked, [*held, part]
    yield text + api.tag, held


def _mark(api: ResourceClient) -> str:
    """Enough of the tag to be ours alone."""
    return api.tag[4:]


@contract_property(
    "SEARCH-WILDCARDS",
    "There are no wildcards",
    rests_on="x-resources list/search",
    needs=_OWN,
    writes=True,
    cost=10,
)
def wildcards_mean_themselves(api: ResourceClient) -> None:
    """A wildcard in a search is a character like others, and finds only itself.

    A service that hands the text to LIKE, GLOB or a regular expression is found out: a record called Night desk must
    not be found by N_ght desk, N%desk, N*desk or N.ght desk.
    """
    with_text(api, api.tag)
    tag = api.tag
    for wild in ("%", "_", "*", "\\", *api.cases("?.", 1)):
        expect_found(api, _wild(tag, wild), [], api.spec.search.pointer, "")
    expect_found(api, f"{tag[:3]}.*{tag[-4:]}", [], api.spec.search.pointer, "")


def _wild(text: str, wild: str) -> str:
    """The text with one character replaced by a wildcard that stands for one, or one put in that stands for none."""
    middle = len(text) // 2
    return text[:middle] + wild + text[middle + (wild in _WILD_FOR_ONE) :]


@contract_property(
    "SEARCH-CHARACTERS",
    "Every character finds itself",
    rests_on="x-resources list/search",
    needs=_OWN,
    writes=True,
    cost=22,
)
def characters_find_themselves(api: ResourceClient) -> None:
    """Characters that mean something to databases, patterns or addresses are searched for like any other.

    A service that escapes a percent sign wrongly, or fails on a bracket or a quotation mark, is found out: a record
    called 100% (new) "A" must be found by 100% and by (new and by "A.
    """
    always, rest = _SPECIAL[:_ALWAYS], _SPECIAL[_ALWAYS:]
    for text, parts in _packed(api, [*always, *api.random.sample(rest, len(rest))]):
        made = [with_text(api, text)]
        for part in [*parts[:_ALWAYS], *api.cases(parts[_ALWAYS:], 1)]:
            expect_found(api, _mark(api) + part, made, api.spec.search.pointer, "")
        for part in [*parts[1:2], *api.cases(parts[2:], 0)]:
            expect_found(api, f"{_mark(api)}{part}0", [], api.spec.search.pointer, "")
        api.delete(made[0])


@contract_property(
    "SEARCH-SPACES",
    "Spaces count",
    rests_on="x-resources list/search",
    needs=_OWN,
    writes=True,
    cost=9,
)
def spaces_count(api: ResourceClient) -> None:
    """Spaces are part of the text that is searched for, at its ends and within, and words must stand as they were sent.

    A service that trims the text, or searches word by word, is found out: North desk must not be found by desk North,
    by North  desk with two spaces, or by North with a space before it.
    """
    tag = api.tag
    inside = with_text(api, f"a {tag} b")
    outside = with_text(api, f"{tag}s  two")
    cases: list[tuple[str, list[Record]]] = [
        (f" {tag}", [inside]),
        (f"{tag} ", [inside]),
        (f"{tag}s  two", [outside]),
        (f"{tag}s two", []),
        (f"{tag} a", []),
        (f"b {tag}", []),
        (f" {tag}s", []),
        (f"{tag} b ", []),
    ]
    for text, made in api.cases(cases, 3):
        expect_found(api, text, made, api.spec.search.pointer, ", spaces included")


_UNICODE = (
    "\U0001f4de",
    "\x00",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "Z\u00fcrich",
    "e\u0301\u0323",
    "\u0645\u0643\u062a\u0628",
    "\u6771\u4eac",
    "\u202eabc\u202c",
    "\u00a0\u2003",
    "\x7f\x1b",
    "\ufeff",
    "\U0010ffff",
)


@contract_property(
    "SEARCH-UNICODE",
    "Any text that is kept is found again",
    rests_on="x-resources list/search",
    needs=_OWN,
    writes=True,
    cost=8,
)
def unicode_is_found(api: ResourceClient) -> None:
    """A text in any script, with emoji, marks or control characters, is found by itself.

    A service whose database keeps only part of Unicode, or cuts a text at NUL, is found out: a record whose name ends
    in a telephone emoji must be found by it.
    """
    for text, parts in _packed(api, _UNICODE):
        made = [with_text(api, text)]
        for part in [*parts[:2], *api.cases(parts[2:], 2)]:
            expect_found(api, _mark(api) + part, made, api.spec.search.pointer, "")
        api.delete(made[0])


@contract_property(
    "SEARCH-CASE-UNICODE",
    "Letter case is that of all scripts",
    rests_on="x-resources list/search",
    needs=_OWN,
    writes=True,
    cost=7,
)
def case_is_that_of_all_scripts(api: ResourceClient) -> None:
    """A search takes no notice of letter case in other alphabets and with accents either.

    A service that folds the letters A to Z alone, as SQLite's LIKE does, is found out: ZÜRICH must find Zürich.
    """
    for text in api.cases(("\u00fc\u00e9\u00f8", "\u0436\u044f", "\u03b1\u03c9"), 1):
        upper = with_text(api, f"{api.tag}{text.upper()}")
        lower = with_text(api, f"{api.tag}{text}")
        expect_found(api, f"{api.tag}{text}", [upper, lower], api.spec.search.pointer, ", letter case aside")
        api.delete(upper)
        api.delete(lower)


@contract_property(
    "SEARCH-LETTERS",
    "Letters are not taken for similar ones",
    rests_on="x-resources list/search",
    needs=_OWN,
    writes=True,
    cost=7,
)
def letters_are_not_similar_ones(api: ResourceClient) -> None:
    """A text is compared character by character, letter case aside: accents count, and so does how they are encoded.

    A service that strips accents, or takes full-width digits for others, is found out: cafe must not find a record
    called café.
    """
    cases = (("caf\u00e9", "cafe"), ("caf\u00e9", "cafe\u0301"), ("\uff15", "5"), ("\u00b2", "2"), ("a\u200bb", "ab"))
    with_text(api, "".join(_mark(api) + kept for kept, _ in cases))
    for _, asked in api.cases(cases, 3):
        expect_found(api, _mark(api) + asked, [], api.spec.search.pointer, "")


PROPERTIES: tuple[Property, ...] = (
    wildcards_mean_themselves,
    characters_find_themselves,
    spaces_count,
    unicode_is_found,
    case_is_that_of_all_scripts,
    letters_are_not_similar_ones,
)
"""The properties of the text that is searched for, in the order of the catalogue."""

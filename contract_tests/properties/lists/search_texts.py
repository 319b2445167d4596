"""Properties of the search text: every character is literal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from contract_tests.properties.lists.search import expect_found, finds
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Record
from fixtures import edge_texts
from openapi import Role

_OWN = (Role.LIST, Role.CREATE, Role.DELETE, "tag", "search")
_SPECIAL = tuple("%'\\([*_\"+.?^$|{`;#&=-~!<>,:/")
_ALWAYS = 5
"""How many of these a quick run tries, too."""
_SCRIPTS = (
    "Za\u017c\u00f3 \u0395\u03bb \u5ba2 \u05e9\u05dc \u260e \U0001f4de\U0001f680 e\u0301 \U00020bb7 \uff15 \u200b x\0y"
)
"""Many kinds of text at once. Letters that change their length with their case are left out."""
_SIMILAR = (
    (("caf\u00e9", "cafe"), ("th\u00e9", "the\u0301"), ("\uff15", "5"), ("7", "\uff17")),
    (("\u00b2", "2"), ("a\u200bb", "ab"), ("re\u0301", "r\u00e9"), ("letters", "lettters")),
)
"""Texts, and others that a loose comparison treats as equal."""
_WILD_FOR_ONE = "_?."
_LONGEST = 45
"""The service may allow less than the document says, which other properties report."""
_FIRST = ("emoji", "a NUL")
"""The edge texts that a quick run tries."""


def with_text(api: ResourceClient, text: str) -> Record:
    """A record with this text in the field of the tag."""
    return api.create_with({}, **{str(api.spec.tag_member): text})


def _packed(api: ResourceClient, parts: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Texts that contain the parts, each after a mark, and the parts of each text; only one text in a quick run."""
    most = api.spec.creating.texts[str(api.spec.tag_member)][1] - len(api.tag)
    text, held = "", list[str]()
    for part in parts:
        marked = _mark(api) + part
        if held and len(text + marked) > min(most, _LONGEST):
            yield text + api.tag, held
            if api.thoroughness.rounds == 1:
                return
            text, held = "", []
        text, held = text + marked, [*held, part]
    yield text + api.tag, held


def _mark(api: ResourceClient) -> str:
    """Enough of the tag to be unique."""
    return api.tag[4:]


@contract_property(
    "SEARCH-WILDCARDS",
    "Wildcards have no effect",
    rests_on="x-resources list/search",
    needs=_OWN,
    cost=12,
    assumed="that the text is literal",
)
def wildcards_are_literal(api: ResourceClient) -> None:
    """A wildcard in a search text is an ordinary character and finds only itself.

    Catches services that pass the text to LIKE, GLOB or a regular expression: N_ght desk, N%desk, N*desk and N.ght desk
    must not find Night desk.
    """
    with_text(api, api.tag)
    tag = api.tag
    for wild in ("%", "_", "*", "\\", *api.cases("?.", 1)):
        expect_found(api, _wild(tag, wild), [], api.spec.search.pointer, "")
    for query in (f"{tag[:3]}.*{tag[-4:]}", f"-{tag}", f"{tag} OR zz", f'"{tag}"', f"{tag}~"):
        expect_found(api, query, [], api.spec.search.pointer, "")


def _wild(text: str, wild: str) -> str:
    """The text with a wildcard in place of one character, or added if it can match nothing."""
    middle = len(text) // 2
    return text[:middle] + wild + text[middle + (wild in _WILD_FOR_ONE) :]


@contract_property(
    "SEARCH-CHARACTERS",
    "Every character finds itself",
    rests_on="x-resources list/search",
    needs=_OWN,
    cost=22,
    assumed="that the text is literal",
)
def characters_find_themselves(api: ResourceClient) -> None:
    """Characters with a meaning in databases, patterns or URLs are searched for like any other.

    Catches services that escape a percent sign wrongly, or fail at a bracket or a quotation mark: 100%, (new and "A
    must find the record 100% (new) "A".
    """
    run = _mark(api) + "".join(_SPECIAL)
    if _is_literal(api, run) and api.thoroughness.rounds == 1:
        return
    always, rest = _SPECIAL[:_ALWAYS], _SPECIAL[_ALWAYS:]
    for text, parts in _packed(api, [*always, *api.random.sample(rest, len(rest))]):
        made = [with_text(api, text)]
        for part in [*parts[:_ALWAYS], *api.cases(parts[_ALWAYS:], 1)]:
            expect_found(api, _mark(api) + part, made, api.spec.search.pointer, "")
        for part in [*parts[1:2], *api.cases(parts[2:], 0)]:
            expect_found(api, f"{_mark(api)}{part}0", [], api.spec.search.pointer, "")
        api.delete(made[0])
    made = [with_text(api, run)]
    expect_found(api, run, made, api.spec.search.pointer, "")
    expect_found(api, f"{run}0", [], api.spec.search.pointer, " to its end")


def _is_literal(api: ResourceClient, text: str) -> bool:
    """Whether a record with this text is found by it, and not by a longer text."""
    made = [with_text(api, text)]
    literal = finds(api, text, made) and finds(api, f"{text}0", [])
    api.delete(made[0])
    return literal


@contract_property(
    "SEARCH-SPACES",
    "Spaces count",
    rests_on="x-resources list/search",
    needs=_OWN,
    cost=12,
    assumed="that the text is literal",
)
def spaces_count(api: ResourceClient) -> None:
    """Spaces are part of the search text, at its ends and inside, and words must be in the order of the text.

    Catches services that trim the text or search word by word: desk North, North  desk with two spaces, and North after
    a space must not find North desk.
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
    for text, made in cases:
        expect_found(api, text, made, api.spec.search.pointer, ", including spaces")


@contract_property(
    "SEARCH-UNICODE",
    "A search finds any stored text",
    rests_on="x-resources list/search",
    needs=_OWN,
    cost=8,
    assumed="that parts of a text find it, and that text is kept character by character",
)
def any_text_is_found(api: ResourceClient) -> None:
    """A text in any script, with emoji, marks or control characters, finds itself.

    Catches services with a database that stores only part of Unicode, or that cut a text at NUL: a phone emoji at the
    end of a name must find the record.
    """
    scripts = str(api.spec.stored(str(api.spec.tag_member), _SCRIPTS))
    if _is_literal(api, f"{_mark(api)}{scripts}") and api.thoroughness.rounds == 1:
        return
    texts = edge_texts()
    ordered = [
        str(api.spec.stored(str(api.spec.tag_member), texts[name]))
        for name in (*_FIRST, *(name for name in texts if name not in _FIRST))
    ]
    for text, parts in _packed(api, ordered):
        made = [with_text(api, text)]
        for part in [*parts[:2], *api.cases(parts[2:], 2)]:
            expect_found(api, _mark(api) + part, made, api.spec.search.pointer, "")
        api.delete(made[0])
    whole = f"{_mark(api)}{scripts}"
    expect_found(api, whole, [with_text(api, whole)], api.spec.search.pointer, "")
    expect_found(api, f"{whole}0", [], api.spec.search.pointer, " to its end")


@contract_property(
    "SEARCH-CASE-UNICODE",
    "Letter case is ignored in every script",
    rests_on="x-resources list/search",
    needs=_OWN,
    cost=7,
    assumed="that letter case does not matter",
)
def case_is_ignored_in_every_script(api: ResourceClient) -> None:
    """A search ignores letter case in other alphabets and with accents, too.

    Catches services that fold only A to Z, as LIKE in SQLite does: ZÜRICH must find Zürich.
    """
    for text in api.cases(("\u00fc\u00e9\u00f8", "\u0436\u044f", "\u03b1\u03c9"), 1):
        upper = with_text(api, f"{api.tag}{text.upper()}")
        lower = with_text(api, f"{api.tag}{text}")
        expect_found(api, f"{api.tag}{text}", [upper, lower], api.spec.search.pointer, ", ignoring letter case")
        api.delete(upper)
        api.delete(lower)


@contract_property(
    "SEARCH-LETTERS",
    "Similar letters are different letters",
    rests_on="x-resources list/search",
    needs=_OWN,
    cost=12,
    assumed="that the text is literal",
)
def similar_letters_differ(api: ResourceClient) -> None:
    """A text is compared character by character, ignoring letter case: accents count, and so does how they are encoded.

    Catches services that strip accents or treat full-width digits as digits: cafe must not find café.
    """
    member = str(api.spec.tag_member)
    for cases in _SIMILAR:
        made = with_text(api, "".join(_mark(api) + kept for kept, _ in cases))
        for kept, similar in cases:
            if api.spec.stored(member, kept) == api.spec.stored(member, similar):
                continue
            expect_found(api, _mark(api) + similar, [], api.spec.search.pointer, "")
        api.delete(made)


PROPERTIES: tuple[Property, ...] = (
    wildcards_are_literal,
    characters_find_themselves,
    spaces_count,
    any_text_is_found,
    case_is_ignored_in_every_script,
    similar_letters_differ,
)
"""In the order of the catalogue."""

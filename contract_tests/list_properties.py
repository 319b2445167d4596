"""Properties of lists: paging, totals, order, filters and search."""

from __future__ import annotations

from typing import Any

from contract_tests.catalogue import Property
from contract_tests.model import contains, matching, pages_for
from contract_tests.subject import Subject
from openapi import Role
from openapi.pointers import join

_WILDCARDS = ("%", "_", "*", ".", "?")


def _keys(subject: Subject, records: list[dict[str, Any]]) -> list[str]:
    return [subject.key_of(record) for record in records]


def _at(subject: Subject, part: str) -> str:
    return join(subject.listing.pointer, part)


def pages_partition(subject: Subject) -> None:
    """Walking a list page by page with a small limit meets every matching record once and no other.

    An off-by-one in the offset drops or repeats the records at the edge of each page.
    """
    made = subject.several(5)
    wanted = sorted(_keys(subject, made))
    for limit in (1, 2, 3):
        search = subject.listing.search
        parameters = {search.parameter: subject.tag} if search else {}
        got = [key for page in subject.all_pages(limit, **parameters) for key in _keys(subject, page.items)]
        subject.expect(
            "LIST-PARTITION",
            f"Pages of {limit} do not hold every matching record once.",
            wanted,
            sorted(got),
            Role.LIST,
            _at(subject, "paging"),
        )


def pages_are_full(subject: Subject) -> None:
    """Every page but the last holds as many records as the limit says, and the page past the end none."""
    subject.several(5)
    search = subject.listing.search
    parameters = {search.parameter: subject.tag} if search else {}
    sizes = [len(page.items) for page in subject.all_pages(2, **parameters)]
    subject.expect("LIST-PAGE-SIZE", "Pages have other sizes.", [2, 2, 1, 0], sizes, Role.LIST, _at(subject, "paging"))


def counts_agree(subject: Subject) -> None:
    """`total` counts what matched, whatever the page and the limit; `pages` is that by the limit, rounded up."""
    subject.several(5)
    for limit in (1, 2, 4, 5, 100):
        paging = subject.listing.paging
        for start in (1, 2, 9) if paging else ():
            listed = subject.tagged(**{paging.start: start, paging.limit: limit} if paging else {})
            where = _at(subject, "answer")
            if listed.total is not None:
                subject.expect("LIST-TOTAL", "The total is not what matched.", 5, listed.total, Role.LIST, where)
            if listed.pages is not None:
                wanted = pages_for(5, limit)
                subject.expect("LIST-PAGES", "The number of pages is off.", wanted, listed.pages, Role.LIST, where)
            if listed.limit is not None:
                subject.expect(
                    "LIST-ECHO", "The limit is not the one asked for.", limit, listed.limit, Role.LIST, where
                )
            if listed.page is not None and paging and paging.style == "page":
                subject.expect("LIST-ECHO", "The page is not the one asked for.", start, listed.page, Role.LIST, where)


def nothing_matches(subject: Subject) -> None:
    """A search for what nobody has answers an empty list, a total of 0 and no pages."""
    listed = subject.tagged()
    where = _at(subject, "answer")
    subject.expect("LIST-EMPTY", "A search for nothing finds something.", [], listed.items, Role.LIST, where)
    for count in (listed.total, listed.pages):
        if count is not None:
            subject.expect("LIST-EMPTY", "Nothing matches and the counts are not 0.", 0, count, Role.LIST, where)


def defaults_hold(subject: Subject) -> None:
    """Without page and limit a list answers as with the defaults that the document declares."""
    paging = subject.listing.paging
    declared = {parameter.name: parameter.default for parameter in subject.operation(Role.LIST).parameters}
    subject.several(2)
    plain = subject.tagged()
    said = subject.tagged(
        **{name: declared[name] for name in (paging.start, paging.limit) if name in declared} if paging else {}
    )
    where = _at(subject, "paging")
    subject.expect("LIST-DEFAULTS", "The defaults are others.", vars_of(said), vars_of(plain), Role.LIST, where)


def order_holds(subject: Subject) -> None:
    """A list comes in the declared order, and the same list asked for twice comes in the same order."""
    made = subject.several(5)
    wanted = _keys(subject, matching(made, subject.listing, {}))
    for _ in range(2):
        got = _keys(subject, subject.tagged().items)
        subject.expect(
            "LIST-ORDER", "The list is in another order.", wanted, got, Role.LIST, subject.listing.order.pointer
        )


def list_shows_what_get_shows(subject: Subject) -> None:
    """A record is the same in a list and by itself."""
    for record in subject.several(3):
        subject.expect(
            "LIST-SAME-AS-GET",
            "The list shows a record otherwise than a get.",
            subject.accepted(Role.READ, subject.read(subject.key_of(record))),
            next((item for item in subject.tagged().items if subject.key_of(item) == subject.key_of(record)), None),
            Role.LIST,
            subject.resource.role_pointers[Role.LIST],
        )


def filters_are_exact(subject: Subject) -> None:
    """Each value of each filter keeps the records that have it, and no other, alone and with another filter."""
    made = subject.several(8)
    listing = subject.listing
    choices: dict[str, list[Any]] = {
        parameter.name: list(parameter.schema.node.get("enum", []))
        for parameter in subject.operation(Role.LIST).parameters
        if any(one.parameter == parameter.name for one in listing.filters)
    }
    single = [{name: value} for name, values in choices.items() for value in values]
    pairs = [{**one, **other} for one in single for other in single if list(one) < list(other)]
    for parameters in single + pairs:
        code, where = ("FILTER-EXACT", "filters") if len(parameters) == 1 else ("FILTER-TOGETHER", "filters")
        wanted = _keys(subject, matching(made, listing, parameters))
        sentence = f"Filtering by {parameters} finds other records."
        listed = subject.tagged(**parameters)
        subject.expect(code, sentence, wanted, _keys(subject, listed.items), Role.LIST, _at(subject, where))
        if listed.total is not None:
            sentence = f"The total under {parameters} is not what matched."
            subject.expect("FILTER-TOTAL", sentence, len(wanted), listed.total, Role.LIST, _at(subject, "answer"))


def filters_are_sound(subject: Subject) -> None:
    """Every record of a filtered list has the value asked for, whoever's record it is."""
    for one in subject.listing.filters:
        parameter = next(known for known in subject.operation(Role.LIST).parameters if known.name == one.parameter)
        for value in parameter.schema.node.get("enum", []):
            got = {item.get(one.field) for item in subject.list(**{one.parameter: value}).items}
            sentence = f"A list filtered by {one.parameter}={value} holds other records."
            subject.expect("FILTER-SOUND", sentence, [], sorted(map(str, got - {value})), Role.LIST, one.pointer)


def search_finds_parts(subject: Subject) -> None:
    """A search finds a record by the beginning, the middle and the end of a searched member, in any letter case."""
    search = subject.listing.search
    made = subject.create(subject.new_body("Straight Ahead 77"))
    text = str(made[subject.tag_member or ""])
    wanted = subject.key_of(made)
    cases = {
        "SEARCH-SUBSTRING": [text, text[: len(subject.tag)], subject.tag[3:], f"{subject.tag[2:]} Straight Ah"],
        "SEARCH-CASE": [text.upper(), text.lower(), text.swapcase()],
    }
    for code, texts in cases.items():
        for one in texts:
            got = _keys(subject, subject.list(**{search.parameter if search else "": one}).items)
            if wanted not in got:
                sentence = f"A search for {one!r} misses a record that holds it."
                raise subject.broken(code, sentence, wanted, str(got), Role.LIST, search.pointer if search else "")


def search_looks_everywhere(subject: Subject) -> None:
    """A search finds a record by each of the members that the document names, a phone number among them."""
    search, members = subject.listing.search, subject.create_members
    if search is None or members is None:
        return
    texts = {name: f"{subject.tag}{index}" for index, name in enumerate(search.fields) if name in members.texts}
    made = subject.create(subject.new_body(**texts))
    for name in search.fields:
        text = str(made.get(name) or "")
        for part in (text, text[2:]) if text else ():
            got = _keys(subject, subject.list(**{search.parameter: part}).items)
            if subject.key_of(made) not in got:
                sentence = f"A search for {part!r} misses the record whose {name} holds it."
                raise subject.broken(
                    "SEARCH-MEMBERS", sentence, subject.key_of(made), str(got), Role.LIST, search.pointer
                )


def search_is_literal(subject: Subject) -> None:
    """Characters that mean something to databases and regular expressions mean only themselves in a search."""
    search = subject.listing.search
    made = subject.create(subject.new_body("a%b_c*d.e"))
    text = str(made[subject.tag_member or ""])
    parameter = search.parameter if search else ""
    for wildcard in _WILDCARDS:
        wild = text[:4] + wildcard + text[5:]
        got = _keys(subject, subject.list(**{parameter: wild}).items)
        sentence = f"In a search {wildcard} stands for another character."
        pointer = search.pointer if search else ""
        subject.expect("SEARCH-LITERAL", sentence, [], got, Role.LIST, pointer)
    got = _keys(subject, subject.list(**{parameter: text}).items)
    sentence = "A search for %, _ and * as they stand in a record misses it."
    subject.expect("SEARCH-LITERAL", sentence, [subject.key_of(made)], got, Role.LIST, search.pointer if search else "")


def search_is_sound(subject: Subject) -> None:
    """Every record that a search finds holds the text in one of the searched members, whoever's record it is."""
    search = subject.listing.search
    if search is None:
        return
    for record in subject.list().items[:3]:
        text = next((str(record[name]) for name in search.fields if record.get(name)), "")[2:6]
        for found in subject.list(**{search.parameter: text}).items:
            if not contains(found, search.fields, text):
                sentence = f"A search for {text!r} finds a record that lacks it."
                raise subject.broken("SEARCH-SOUND", sentence, text, str(found), Role.LIST, search.pointer)


def vars_of(listed: Any) -> dict[str, Any]:
    """The parts of a list's answer by name."""
    return {name: getattr(listed, name) for name in ("items", "total", "page", "limit", "pages")}


_OWN = (Role.LIST, Role.CREATE, Role.DELETE, "tag")
PROPERTIES = (
    Property("LIST-PARTITION", "Pages hold every record once", "list/paging", (*_OWN, "paging"), True, pages_partition),
    Property(
        "LIST-PAGE-SIZE", "Pages are as long as the limit", "list/paging", (*_OWN, "paging"), True, pages_are_full
    ),
    Property("LIST-TOTAL", "Counts are of what matched", "list/answer", (*_OWN, "paging"), True, counts_agree),
    Property(
        "LIST-EMPTY", "Nothing found is an empty list", "list/answer", (Role.LIST, "search"), False, nothing_matches
    ),
    Property(
        "LIST-DEFAULTS", "Page and limit default as declared", "list/paging", (*_OWN, "paging"), True, defaults_hold
    ),
    Property("LIST-ORDER", "Lists are in the declared order", "list/order", _OWN, True, order_holds),
    Property(
        "LIST-SAME-AS-GET", "A list shows what a get shows", "list", (*_OWN, Role.READ), True, list_shows_what_get_shows
    ),
    Property(
        "FILTER-EXACT", "Filters keep what has the value", "list/filters", (*_OWN, "filters"), True, filters_are_exact
    ),
    Property(
        "FILTER-SOUND",
        "Filtered lists hold nothing else",
        "list/filters",
        (Role.LIST, "filters"),
        False,
        filters_are_sound,
    ),
    Property(
        "SEARCH-SUBSTRING", "A search finds parts in any letter case", "list/search", _OWN, True, search_finds_parts
    ),
    Property(
        "SEARCH-MEMBERS", "A search looks into every member named", "list/search", _OWN, True, search_looks_everywhere
    ),
    Property("SEARCH-LITERAL", "A search takes characters literally", "list/search", _OWN, True, search_is_literal),
    Property(
        "SEARCH-SOUND", "A search finds nothing else", "list/search", (Role.LIST, "search"), False, search_is_sound
    ),
)
"""The properties of lists."""

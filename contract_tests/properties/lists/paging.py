"""Properties of paging: what is on a page, on all of them together, and on those past the last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contract_tests.claims import expressions
from contract_tests.properties.helpers.stable_reads import Relation, expect_undisturbed, make_some
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Listed, Record
from openapi import Parameter, Role
from openapi.contract import JsonValue

_OWN = (Role.LIST, Role.CREATE, Role.DELETE, "tag", "paging")
_MOST_FOR_A_PAGE = 25


def sizes(api: ResourceClient, *sizes: int) -> list[int]:
    """Those page sizes that the document allows."""
    return [size for size in sizes if api.spec.parameter(api.spec.paging.limit).schema.is_valid(size)]


def few(api: ResourceClient) -> int:
    """How many records are enough to fill some pages."""
    return 3 if api.thoroughness.rounds == 1 else 5


def _every_page(api: ResourceClient, count: int, limit: int) -> Sequence[Listed]:
    """The pages that hold `count` records, and the one after them, whatever the service says of their number."""
    return [api.tagged(**api.page(number, limit)) for number in range(-(-count // limit) + 1)]


@contract_property(
    "LIST-PAST-END",
    "A page past the end is empty",
    rests_on="x-resources list/answer",
    needs=_OWN,
    writes=True,
    cost=8,
)
def past_the_end_is_nothing(api: ResourceClient) -> None:
    """A page past the last one holds no records, and the counts are the same as on the others.

    A service that answers 404 there, repeats the last page or says that nothing matched is found out: with two records
    on pages of two, page 2 is empty and its total still 2.
    """
    made = api.several(2)
    asked = [(number, limit) for limit in sizes(api, 2, 1, 100) for number in (2, 1, 999) if number * limit > 1]
    for number, limit in api.cases(asked, 2):
        listed = api.tagged(**api.page(number, limit))
        api.expect.that(
            f"Page {number + 1} of pages of {limit} is past the end, and not empty.",
            ("is", api.spec.listed_keys(listed), expressions.literal([])),
            Role.LIST,
            api.spec.at_list("answer"),
        )
        if api.spec.listing.answer.total:
            api.expect.that(
                f"Page {number + 1} of pages of {limit} is past the end, and its total is not that of the other pages.",
                (
                    "is",
                    expressions.json(listed, api.spec.listing.answer.total),
                    expressions.count(api.spec.seen_keys(made)),
                ),
                Role.LIST,
                api.spec.at_list("answer"),
            )


@contract_property(
    "LIST-PAGE-SIZE",
    "A page is as full as it can be",
    rests_on="x-resources list/paging/limit",
    needs=_OWN,
    writes=True,
    cost=11,
)
def pages_are_full(api: ResourceClient) -> None:
    """A page holds as many records as its size says; only the last may hold fewer, and those after it none.

    A service that reads one record too many, or takes no notice of the page size, is found out: with five records, the
    pages of two hold two, two and one.
    """
    made = api.several(few(api))
    for limit in api.cases(sizes(api, *range(1, len(made))), 1):
        for number in (0, *api.cases(range(1, -(-len(made) // limit) + 1), 1)):
            listed = api.tagged(**api.page(number, limit))
            of_page = expressions.sliced(api.spec.seen_keys(made), number * limit, (number + 1) * limit)
            api.expect.that(
                f"Page {number + 1} of pages of {limit} does not hold as many records as it should.",
                ("is", expressions.count(api.spec.listed_keys(listed)), expressions.count(of_page)),
                Role.LIST,
                api.spec.parameter(api.spec.paging.limit).pointer,
            )


@contract_property(
    "LIST-PAGES",
    "Every record is on one page",
    rests_on="x-resources list/paging",
    needs=_OWN,
    writes=True,
    cost=15,
)
def pages_hold_everything_once(api: ResourceClient) -> None:
    """All pages together hold every record that matches, and hold it once.

    A service that skips a record where two pages meet, or shows it on both, is found out: of five records on pages of
    two, the third page must hold the one that the first two don't.
    """
    made = api.several(few(api) + 1)
    for limit in api.cases(sizes(api, 1, 2, 3), 1):
        pages = _every_page(api, len(made), limit)
        api.expect.that(
            f"The pages of {limit} together do not hold every record once.",
            (
                "is",
                expressions.in_any_order(expressions.joined([api.spec.listed_keys(page) for page in pages])),
                expressions.in_any_order(api.spec.seen_keys(made)),
            ),
            Role.LIST,
            api.spec.at_list("paging"),
        )


@contract_property(
    "LIST-FAR-PAGES",
    "However far, a page is only empty",
    rests_on="paths list parameters/page/schema",
    needs=(Role.LIST, "paging"),
    cost=4,
)
def far_pages_are_empty(api: ResourceClient) -> None:
    """A page may have any number, unless the document sets a bound; however great, its page is only empty.

    A service that counts the offset in 32 or 64 bits is found out: page 9223372036854775808 must be empty, and neither
    an error nor, after an overflow, the first page once more.
    """
    start = api.spec.parameter(api.spec.paging.start)
    most = start.schema.node.get("maximum")
    far = [number for number in (2**31, 2**32 + 1, 2**53, 2**63, 2**64 + 1, 10**40) if most is None or number <= most]
    for number in api.cases(far, 2):
        listed = api.list_by(**{api.spec.paging.start: number, api.spec.paging.limit: 2})
        api.expect.that(
            f"{start.name}={number} does not show an empty page.",
            ("is", api.spec.seen_items(listed), expressions.literal([])),
            Role.LIST,
            start.schema.pointer,
            suggested_change=f"write a maximum at {start.schema.pointer}",
        )


@contract_property(
    "LIST-DEFAULTS",
    "Page and page size have the documented defaults",
    rests_on="paths list parameters/limit/schema/default",
    needs=_OWN,
    writes=True,
    cost=28,
)
def paging_has_its_defaults(api: ResourceClient) -> None:
    """A list that names no page shows the first, and one that names no page size shows as many as the document says.

    A service whose page size differs, or which shows everything unless asked, is found out: with eleven records and a
    documented default of 10, the list without paging holds ten, and page 2 the eleventh.
    """
    limit = api.spec.parameter(api.spec.paging.limit)
    default = limit.default if limit.has_default else None
    if not isinstance(default, int):
        return
    tag = {api.spec.search.parameter: api.tag}
    if default <= _MOST_FOR_A_PAGE:
        _expect_default_size(api, limit, api.several(default + 1), tag)
    plain, named = api.list_by(**tag), api.list_by(**tag, **api.page(0, default))
    api.expect.that(
        "A list that names neither page nor page size differs from one that names their defaults.",
        ("is", expressions.json(plain), expressions.json(named)),
        Role.LIST,
        f"{limit.schema.pointer}/default",
    )


def _expect_default_size(
    api: ResourceClient, limit: Parameter, made: Sequence[Record], parameters: Mapping[str, JsonValue]
) -> None:
    """Expect one record more than the default page size on two pages."""
    default = limit.default
    first = api.list_by(**parameters)
    second = api.list_by(**parameters, **{api.spec.paging.start: api.page(1, default)[api.spec.paging.start]})
    for listed, start, name in ((first, 0, "first page"), (second, default, "second page")):
        of_page = expressions.sliced(api.spec.seen_keys(made), start, start + default)
        api.expect.that(
            f"Without {limit.name}, the {name} does not hold as many records as the default says.",
            ("is", expressions.count(api.spec.listed_keys(listed)), expressions.count(of_page)),
            Role.LIST,
            f"{limit.schema.pointer}/default",
            suggested_change=f"write what the service does at {limit.schema.pointer}/default",
        )
    api.expect.that(
        f"Without {limit.name}, the first two pages do not hold every record once.",
        (
            "is",
            expressions.in_any_order(expressions.joined([api.spec.listed_keys(first), api.spec.listed_keys(second)])),
            expressions.in_any_order(api.spec.seen_keys(made)),
        ),
        Role.LIST,
        api.spec.at_list("paging"),
    )


@contract_property(
    "LIST-COUNTS",
    "The counts of an answer fit each other",
    rests_on="x-resources list/answer",
    needs=(Role.LIST, "paging", "total"),
    cost=6,
)
def counts_fit_each_other(api: ResourceClient) -> None:
    """On anybody's records: the total is the same on every page, the number of pages fits it, no page is too long.

    A service that counts the page instead of what matched is found out without a record of one's own: a page of one
    that says total 1 and a page of fifty that says total 50 can't both be right.
    """
    make_some(api, quick=0)
    answer = api.spec.listing.answer
    most = api.spec.parameter(api.spec.paging.limit).schema.node.get("maximum", 50)

    def ask() -> Sequence[Relation]:
        pages = [(limit, api.list_by(**api.page(number, limit))) for number, limit in ((0, most), (1, 1))]
        totals = [expressions.json(listed, str(answer.total)) for _, listed in pages]
        found = [
            Relation("The total depends on the page.", ("is", totals[1], totals[0]), api.spec.at_list("answer")),
        ]
        for (limit, listed), total in zip(pages, totals, strict=True):
            items = expressions.count(api.spec.seen_items(listed))
            found += [
                Relation(
                    f"A page of {limit} holds more records than that.",
                    ("is at most", items, expressions.literal(limit)),
                    api.spec.parameter(api.spec.paging.limit).pointer,
                ),
                Relation(
                    "A page holds more records than the total says.",
                    ("is at most", items, total),
                    api.spec.at_list("answer"),
                ),
            ]
            if answer.pages:
                claim = ("is", expressions.json(listed, answer.pages), expressions.pages(total, limit))
                found.append(
                    Relation(f"The number of pages of {limit} is not that of the total.", claim, answer.pointer)
                )
        return found

    expect_undisturbed(api, ask)


@contract_property(
    "LIST-REFINE",
    "Smaller pages show the same records in the same order",
    rests_on="x-resources list/paging",
    needs=(Role.LIST, "paging"),
    cost=18,
)
def smaller_pages_show_the_same(api: ResourceClient) -> None:
    """On anybody's records: one page and the smaller pages that make it up hold the same records, in the same order.

    A service that computes the offset wrongly, or orders records that tie anew for every query, is found out: pages 1
    to 4 of one record each must show what page 1 shows of four.
    """
    make_some(api, 6, quick=0)
    asked = [(parts, limit) for limit in (1, 2, 5) for parts in (2, 3, 4) if sizes(api, parts * limit)]
    for parts, limit in api.cases(asked, 1):
        whole_number = api.random.choice((0, 0, 1))

        def ask(parts: int = parts, limit: int = limit, number: int = whole_number) -> Sequence[Relation]:
            whole = api.list_by(**api.page(number, parts * limit))
            if not whole.items:
                return []
            pages = [api.list_by(**api.page(number * parts + part, limit)) for part in range(parts)]
            joined = expressions.joined([api.spec.listed_keys(page) for page in pages])
            sentence = f"{parts} pages of {limit} do not show what one page of {parts * limit} shows."
            return [Relation(sentence, ("is", joined, api.spec.listed_keys(whole)), api.spec.at_list("paging"))]

        expect_undisturbed(api, ask)


PROPERTIES: tuple[Property, ...] = (
    past_the_end_is_nothing,
    pages_are_full,
    pages_hold_everything_once,
    far_pages_are_empty,
    paging_has_its_defaults,
    counts_fit_each_other,
    smaller_pages_show_the_same,
)
"""The properties of paging, in the order of the catalogue."""

"""Properties of paging: what is on a page, on all pages together, and past the last page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contract_tests.claims import expressions
from contract_tests.properties.helpers.stable_reads import ListClaim, expect_undisturbed, make_some
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Listed, Record
from openapi import Parameter, Role
from openapi.json_value import JsonValue

_OWN = (Role.LIST, Role.CREATE, Role.DELETE, "tag", "paging")
_MOST_FOR_A_PAGE = 25


def sizes(api: ResourceClient, *sizes: int) -> list[int]:
    """Those page sizes that the document allows."""
    return [size for size in sizes if api.spec.parameter(api.spec.paging.limit).schema.is_valid(size)]


def few(api: ResourceClient) -> int:
    """Enough records to fill some pages."""
    return 2 if api.thoroughness.rounds == 1 else 5


def _every_page(api: ResourceClient, count: int, limit: int) -> Sequence[Listed]:
    """The pages for `count` records, and one more, independent of the service's counts."""
    return [api.tagged(**api.page(number, limit)) for number in range(-(-count // limit) + 1)]


@contract_property(
    "LIST-PAST-END",
    "A page past the end is empty",
    rests_on="x-resources list/answer",
    needs=_OWN,
    cost=8,
    assumed="what a page past the end shows",
)
def pages_past_the_end_are_empty(api: ResourceClient) -> None:
    """A page past the last one has no records, and the same counts as the others.

    Catches services that respond with 404, repeat the last page, or say that nothing matched: with two records and
    pages of two, page 2 is empty and its total is still 2.
    """
    made = api.several(1 if api.thoroughness.rounds == 1 else 2)
    pages = [(at, size) for size in sizes(api, 2, 1, 100) for at in (2, 1, 999) if at * size >= len(made)]
    for number, limit in api.cases(pages, 1):
        listed = api.tagged(**api.page(number, limit))
        api.expect.that(
            f"Page {number + 1} with {limit} per page is past the end but not empty.",
            ("is", api.spec.listed_keys(listed), expressions.literal([])),
            Role.LIST,
            api.spec.at_list("answer"),
        )
        if api.spec.listing.response.total and not api.spec.paging.refuses_past_end:
            api.expect.that(
                f"Page {number + 1} with {limit} per page is past the end and has another total.",
                (
                    "is",
                    expressions.json(listed, api.spec.listing.response.total),
                    expressions.count(api.spec.seen_keys(made)),
                ),
                Role.LIST,
                api.spec.at_list("answer"),
            )


@contract_property(
    "LIST-PAGE-SIZE",
    "A page has as many records as its size says",
    rests_on="x-resources list/paging/limit",
    needs=_OWN,
    cost=11,
    documented="no page has more records than its size",
)
def pages_are_full(api: ResourceClient) -> None:
    """A page has as many records as its size says. Only the last page may have fewer, and later ones none.

    Catches services that return one record too many, or ignore the page size: five records are pages of two, two and
    one.
    """
    made = api.several(few(api))
    for limit in api.cases(sizes(api, *range(1, len(made))), 1):
        for number in (0, *api.cases(range(1, -(-len(made) // limit) + 1), 1)):
            listed = api.tagged(**api.page(number, limit))
            of_page = expressions.sliced(api.spec.seen_keys(made), number * limit, (number + 1) * limit)
            api.expect.that(
                f"Page {number + 1} with {limit} per page has another number of records.",
                ("is", expressions.count(api.spec.listed_keys(listed)), expressions.count(of_page)),
                Role.LIST,
                api.spec.parameter(api.spec.paging.limit).pointer,
            )


@contract_property(
    "LIST-PAGES",
    "Every record is on exactly one page",
    rests_on="x-resources list/paging",
    needs=_OWN,
    cost=15,
    documented="walking the pages shows each record once",
)
def pages_have_every_record_once(api: ResourceClient) -> None:
    """All pages together have every matching record exactly once.

    Catches services that skip a record between two pages, or show it on both: of five records on pages of two, the
    third page must have the one that the first two lack. That no page shows a record twice is judged for each list of
    the run.
    """
    made = api.several(few(api) + 1)
    for limit in api.cases(sizes(api, 1, 2, 3), 1):
        pages = _every_page(api, len(made), limit)
        api.expect.that(
            f"The pages of {limit} together do not have every record once.",
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
    "A page far past the end is empty",
    rests_on="paths list parameters/page/schema",
    needs=(Role.LIST, "paging"),
    cost=4,
    assumed="what a page past the end shows, and that every page number is allowed",
)
def far_pages_are_empty(api: ResourceClient) -> None:
    """A page may have any number, unless the document sets a bound; a very large page is just empty.

    Catches services that compute the offset in 32 or 64 bits: page 9223372036854775808 must be empty, not an error, and
    not the first page again after an overflow.
    """
    start = api.spec.parameter(api.spec.paging.start)
    most = start.schema.node.get("maximum")
    far = [number for number in (2**31, 2**32 + 1, 2**53, 2**63, 2**64 + 1, 10**40) if most is None or number <= most]
    for number in api.cases(far, 2):
        listed = api.list_by(**{api.spec.paging.start: number, api.spec.paging.limit: api.size(2)})
        api.expect.that(
            f"{start.name}={number} is not an empty page.",
            ("is", api.spec.listed_keys(listed), expressions.literal([])),
            Role.LIST,
            start.schema.pointer,
            assumed_at=api.spec.at_list("answer"),
            suggested_change=f"write a maximum at {start.schema.pointer}",
        )


@contract_property(
    "LIST-DEFAULTS",
    "Page and page size have the documented defaults",
    rests_on="paths list parameters/limit/schema/default",
    needs=_OWN,
    cost=28,
    alone=True,
    assumed="the defaults",
)
def paging_has_defaults(api: ResourceClient) -> None:
    """A list without a page is the first page, and one without a page size has the default size.

    Catches services with another page size, or without one: with eleven records and a default of 10, the list without
    paging has ten records, and page 2 has the eleventh.
    """
    limit = api.spec.parameter(api.spec.paging.limit)
    default = limit.default if limit.has_default else None
    if not isinstance(default, int):
        return
    tag = {api.spec.search.parameter: api.tag}
    if default <= _MOST_FOR_A_PAGE:
        _expect_default_size(api, limit, api.several(default + 1), tag)
        _expect_full(api, limit)
    plain, named = api.list_by(**tag), api.list_by(**tag, **api.page(0, default))
    api.expect.that(
        "A list without page and page size differs from one with the defaults.",
        ("is", expressions.json(plain), expressions.json(named)),
        Role.LIST,
        f"{limit.schema.pointer}/default",
    )


def _expect_full(api: ResourceClient, limit: Parameter) -> None:
    """Expect the largest page of the whole list to have more records where smaller pages show that there are more.

    A total that says so may be wrong itself, and properties of the total judge that.
    """
    most = limit.schema.node.get("maximum")
    if not most:
        return

    def ask() -> Sequence[ListClaim]:
        first = api.list_by(**api.page(0, most))
        shown = len(first.items)
        if not 0 < shown < most or not sizes(api, shown):
            return []
        second = api.list_by(**api.page(1, shown))
        if api.is_refused(second):
            return []
        is_longer = ["is at least", expressions.count(api.spec.seen_items(second)), expressions.literal(1)]
        has_more = ["is at least", expressions.count(api.spec.seen_items(first)), expressions.literal(shown + 1)]
        sentence = f"A page of {most} has {shown} records, and page 2 of {shown} has more."
        return [ListClaim(sentence, ("where", is_longer, has_more), limit.pointer, code="LIST-PAGE-SIZE")]

    expect_undisturbed(api, ask)


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
            f"Without {limit.name}, the {name} has another number of records than the default.",
            ("is", expressions.count(api.spec.listed_keys(listed)), expressions.count(of_page)),
            Role.LIST,
            f"{limit.schema.pointer}/default",
            suggested_change=f"write what the service does at {limit.schema.pointer}/default",
        )
    api.expect.that(
        f"Without {limit.name}, the first two pages do not have every record once.",
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
    "The counts in a list are consistent",
    rests_on="x-resources list/answer",
    needs=(Role.LIST, "paging", "total"),
    cost=6,
    alone=True,
    documented="the counts mean what they say",
)
def counts_are_consistent(api: ResourceClient) -> None:
    """The total is the same on every page, the number of pages fits it, and no page is too long. Holds for any records.

    Catches services that count the page instead of the matches, without creating a record: a page of one with total 1
    and a page of fifty with total 50 can't both be right.
    """
    make_some(api, quick=0)
    response = api.spec.listing.response
    at_total = api.spec.at_count(str(response.total))
    most = api.spec.parameter(api.spec.paging.limit).schema.node.get("maximum", 50)

    def ask() -> Sequence[ListClaim]:
        responses = [(limit, api.list_by(**api.page(number, limit))) for number, limit in ((0, most), (1, api.size(1)))]
        pages = [(limit, listed) for limit, listed in responses if not api.is_refused(listed)]
        totals = [expressions.json(listed, str(response.total)) for _, listed in pages]
        found = [
            ListClaim("The total depends on the page.", ("is", total, totals[0]), at_total) for total in totals[1:]
        ]
        for (limit, listed), total in zip(pages, totals, strict=True):
            items = expressions.count(api.spec.seen_items(listed))
            found += [
                ListClaim(
                    f"A page of {limit} has more records than that.",
                    ("is at most", items, expressions.literal(limit)),
                    api.spec.parameter(api.spec.paging.limit).pointer,
                ),
                ListClaim(
                    "A page has more records than the total says.",
                    ("is at most", items, total),
                    at_total,
                ),
            ]
            if response.pages:
                counted = expressions.pages(total, limit, api.spec.paging.least_pages)
                claim = ("is", expressions.json(listed, response.pages), counted)
                found.append(
                    ListClaim(
                        f"The number of pages of {limit} does not fit the total.",
                        claim,
                        api.spec.at_count(response.pages),
                    )
                )
        return found

    expect_undisturbed(api, ask)


@contract_property(
    "LIST-REFINE",
    "Smaller pages show the same records in the same order",
    rests_on="x-resources list/paging",
    needs=(Role.LIST, "paging"),
    cost=18,
    alone=True,
    documented="walking the pages shows each record once",
    assumed="that the order is the same for every page size",
)
def smaller_pages_show_the_same(api: ResourceClient) -> None:
    """One page and the smaller pages that make it up show the same records in the same order. Holds for any records.

    Catches services that compute the offset wrongly, or order ties differently for every query: pages 1 to 4 with one
    record each must show what page 1 with four records shows.
    """
    make_some(api, 6, quick=0)
    pages = [(parts, limit) for limit in (1, 2, 5) for parts in (2, 3, 4) if len(sizes(api, limit, parts * limit)) == 2]
    for parts, limit in api.cases(pages, 1):
        whole_number = api.random.choice((0, 0, 1))

        def ask(parts: int = parts, limit: int = limit, number: int = whole_number) -> Sequence[ListClaim]:
            whole = api.list_by(**api.page(number, parts * limit))
            if number and not whole.items:
                number, whole = 0, api.list_by(**api.page(0, parts * limit))
            if not whole.items:
                return []
            pages = [api.list_by(**api.page(number * parts + part, limit)) for part in range(parts)]
            joined = expressions.joined([api.spec.listed_keys(page) for page in pages])
            sentence = f"{parts} pages of {limit} do not show the same as one page of {parts * limit}."
            return [ListClaim(sentence, ("is", joined, api.spec.listed_keys(whole)), api.spec.listing.order.pointer)]

        expect_undisturbed(api, ask)


PROPERTIES: tuple[Property, ...] = (
    pages_past_the_end_are_empty,
    pages_are_full,
    pages_have_every_record_once,
    far_pages_are_empty,
    paging_has_defaults,
    counts_are_consistent,
    smaller_pages_show_the_same,
)
"""In the order of the catalogue."""

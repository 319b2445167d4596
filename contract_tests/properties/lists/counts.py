"""Properties of the counts in a list: the total, the number of pages, the page and its size."""

from __future__ import annotations

from collections.abc import Sequence

from contract_tests.claims import expressions
from contract_tests.properties.helpers.stable_reads import ListClaim, expect_undisturbed, make_some
from contract_tests.properties.lists.paging import few, sizes
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from openapi import Role
from openapi.pointers import join

_MOST_WALKED = 30
_OWN = (Role.LIST, Role.CREATE, Role.DELETE, "tag", "paging")


@contract_property(
    "LIST-TOTAL",
    "The total counts all matching records",
    rests_on="x-resources list/answer/total",
    needs=(*_OWN, "total"),
    cost=11,
    documented="the total counts what matched",
    assumed="that it does so at once",
)
def total_counts_all_matches(api: ResourceClient) -> None:
    """The total of a list counts the matching records on all pages, for any page and page size.

    Catches services that count the records of the page, or of the whole account: with five matching records, a page of
    two must still say 5.
    """
    made = api.several(few(api))
    pages = [
        (number, limit) for limit in sizes(api, 1, 2, 3, 5, 100) for number in (0, 1, 2) if number * limit < len(made)
    ]
    total = str(api.spec.listing.response.total)
    for number, limit in api.cases(pages, 3):
        listed = api.tagged(**api.page(number, limit))
        api.expect.that(
            f"The total on page {number + 1} with {limit} per page is not the number of matches.",
            ("is", expressions.json(listed, total), expressions.count(api.spec.seen_keys(made))),
            Role.LIST,
            api.spec.at_count(total),
        )


@contract_property(
    "LIST-TOTAL-PAGES",
    "The number of pages fits the total",
    rests_on="x-resources list/answer/pages",
    needs=(*_OWN, "pages"),
    cost=11,
    documented="the number of pages is the total divided by the page size, rounded up",
    assumed="that it is 0 if nothing matches",
)
def pages_fit_the_total(api: ResourceClient) -> None:
    """The number of pages is the total divided by the page size, rounded up, and 0 if nothing matches.

    Catches services that round down or always add one: four records are two pages of three, two pages of two, and one
    page of four.
    """
    made = api.several(few(api))
    pages = str(api.spec.listing.response.pages)
    for limit in api.cases(sizes(api, 1, 2, 3, 4, 5, 6), 2):
        listed = api.tagged(**api.page(0, limit))
        api.expect.that(
            f"The number of pages of {limit} does not fit the number of matches.",
            (
                "is",
                expressions.json(listed, pages),
                expressions.pages(api.spec.seen_keys(made), limit, api.spec.paging.least_pages),
            ),
            Role.LIST,
            api.spec.at_count(pages),
        )
    nothing = api.list_by(**{api.spec.search.parameter: api.tag[::-1], **api.page(0, api.size(2))})
    api.expect.that(
        "A list without matches has another number of pages.",
        ("is", expressions.json(nothing, pages), expressions.literal(api.spec.paging.least_pages)),
        Role.LIST,
        api.spec.at_least_pages(),
    )


@contract_property(
    "LIST-ECHO",
    "A list says which page it is",
    rests_on="x-resources list/answer/page",
    needs=(Role.LIST, "paging"),
    cost=8,
    alone=True,
    documented="the page and the page size are those of the request",
    assumed="the defaults",
)
def lists_say_their_page(api: ResourceClient) -> None:
    """The page and page size in a list are those of the request, or the defaults.

    Catches services that count pages from 0 internally, or return the number of records as the page size: page 3 with
    7 records a page must say page 3 and limit 7, even if there are fewer records.
    """
    response, paging = api.spec.listing.response, api.spec.paging
    start = response.page if paging.style == "page" else response.offset
    if start is None and response.limit is None:
        return
    sized: list[int | None] = [None, *sizes(api, 1, 7, 100)]
    pages = [(number, size) for size in sized for number in (None, 0, 2, 40) if (number, size) != (None, None)]
    for number, size in [(None, None), *api.cases(pages, 2)]:
        named = {paging.start: number is not None, paging.limit: size is not None}
        query = {name: value for name, value in api.page(number or 0, size or 1).items() if named[name]}
        listed = api.list_by(**query)
        if api.is_refused(listed):
            continue
        for name, pointer in ((paging.start, start), (paging.limit, response.limit)):
            parameter = api.spec.parameter(name)
            wanted = query.get(name, parameter.default)
            if pointer is None or wanted is None:
                continue
            by_default = f"A list without {name} does not say {name}={wanted}, the documented default."
            api.expect.that(
                f"A list with {name}={wanted} says another {name}." if name in query else by_default,
                ("is", expressions.json(listed, pointer), expressions.literal(wanted)),
                Role.LIST,
                parameter.pointer if name in query else f"{parameter.schema.pointer}/default",
                code=None if name in query else "LIST-DEFAULTS",
            )


@contract_property(
    "LIST-HEADERS",
    "Headers count the records of a list",
    rests_on="x-resources list/answer/headers",
    needs=(Role.LIST, "count headers"),
    cost=300,
    documented="a header with the total counts what matched",
    assumed="the form of a range",
)
def headers_count_the_records(api: ResourceClient) -> None:
    """A header such as X-Total-Count has the number of records on all pages, and Content-Range that of this page, too.

    It only reads, repeatedly if there is a difference, because other clients may write. Catches services that put
    the page size into the header, or count ranges from 1.
    """
    make_some(api)
    response = api.spec.listing.response
    whole = sum(len(page.items) for page in api.pages({}))
    limit = next(iter(sizes(api, max(-(-whole // _MOST_WALKED), 2), 1)), None) if api.spec.listing.paging else None

    def ask() -> Sequence[ListClaim]:
        pages = api.pages({}, limit)
        counts = [expressions.count(api.spec.seen_items(page)) for page in pages]
        found = []
        for name, word in ((name, word) for name, word in response.headers.items() if word != "links"):
            pointer = join(response.pointer, "headers", name)
            for index, page in enumerate(pages):
                if word == "range" and not page.items:
                    continue
                header = expressions.header(page, name)
                first = 0 if limit is None else index * limit
                shown = header if word == "total" else expressions.part(header, r"/([0-9]+)$")
                claim = ("is", shown, expressions.shown(expressions.total(counts)))
                found.append(ListClaim(f"{name} on page {index + 1} is not the number of records.", claim, pointer))
                if word == "range":
                    numbers = expressions.part(header, "^items ([0-9]+-[0-9]+)/")
                    claim = ("is", numbers, expressions.literal(f"{first}-{first + len(page.items) - 1}"))
                    found.append(ListClaim(f"{name} on page {index + 1} is another range.", claim, pointer))
        return found

    expect_undisturbed(api, ask)


PROPERTIES: tuple[Property, ...] = (
    total_counts_all_matches,
    pages_fit_the_total,
    lists_say_their_page,
    headers_count_the_records,
)
"""In the order of the catalogue."""

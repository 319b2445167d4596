"""Properties of the counts that a list answers with: the total, the number of pages, the page and its size."""

from __future__ import annotations

from contract_tests.claims import expressions
from contract_tests.properties.lists.paging import few, sizes
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from openapi import Role

_OWN = (Role.LIST, Role.CREATE, Role.DELETE, "tag", "paging")


@contract_property(
    "LIST-TOTAL",
    "The total counts what matched",
    rests_on="x-resources list/answer/total",
    needs=(*_OWN, "total"),
    writes=True,
    cost=11,
)
def total_counts_what_matched(api: ResourceClient) -> None:
    """The total of a list counts all records that matched, on all pages together, whatever the page and its size.

    A service that counts the records of the page, or those of the whole account, is found out: of five records that
    match, a page of two must still say 5.
    """
    made = api.several(few(api))
    asked = [
        (number, limit) for limit in sizes(api, 1, 2, 3, 5, 100) for number in (0, 1, 2) if number * limit < len(made)
    ]
    for number, limit in api.cases(asked, 3):
        listed = api.tagged(**api.page(number, limit))
        api.expect.that(
            f"The total on page {number + 1} of pages of {limit} is not what matched.",
            (
                "is",
                expressions.json(listed, str(api.spec.listing.answer.total)),
                expressions.count(api.spec.seen_keys(made)),
            ),
            Role.LIST,
            api.spec.at_list("answer"),
        )


@contract_property(
    "LIST-TOTAL-PAGES",
    "The number of pages fits the total",
    rests_on="x-resources list/answer/pages",
    needs=(*_OWN, "pages"),
    writes=True,
    cost=11,
)
def pages_are_counted(api: ResourceClient) -> None:
    """The number of pages is the total over the page size, rounded up, and 0 where nothing matches.

    A service that rounds down, or always adds one, is found out: four records on pages of three are two pages, on pages
    of two are two, and on pages of four are one.
    """
    made = api.several(few(api))
    pages = str(api.spec.listing.answer.pages)
    for limit in api.cases(sizes(api, 1, 2, 3, 4, 5, 6), 2):
        listed = api.tagged(**api.page(0, limit))
        api.expect.that(
            f"The number of pages of {limit} is not that of what matched.",
            ("is", expressions.json(listed, pages), expressions.pages(api.spec.seen_keys(made), limit)),
            Role.LIST,
            api.spec.at_list("answer"),
        )
    nothing = api.list_by(**{api.spec.search.parameter: api.tag[::-1], **api.page(0, 2)})
    api.expect.that(
        "Where nothing matches there are pages.",
        ("is", expressions.json(nothing, pages), expressions.literal(0)),
        Role.LIST,
        api.spec.at_list("answer"),
    )


@contract_property(
    "LIST-ECHO",
    "An answer says which page it is",
    rests_on="x-resources list/answer/page",
    needs=(Role.LIST, "paging"),
    cost=8,
)
def answers_say_their_page(api: ResourceClient) -> None:
    """The page and the page size that an answer names are those that were asked for, or the defaults.

    A service that counts pages from 0 within, or echoes the number of records instead of the page size, is found out:
    asked for page 3 with 7 on a page, it must answer page 3 and limit 7, also where there are fewer records.
    """
    answer, paging = api.spec.listing.answer, api.spec.paging
    start = answer.page if paging.style == "page" else answer.offset
    sized: list[int | None] = [None, *sizes(api, 1, 7, 100)]
    asked = [(number, size) for size in sized for number in (None, 0, 2, 40) if (number, size) != (None, None)]
    for number, size in [(None, None), *api.cases(asked, 2)]:
        named = {paging.start: number is not None, paging.limit: size is not None}
        query = {name: value for name, value in api.page(number or 0, size or 1).items() if named[name]}
        listed = api.list_by(**query)
        for name, pointer in ((paging.start, start), (paging.limit, answer.limit)):
            parameter = api.spec.parameter(name)
            wanted = query.get(name, parameter.default)
            if pointer is None or wanted is None:
                continue
            left_out = f"A list without {name} does not say {name}={wanted}, the documented default."
            api.expect.that(
                f"Asked for {name}={wanted}, a list says another." if name in query else left_out,
                ("is", expressions.json(listed, pointer), expressions.literal(wanted)),
                Role.LIST,
                parameter.pointer if name in query else f"{parameter.schema.pointer}/default",
                code=None if name in query else "LIST-DEFAULTS",
            )


PROPERTIES: tuple[Property, ...] = (
    total_counts_what_matched,
    pages_are_counted,
    answers_say_their_page,
)
"""The properties of a list's counts, in the order of the catalogue."""

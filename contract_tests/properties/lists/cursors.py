"""Properties of lists that are read page by page, with a cursor or by the links of their responses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.properties.helpers.stable_reads import ListClaim, expect_undisturbed
from contract_tests.properties.lists.paging import few
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Listed
from contract_tests.target.ownership import NotJudgedError
from openapi import Refusal, Role
from openapi.pointers import join

_MOST_WALKED = 30
"""How many pages a walk takes at most, if the size of pages can be chosen."""
_BAD_CURSOR = "no-such-cursor"


@contract_property(
    "CURSOR-WALK",
    "Following cursors shows each record once",
    rests_on="x-resources list/paging",
    needs=(Role.LIST, "cursor"),
    cost=100,
    alone=True,
    documented="following the cursors shows each record once",
    assumed="that the order is the same for every page size",
)
def cursors_lead_through_the_list(api: ResourceClient) -> None:
    """Pages that are read with the cursor of the page before have each record once, in the order of a larger page.

    Catches services whose cursor repeats the last record of the page or skips the first one of the next, and
    services without a cursor before the end.
    """
    if not api.spec.shows_key(Role.LIST):
        raise NotJudgedError("the list does not show keys")
    _make_a_few(api)
    whole = sum(len(page.items) for page in api.pages({}))
    limit = max(-(-whole // _MOST_WALKED), 2)
    if whole <= limit or not _takes(api, limit):
        raise NotJudgedError(f"the list has {whole} records, which are not several pages")

    def ask() -> Sequence[ListClaim]:
        wide, pages = api.pages({}), api.pages({}, limit)
        keys, all_keys = (expressions.joined([api.spec.listed_keys(page) for page in each]) for each in (pages, wide))
        largest = expressions.count(api.spec.listed_keys(max(pages, key=lambda page: len(page.items))))
        at = api.spec.at_list("paging")
        found = [
            ListClaim(
                f"A walk with pages of {limit} has a record twice.", ("is", keys, expressions.distinct(keys)), at
            ),
            ListClaim(
                f"A walk with pages of {limit} shows other records than one with larger pages, or in another order.",
                ("is", keys, all_keys),
                at,
            ),
            ListClaim(
                f"A page of {limit} has more records than that.",
                ("is at most", largest, expressions.literal(limit)),
                at,
            ),
        ]
        total = api.spec.listing.response.total
        if total is not None:
            claim = ("is", expressions.count(keys), expressions.json(pages[0], total))
            found.append(ListClaim("A walk shows another number of records than the total.", claim, at))
        return found

    expect_undisturbed(api, ask)


@contract_property(
    "CURSOR-REFUSED",
    "A bad cursor is refused",
    rests_on="x-resources list/paging",
    needs=(Role.LIST, "cursor"),
    cost=2,
    assumed="that a cursor which no response has returned is invalid",
)
def bad_cursors_are_refused(api: ResourceClient) -> None:
    """A cursor that no response has returned is refused like any other invalid parameter.

    Catches services that show the first page again: a client with a damaged cursor would start over without noticing.
    """
    paging = api.spec.listing.cursor
    if paging is None:
        raise TypeError(f"{api.spec.listing.pointer} has no cursor")
    response = api.send(Role.LIST, query={paging.parameter: _BAD_CURSOR})
    api.expect.refused("A list with a bad cursor", response, Refusal.INVALID, Role.LIST, if_accepted=paging.pointer)


@contract_property(
    "LIST-LINKS",
    "The links of a list lead to the pages that they name",
    rests_on="x-resources list/answer/headers",
    needs=(Role.LIST, "links", "own list"),
    cost=100,
    alone=True,
    assumed="which links there are",
)
def links_lead_to_pages(api: ResourceClient) -> None:
    """The header Link has the first, the previous, the next and the last page, if they exist.

    It only reads, repeatedly if there is a difference, because other clients may write. Catches services whose
    last page has a next one, or whose links forget the page size.
    """
    name = next(name for name, word in api.spec.listing.response.headers.items() if word == "links")
    at = join(api.spec.listing.response.pointer, "headers", name)
    _make_a_few(api)
    whole = sum(len(page.items) for page in api.pages({}))
    limit = max(-(-whole // _MOST_WALKED), 2)
    if whole <= limit or not _takes(api, limit):
        raise NotJudgedError(f"the list has {whole} records, which are not several pages")

    def ask() -> Sequence[ListClaim]:
        pages, found = api.pages({}, limit), []
        for index, page in enumerate(pages):
            for relation, starts in _wanted(api, pages, index, limit).items():
                for parameter, value in starts.items():
                    shown = expressions.parameter(api.spec.link(page, relation), parameter)
                    sentence = f"The link {relation} of page {index + 1} does not lead to that page."
                    found.append(ListClaim(sentence, ("is", shown, value), at))
        return found

    expect_undisturbed(api, ask)


def _wanted(
    api: ResourceClient, pages: Sequence[Listed], index: int, limit: int
) -> Mapping[str, Mapping[str, Expression]]:
    """The values of the parameters in each link of a page; the literal None for a missing link."""
    nothing = expressions.literal(None)
    listing, full = api.spec.listing, [page for page in pages if page.items]
    if listing.paging is None:
        cursor = listing.cursor.parameter if listing.cursor else ""
        size = {listing.cursor.limit: expressions.literal(str(limit))} if listing.cursor else {}
        has_next = index + 1 < len(pages)
        following = {cursor: api.spec.next_cursor(pages[index]), **size} if has_next else {cursor: nothing}
        return {"next": following, "first": {cursor: nothing, **size}}
    numbers = {"first": 0, "prev": index - 1, "next": index + 1, "last": len(full) - 1}
    found = {}
    for relation, number in numbers.items():
        query = api.page(number, limit)
        exists = 0 <= number < len(full)
        found[relation] = {
            name: expressions.literal(str(value)) if exists else nothing for name, value in query.items()
        }
    return found


def _make_a_few(api: ResourceClient) -> None:
    """Create records if that is allowed, so that there is more than one page."""
    if api.thoroughness.writes and api.spec.has(Role.CREATE, Role.DELETE):
        api.several(few(api) + 1)


def _takes(api: ResourceClient, limit: int) -> bool:
    paging = api.spec.listing.paging or api.spec.listing.cursor
    return paging is not None and api.spec.parameter(paging.limit).schema.is_valid(limit)


PROPERTIES: tuple[Property, ...] = (cursors_lead_through_the_list, bad_cursors_are_refused, links_lead_to_pages)
"""In the order of the catalogue."""

"""Properties of all pages of the whole list, which need no search."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from contract_tests.claims import expressions
from contract_tests.properties.helpers.stable_reads import ListClaim, expect_undisturbed, make_first
from contract_tests.properties.lists.paging import few, sizes
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.target.ownership import NotJudgedError
from openapi import Role

_MOST_WALKED = 30
"""The most pages that are read, if the page size can be chosen."""


@contract_property(
    "LIST-WALK",
    "Walking the pages of a list shows each record once",
    rests_on="x-resources list/paging",
    needs=(Role.LIST, Role.CREATE, Role.DELETE, "own list", "paging"),
    cost=60,
    alone=True,
    documented="walking the pages shows each record once",
)
def walking_shows_every_record_once(api: ResourceClient) -> None:
    """The pages of the whole list have each record of the run exactly once, between those of others.

    It needs no search, and reads all pages again if there is a difference, because other clients may write. Catches
    services whose pages overlap or omit a record between two pages: with pages of three, the last record of a page must
    not be the first of the next.
    """
    made = api.several(few(api))
    whole = sum(len(page.items) for page in api.pages({}))
    least = max(-(-whole // _MOST_WALKED), 1)
    keys = api.spec.seen_keys(made)

    def ask(limit: int) -> Sequence[ListClaim]:
        listed = expressions.joined([api.spec.listed_keys(page) for page in api.pages({}, limit)])
        sentence = f"The pages of {limit} of the whole list do not have every record of the run once."
        claim = ("is", expressions.in_any_order(expressions.kept(listed, keys)), expressions.in_any_order(keys))
        return [ListClaim(sentence, claim, api.spec.at_list("paging"))]

    for limit in api.cases(sizes(api, *range(least, least + 3)), 1):
        expect_undisturbed(api, partial(ask, limit))


@contract_property(
    "LIST-ONCE",
    "No record is on two pages",
    rests_on="x-resources list/paging",
    needs=(Role.LIST, "paging"),
    cost=100,
    alone=True,
    documented="walking the pages shows each record once, and their total is that of the list",
)
def no_record_is_on_two_pages(api: ResourceClient) -> None:
    """The pages of the whole list have no record twice, and together as many as the total says. Holds for any records.

    It reads repeatedly if there is a difference, because other clients may write. Catches services whose
    second page begins with the last record of the first.
    """
    if not api.spec.shows_key(Role.LIST):
        raise NotJudgedError("the list does not show keys")
    whole = sum(len(page.items) for page in api.pages({}))
    if not whole:
        make_first(api)
    least = max(-(-whole // _MOST_WALKED), 2)
    allowed = sizes(api, least, api.size(least))
    if not allowed:
        raise NotJudgedError(f"the list has {whole} records, and pages of {least} are not allowed")
    limit = allowed[0]

    def ask() -> Sequence[ListClaim]:
        pages = api.pages({}, limit)
        keys = expressions.joined([api.spec.listed_keys(page) for page in pages])
        sentence = f"The pages of {limit} of the whole list have a record twice."
        found = [ListClaim(sentence, ("is", keys, expressions.distinct(keys)), api.spec.at_list("paging"))]
        total = api.spec.listing.response.total
        if total is not None:
            sentence = f"The pages of {limit} of the whole list have another number of records than the total."
            said = expressions.json(pages[0], total)
            claim = ["is", expressions.count(keys), said]
            # Under a condition, so that the claim is true of a correct service with more records than these pages hold.
            fits = ["is at most", said, expressions.literal(len(pages) * limit)]
            ended = ["is at most", expressions.count(api.spec.listed_keys(pages[-1])), expressions.literal(limit - 1)]
            found += [ListClaim(sentence, ("where", one, claim), api.spec.at_list("paging")) for one in (fits, ended)]
        return found

    expect_undisturbed(api, ask)


PROPERTIES: tuple[Property, ...] = (walking_shows_every_record_once, no_record_is_on_two_pages)
"""In the order of the catalogue: after the properties that name what is wrong with a page."""

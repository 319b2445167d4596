"""Properties of whole pages: the records and the counts of each, at several sizes."""

from __future__ import annotations

from collections.abc import Sequence

from contract_tests.claims import expressions
from contract_tests.properties.helpers.sample_bodies import SampleBodies
from contract_tests.properties.lists.filters import created_order
from contract_tests.properties.lists.paging import sizes
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Listed, Record
from openapi import Role

_OWN = (Role.LIST, Role.CREATE, Role.DELETE, "tag", "paging")
_RECORDS = 6
_SIZES = (3, 1, 4)
"""Pages that are all full, hold one record, and leave the last one partly empty."""
_WITHOUT_TAG_FIELD = (1, 4)


@contract_property(
    "LIST-EVERY-PAGE",
    "Every page has the right records and counts",
    rests_on="x-resources list/answer, list/paging",
    needs=_OWN,
    cost=27,
    documented="walking the pages shows each record once, and the counts are those of what matched",
    assumed="the order, and a page past the end",
)
def every_page_is_right(api: ResourceClient) -> None:
    """Every page of six records, at sizes 1, 3 and 4, holds as many as it should and has the right counts.

    The page after the last one is read, too. Some records lack an optional text, and all values of the enumerations
    occur, and each record is shown as its create returned it. Catches services that are right only on the first page:
    that say page 1 on page 2, lose the last record of a full page, round the number of pages up when it divides evenly,
    put records without a name last, or show them with the name of the next one.
    """
    made = _records(api)
    for limit in sizes(api, *_SIZES):
        numbers = range(-(-len(made) // limit) + 1)
        pages = [api.tagged(**api.page(number, limit)) for number in numbers]
        for number, page in zip(numbers, pages, strict=True):
            _expect_size(api, made, page, number, limit)
            _expect_counts(api, made, page, number, limit)
        _expect_whole(api, made, pages, limit)
        _expect_shown(api, made, pages)


def _records(api: ResourceClient) -> list[Record]:
    """Records that differ in every enumeration; two of them have the tag in another field than usual."""
    samples, tagged, texts = SampleBodies(api, Role.CREATE), str(api.spec.tag_member), api.spec.creating.texts
    others = [
        name
        for name in api.spec.search.fields
        if name not in (tagged, api.spec.mark_member) and texts.get(name, (0, 0))[1] > len(api.tag)
    ]
    made = []
    for turn in range(_RECORDS):
        body = {**samples.full(turn), **api.new_body()}
        # SEARCH-ONCE tests records that match a search in two fields.
        body |= {name: str(body[name]).replace(api.tag, "text") for name in others if name in body}
        if turn in _WITHOUT_TAG_FIELD and others and tagged not in api.spec.creating.required:
            del body[tagged]
            body[others[0]] = api.tag
        made.append(api.create(body))
    return made


def _expect_size(api: ResourceClient, made: Sequence[Record], page: Listed, number: int, limit: int) -> None:
    of_page = expressions.sliced(api.spec.seen_keys(made), number * limit, (number + 1) * limit)
    past = number * limit >= len(made)
    api.expect.that(
        f"Page {number + 1} of pages of {limit} has another number of records than it should.",
        ("is", expressions.count(api.spec.listed_keys(page)), expressions.count(of_page)),
        Role.LIST,
        api.spec.at_list("answer") if past else api.spec.parameter(api.spec.paging.limit).pointer,
        code="LIST-PAST-END" if past else "LIST-PAGE-SIZE",
    )


def _expect_counts(api: ResourceClient, made: Sequence[Record], page: Listed, number: int, limit: int) -> None:
    if api.is_refused(page):
        return
    response, paging, keys = api.spec.listing.response, api.spec.paging, api.spec.seen_keys(made)
    at_start, at_size = (api.spec.parameter(name).pointer for name in (paging.start, paging.limit))
    start = response.page if paging.style == "page" else response.offset
    past = number * limit >= len(made)
    wanted = (
        (
            response.total,
            expressions.count(keys),
            api.spec.at_list("answer"),
            "LIST-PAST-END" if past else "LIST-TOTAL",
        ),
        (
            response.pages,
            expressions.pages(keys, limit, api.spec.paging.least_pages),
            api.spec.at_list("answer"),
            "LIST-TOTAL-PAGES",
        ),
        (start, expressions.literal(api.page(number, limit)[paging.start]), at_start, "LIST-ECHO"),
        (response.limit, expressions.literal(limit), at_size, "LIST-ECHO"),
    )
    for pointer, value, rests_on, code in wanted:
        if pointer:
            api.expect.that(
                f"On page {number + 1} of pages of {limit}, {pointer.strip('/')} is wrong.",
                ("is", expressions.json(page, pointer), value),
                Role.LIST,
                rests_on,
                code=code,
            )


def _expect_whole(api: ResourceClient, made: Sequence[Record], pages: Sequence[Listed], limit: int) -> None:
    listed = expressions.joined([api.spec.listed_keys(page) for page in pages])
    api.expect.that(
        f"The pages of {limit} together do not show every record once.",
        ("is", expressions.in_any_order(listed), expressions.in_any_order(api.spec.seen_keys(made))),
        Role.LIST,
        api.spec.at_list("paging"),
        code="LIST-PAGES",
    )
    in_order = created_order(api, pages)
    if in_order:
        sentence = f"The pages of {limit} together are not ordered by the time of creation."
        api.expect.that(sentence, in_order, Role.LIST, api.spec.listing.order.pointer, code="LIST-ORDER")


def _expect_shown(api: ResourceClient, made: Sequence[Record], pages: Sequence[Listed]) -> None:
    for page in pages:
        keys = {api.spec.key_of(item) for item in page.items}
        for record in (one for one in made if api.spec.key_of(one) in keys):
            api.expect.that(
                "A list shows a new record differently from its create.",
                ("is", api.spec.listed_record(page, record), expressions.json(record)),
                Role.LIST,
                api.spec.at_role(Role.LIST),
                code="CREATE-LISTED",
            )


PROPERTIES: tuple[Property, ...] = (every_page_is_right,)
"""In the order of the catalogue."""

"""Properties of lists: their order, the fields of their records, and that they show writes."""

from __future__ import annotations

from collections.abc import Sequence

from contract_tests.claims import expressions
from contract_tests.properties.helpers.sample_bodies import changeable
from contract_tests.properties.helpers.stable_reads import ListClaim, expect_undisturbed, make_some
from contract_tests.properties.lists.filters import written
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Listed, Record
from openapi import Filter, Role

_OWN = (Role.LIST, Role.CREATE, Role.DELETE, "own list")


def _three_records(api: ResourceClient) -> list[Record]:
    """Three records. By any text, the second is not between the others; it differs from them in every enumeration."""
    letters = sorted(api.random.sample("abcdefghijklmnopqrstuvwxyz", 3))
    ranks = api.random.choice(((1, 0, 2), (1, 2, 0)))
    bodies = [api.new_body() for _ in ranks]
    for name in {name for one in api.spec.resource.unique for name in one.fields if name in bodies[0]}:
        values = sorted((body[name] for body in bodies), key=str)
        for body, rank in zip(bodies, ranks, strict=True):
            body[name] = values[rank]
    for body, rank, turn in zip(bodies, ranks, (0, -1, 0), strict=True):
        if api.spec.tag_member:
            body[api.spec.tag_member] = f"{api.tag} {letters[rank]}"
        body |= {member: values[turn] for member, values in api.spec.creating.choices.items()}
    return [api.create(body) for body in bodies]


@contract_property(
    "LIST-ORDER",
    "A list is in the documented order",
    rests_on="x-resources list/order",
    needs=_OWN,
    cost=14,
    assumed="the order",
)
def lists_are_in_order(api: ResourceClient) -> None:
    """A list is in the order of the document, such as newest first. Records of the same time may be in any order.

    Catches services that order by name or by key, put the oldest record first, or move a changed record to the front:
    the newest of three records comes first, also after the oldest was changed, and with a filter that shows only two.
    """
    for _ in range(api.thoroughness.rounds):
        api.begin()
        made = _three_records(api)
        if api.spec.update_members and changeable(api):
            api.update(made[0], _change(api, made[0]))
        _expect_order(api, made, api.tagged(), "A list")
        for one in api.cases(_separating(api), 1):
            value = written(api.spec.creating.choices[one.field][0])
            listed = api.tagged(**{one.parameter: value})
            _expect_order(api, [made[0], made[2]], listed, f"A list with {one.parameter}={value}")
        api.delete_created()


def _separating(api: ResourceClient) -> list[Filter]:
    """The filters that separate the second of the three records from the others, also after the first has changed."""
    changed = next(iter(changeable(api)), None) if api.spec.update_members else None
    choices = {name: values for name, values in api.spec.creating.choices.items() if len(values) > 1}
    return [one for one in api.spec.listing.filters if one.field in choices and one.field != changed]


def _change(api: ResourceClient, record: Record) -> Body:
    """A change that keeps the tag of a record and its position among texts."""
    name = changeable(api)[0]
    if name == api.spec.tag_member:
        return {name: f"{record.get(name)} again"}
    return {name: api.spec.updating.value(name, api.numbers)}


def _expect_order(api: ResourceClient, made: Sequence[Record], listed: Listed, what: str) -> None:
    order = api.spec.listing.order
    created = api.spec.made_by_server("time-of-creation")
    if order.by is None and created:
        times = expressions.instants(expressions.keys(api.spec.seen_items(listed), created[0]))
        in_order = expressions.descending(times) if order.descending else expressions.ascending(times)
        api.expect.that(f"{what} is not ordered by {created[0]}.", ("is", times, in_order), Role.LIST, order.pointer)
        return
    known = list(made) if order.by is None else _by_field(made, order.by)
    if known:
        wanted = api.spec.seen_keys(known[::-1] if order.descending else known)
        claim = ("is", api.spec.listed_keys(listed), wanted)
        api.expect.that(f"{what} is not ordered by {order.by or 'creation'}.", claim, Role.LIST, order.pointer)


def _by_field(made: Sequence[Record], name: str) -> list[Record]:
    """The records ordered by a field; none if the order of its values depends on the service."""
    values = [record.get(name) for record in made]
    certain = len(set(map(repr, values))) == len(values) and (
        all(isinstance(value, (int, float)) for value in values)
        or all(isinstance(value, str) and value.isascii() and value.islower() for value in values)
    )
    return sorted(made, key=lambda record: record[name]) if certain else []


@contract_property(
    "LIST-STABLE",
    "The same list is in the same order",
    rests_on="x-resources list/order",
    needs=(Role.LIST,),
    cost=7,
    alone=True,
    assumed="that the order is stable",
)
def lists_are_stable(api: ResourceClient) -> None:
    """A list that is read twice, with no write in between, is the same both times. Holds for any records.

    Catches services that leave the order to the database: while a client pages through such a list, it misses records
    and sees others twice.
    """
    make_some(api, quick=0)

    def ask() -> Sequence[ListClaim]:
        first, second = api.list_by(), api.list_by()
        claim = ("is", api.spec.seen_items(second), api.spec.seen_items(first))
        return [ListClaim("The same list differs the second time.", claim, api.spec.listing.order.pointer)]

    for _ in range(api.thoroughness.rounds):
        expect_undisturbed(api, ask)


@contract_property(
    "LIST-WHOLE",
    "A list shows whole records",
    rests_on="x-resources list/answer/items",
    needs=(*_OWN, Role.READ),
    cost=9,
    documented="a list shows the same record as a get",
)
def lists_show_whole_records(api: ResourceClient) -> None:
    """A list shows a record as a get does, whether all of its fields are set to long values or hardly any is set.

    Catches services that shorten long texts in lists, or leave out null fields there: a name of a hundred characters
    must be whole in both.
    """
    choices = {name: values[-1] for name, values in api.spec.creating.choices.items()}
    made = [api.create()]
    response = api.try_create(**choices, **_long_texts(api, 255))
    if response.status >= 400:
        # The service may allow less than the document says, which other properties report.
        response = api.try_create(**choices, **_long_texts(api, 45))
    made.append(api.expect.accepted(Role.CREATE, response))
    reads = [api.read(record) for record in made]
    listed = api.tagged()
    _expect_searched(api, listed, reads)
    for read in reads:
        api.expect.that(
            "A list shows a record differently from a get.",
            ("is", api.spec.listed_record(listed, read), expressions.json(read)),
            Role.LIST,
            api.spec.at_role(Role.LIST),
        )


def _expect_searched(api: ResourceClient, listed: Listed, reads: Sequence[Record]) -> None:
    """Blame the search, not the list, if only a list without the search shows a record."""
    keys = [str(api.spec.resource.key_of(item)) for item in listed.items]
    missing = [read for read in reads if api.spec.key_of(read) not in keys]
    if not missing or not api.spec.tag_member:
        return
    without = [str(api.spec.resource.key_of(item)) for item in api.list_by().items]
    for read in missing:
        if api.spec.key_of(read) in without:
            api.expect.that(
                "A search does not find a record that the list without it shows.",
                ("holds", api.spec.listed_keys(listed), api.spec.seen_key(read)),
                Role.LIST,
                api.spec.parameter(api.spec.search.parameter).pointer,
            )


def _long_texts(api: ResourceClient, longest: int) -> Body:
    """Texts of up to `longest` characters that the fields accept, ending in a letter, with the tag where it belongs."""
    texts: Body = {}
    for name, (_, most) in api.spec.creating.texts.items():
        start = f"{api.tag} " if name == api.spec.tag_member else ""
        if name == api.spec.mark_member:
            continue
        texts[name] = (start + "long text " * 30)[: min(most, longest) - 1] + "z"
    return texts


@contract_property(
    "LIST-AT-ONCE",
    "The whole list shows writes at once",
    rests_on="x-resources operations",
    needs=_OWN,
    cost=9,
    alone=True,
    documented="the list shows the records as they are",
    assumed="that it does so at once",
)
def lists_show_writes_at_once(api: ResourceClient) -> None:
    """The list without a search, too, shows a record as soon as it is created or changed, and not after its delete.

    Catches services that cache the first page for a minute: read before and just after a create, the page must have the
    new record if the newest come first.
    """
    order = api.spec.listing.order
    if order.by is not None or not order.descending:
        return
    wide = _widest(api)
    api.list_by(**wide)
    record = api.create()
    _expect_shown(api, record, wide, Role.CREATE)
    if api.spec.update_members and changeable(api):
        _expect_shown(api, api.update(record, _change(api, record)), wide, Role.UPDATE)
    api.delete(record)
    api.expect.that(
        "The list still shows a deleted record.",
        ("lacks", api.spec.listed_keys(api.list_by(**wide)), api.spec.seen_key(record)),
        Role.LIST,
        api.spec.at_operation(Role.DELETE),
        code="DELETE-LISTED",
    )


def _widest(api: ResourceClient) -> dict[str, int]:
    """The query parameters for the largest page."""
    paging = api.spec.listing.paging
    most = api.spec.parameter(paging.limit).schema.node.get("maximum") if paging else None
    return {paging.limit: most} if paging and most else {}


def _expect_shown(api: ResourceClient, record: Record, parameters: dict[str, int], role: Role) -> None:
    listed = api.list_by(**parameters)
    most = next(iter(parameters.values()), None)
    # On a full page, in another order than newest first, the record may be on a later one.
    assumed_at = api.spec.listing.order.pointer if most is None or len(listed.items) >= most else ""
    api.expect.that(
        f"The list does not show the record as the {role.value} returned it.",
        ("is", api.spec.listed_record(listed, record), expressions.json(record)),
        Role.LIST,
        api.spec.at_operation(role),
        assumed_at=assumed_at,
    )


PROPERTIES: tuple[Property, ...] = (
    lists_are_in_order,
    lists_are_stable,
    lists_show_whole_records,
    lists_show_writes_at_once,
)
"""In the order of the catalogue."""

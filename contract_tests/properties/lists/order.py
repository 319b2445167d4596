"""Properties of lists: their order, what they show of a record, and that they show what has just been written."""

from __future__ import annotations

from collections.abc import Sequence

from contract_tests.claims import expressions
from contract_tests.properties.helpers.stable_reads import Relation, expect_undisturbed, make_some
from contract_tests.properties.lists.filters import written
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Listed, Record
from openapi import Filter, Role

_OWN = (Role.LIST, Role.CREATE, Role.DELETE, "tag")


def _motley(api: ResourceClient) -> list[Record]:
    """Three records, of which the second is neither between the others by any text nor alike in any enumeration."""
    letters = sorted(api.random.sample("abcdefghijklmnopqrstuvwxyz", 3))
    ranks = api.random.choice(((1, 0, 2), (1, 2, 0)))
    bodies = [api.new_body() for _ in ranks]
    for name in {name for one in api.spec.resource.unique for name in one.fields if name in bodies[0]}:
        values = sorted((body[name] for body in bodies), key=str)
        for body, rank in zip(bodies, ranks, strict=True):
            body[name] = values[rank]
    for body, rank, turn in zip(bodies, ranks, (0, -1, 0), strict=True):
        body[str(api.spec.tag_member)] = f"{letters[rank]} {api.tag}"
        body |= {member: values[turn] for member, values in api.spec.creating.choices.items()}
    return [api.create(body) for body in bodies]


@contract_property(
    "LIST-ORDER",
    "A list is in the documented order",
    rests_on="x-resources list/order",
    needs=_OWN,
    writes=True,
    cost=14,
)
def lists_are_in_order(api: ResourceClient) -> None:
    """A list is in the order that the document names, such as newest first; records made at the same time may change.

    A service that orders by name or by key, puts the oldest first, or moves a record to the front when it is changed,
    is found out: of three records, the one made last comes first, also after the first has been changed, and also where
    a filter keeps only two of them.
    """
    for _ in range(api.thoroughness.rounds):
        api.begin()
        made = _motley(api)
        if api.spec.update_members:
            api.update(made[0], _change(api, made[0]))
        _expect_order(api, made, api.tagged(), "A list")
        for one in api.cases(_kept_apart(api), 1):
            value = written(api.spec.creating.choices[one.field][0])
            told = f"A list with {one.parameter}={value}"
            _expect_order(api, [made[0], made[2]], api.tagged(**{one.parameter: value}), told)
        api.delete_created()


def _kept_apart(api: ResourceClient) -> list[Filter]:
    """The filters that tell the second of three motley records from the others, also after a change of the first."""
    changed = next(iter(api.spec.updating.members)) if api.spec.update_members else None
    choices = {name: values for name, values in api.spec.creating.choices.items() if len(values) > 1}
    return [one for one in api.spec.listing.filters if one.field in choices and one.field != changed]


def _change(api: ResourceClient, record: Record) -> Body:
    """A change to make to a record, which keeps its tag, and its place among texts."""
    name = next(iter(api.spec.updating.members))
    if name == api.spec.tag_member:
        return {name: f"{record.get(name)} again"}
    return {name: api.spec.updating.value(name, api.numbers)}


def _expect_order(api: ResourceClient, made: Sequence[Record], listed: Listed, what: str) -> None:
    order = api.spec.listing.order
    place, listing = order.pointer, api.spec.listed_keys(listed)
    times_made = api.spec.made_by_server("time-of-creation")
    if order.by is None and times_made:
        name = times_made[0]
        times = expressions.instants(expressions.keys(api.spec.seen_items(listed), name))
        in_order = expressions.descending(times) if order.descending else expressions.ascending(times)
        api.expect.that(f"{what} is not ordered by {name}.", ("is", times, in_order), Role.LIST, place)
        return
    known = list(made) if order.by is None else _by_member(made, order.by)
    if known:
        wanted = api.spec.seen_keys(known[::-1] if order.descending else known)
        sentence = f"{what} is not ordered by {order.by or 'creation'}."
        api.expect.that(sentence, ("is", listing, wanted), Role.LIST, place)


def _by_member(made: Sequence[Record], name: str) -> list[Record]:
    """The records in the order of a member; none where its values don't tell the order for certain."""
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
)
def the_same_list_is_the_same(api: ResourceClient) -> None:
    """On anybody's records: a list that is asked for twice, with nothing written in between, answers twice the same.

    A service that leaves the order to the database is found out when it changes from one answer to the next; what a
    client pages through is then neither complete nor free of repetitions.
    """
    make_some(api, quick=0)

    def ask() -> Sequence[Relation]:
        first, second = api.list_by(), api.list_by()
        claim = ("is", api.spec.seen_items(second), api.spec.seen_items(first))
        return [Relation("The same list answers differently the second time.", claim, api.spec.listing.order.pointer)]

    for _ in range(api.thoroughness.rounds):
        expect_undisturbed(api, ask)


@contract_property(
    "LIST-WHOLE",
    "A list shows full records and bare ones whole",
    rests_on="x-resources list/answer/items",
    needs=(*_OWN, Role.READ),
    writes=True,
    cost=9,
)
def lists_show_records_whole(api: ResourceClient) -> None:
    """What a list shows of a record is what a get shows, be its members filled to the brim or hardly any of them set.

    A service that shortens long texts in its lists, or leaves out what is null there, is found out: a name of a hundred
    characters must come whole in both.
    """
    texts = {name: _long(api, name, most) for name, (_, most) in api.spec.creating.texts.items()}
    choices = {name: values[-1] for name, values in api.spec.creating.choices.items()}
    made = [api.create(), api.create_with({}, **choices, **texts)]
    reads = [api.read(record) for record in made]
    listed = api.tagged()
    for read in reads:
        shown = expressions.picked(api.spec.seen_items(listed), api.spec.resource.key, api.spec.seen_key(read))
        api.expect.that(
            "A list shows a record otherwise than a get.",
            ("is", shown, expressions.json(read)),
            Role.LIST,
            api.spec.at_list("answer"),
        )


def _long(api: ResourceClient, name: str, most: int) -> str:
    """A text as long as the member takes, within reason, that ends in a letter; with the tag where it belongs."""
    start = f"{api.tag} " if name == api.spec.tag_member else ""
    return (start + "long text " * 30)[: min(most, 255) - 1] + "z"


@contract_property(
    "LIST-AT-ONCE",
    "The whole list shows at once what was written",
    rests_on="x-resources operations",
    needs=_OWN,
    writes=True,
    cost=9,
)
def lists_show_writes_at_once(api: ResourceClient) -> None:
    """The list without a search, too, shows a record as soon as it is created or changed, and not once deleted.

    A service that keeps the first page in a cache for a minute is found out: asked for before and just after a record
    is created, the page must hold it, above all where the newest come first.
    """
    order = api.spec.listing.order
    if order.by is not None or not order.descending:
        return
    wide = _widest(api)
    api.list_by(**wide)
    record = api.create()
    _expect_shown(api, record, wide, Role.CREATE)
    if api.spec.update_members:
        _expect_shown(api, api.update(record, _change(api, record)), wide, Role.UPDATE)
    api.delete(record)
    api.expect.that(
        "Just after its deletion, a record is in the list still.",
        ("lacks", api.spec.listed_keys(api.list_by(**wide)), api.spec.seen_key(record)),
        Role.LIST,
        api.spec.at_role(Role.DELETE),
        code="DELETE-LISTED",
    )


def _widest(api: ResourceClient) -> dict[str, int]:
    """The parameters that ask for the largest page."""
    paging = api.spec.listing.paging
    most = api.spec.parameter(paging.limit).schema.node.get("maximum") if paging else None
    return {paging.limit: most} if paging and most else {}


def _expect_shown(api: ResourceClient, record: Record, parameters: dict[str, int], written: Role) -> None:
    listed = api.list_by(**parameters)
    shown = expressions.picked(api.spec.seen_items(listed), api.spec.resource.key, api.spec.seen_key(record))
    api.expect.that(
        f"Just after a successful {written.value}, the list does not show the record as it was answered.",
        ("is", shown, expressions.json(record)),
        Role.LIST,
        api.spec.at_role(written),
    )


PROPERTIES: tuple[Property, ...] = (
    lists_are_in_order,
    the_same_list_is_the_same,
    lists_show_records_whole,
    lists_show_writes_at_once,
)
"""The properties of lists but for paging and parameters, in the order of the catalogue."""

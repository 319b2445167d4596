"""Properties of filters: alone, together, with a search, and with pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.assertions import Claim
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Listed, Record
from openapi import Filter, Role
from openapi.json_value import JsonValue

_OWN = (Role.LIST, Role.CREATE, Role.DELETE, "own list", "filters")
_TEXTS = ("amber", "cobalt")


@dataclass(frozen=True, slots=True)
class _Made:
    """A record of the run, and the values of its filtered fields."""

    record: Record
    row: Mapping[str, JsonValue]


def _values(api: ResourceClient, field: str) -> list[JsonValue]:
    """Values that a create or an update can give the field; none if a client can't choose it."""
    if field == api.spec.tag_member:
        return []
    for members in (api.spec.create_members, api.spec.update_members):
        if members is None or field not in members.members or field in members.numbers:
            continue
        node = members.members[field]
        if "enum" in node:
            return list(node["enum"])
        if node.get("type") == "boolean":
            return [True, False]
        if field in members.texts:
            return [text for text in _TEXTS if members.texts[field][0] <= len(text) <= members.texts[field][1]]
    return []


def _chosen(api: ResourceClient) -> dict[Filter, list[JsonValue]]:
    """The filters with fields that a client can set, each with two or more values to try."""
    found = {one: _values(api, one.field) for one in api.spec.listing.filters}
    return {one: values for one, values in found.items() if len(values) > 1}


def written(value: JsonValue) -> str:
    """A value as a query parameter."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _make(api: ResourceClient, row: Mapping[str, JsonValue], text: str = "") -> _Made:
    """Create a record with the values of `row`; an update sets those that a create does not accept."""
    starting = {name: value for name, value in row.items() if name in api.spec.creating.members}
    named = {str(api.spec.tag_member): f"{api.tag}{text}{_ending(api)}"} if text else {}
    record = api.create_with({}, **starting, **named)
    later = {name: value for name, value in row.items() if name not in starting}
    if later:
        api.update(record, later)
    return _Made(record, row)


def _ending(api: ResourceClient) -> str:
    """A suffix that makes a text unique, if no two records may have the same, and that the same search finds."""
    unique = {name for one in api.spec.resource.unique for name in one.fields}
    return f" {len(api.client.trace)}" if api.spec.tag_member in unique and not api.spec.search_is_whole else ""


def _without_text(api: ResourceClient, rows: Sequence[Mapping[str, JsonValue]]) -> list[Record]:
    """Records with these values that have the tag in another field than usual, and lack the usual one."""
    if api.spec.tag_member is None:
        return []
    texts = api.spec.creating.texts
    other = next(
        (name for name in api.spec.search.fields if texts.get(name, (0, 0))[1] >= 40 and name != api.spec.tag_member),
        None,
    )
    if other is None or api.spec.tag_member in api.spec.creating.required:
        return []
    made = []
    for row in rows:
        starting = {name: value for name, value in row.items() if name in api.spec.creating.members}
        record = api.create({**api.least(api.spec.creating), **starting, other: api.tag})
        later = {name: value for name, value in row.items() if name not in starting}
        made.append(api.update(record, later) if later else record)
    return made


def _rows(chosen: Mapping[Filter, Sequence[JsonValue]], count: int) -> list[dict[str, JsonValue]]:
    """Rows that rotate through all values of each field, every field a step slower than the one before."""
    rows: list[dict[str, JsonValue]] = []
    for index in range(count):
        rest = index
        row: dict[str, JsonValue] = {}
        for one, values in chosen.items():
            row[one.field] = values[rest % len(values)]
            rest = rest // len(values) + index
        rows.append(row)
    return rows


def _expect_kept(
    api: ResourceClient, made: Sequence[_Made], wanted: Mapping[Filter, JsonValue], pointer: str, **parameters: str
) -> None:
    """Expect a list with the filters `wanted` to show exactly those of `made` that have the values."""
    query = {one.parameter: written(value) for one, value in wanted.items()}
    listed = api.tagged(**query, **parameters)
    matching = [one.record for one in made if all(one.row[each.field] == value for each, value in wanted.items())]
    named = " and ".join(f"{name}={value}" for name, value in query.items())
    kept = api.spec.seen_keys(matching)
    api.expect.that(
        f"A list with {named} does not show exactly the matching records.",
        ("is", expressions.in_any_order(api.spec.listed_keys(listed)), expressions.in_any_order(kept)),
        Role.LIST,
        pointer,
    )
    total = api.spec.own_total
    if total:
        api.expect.that(
            f"The total of a list with {named} is not the number of matching records.",
            ("is", expressions.json(listed, total), expressions.count(kept)),
            Role.LIST,
            api.spec.at_count(total),
        )
    in_order = created_order(api, [listed])
    if in_order:
        sentence = f"A list with {named} is not ordered by the time of creation."
        api.expect.differs(sentence, in_order, Role.LIST, api.spec.listing.order.pointer, code="LIST-ORDER")


def created_order(api: ResourceClient, pages: Sequence[Listed]) -> Claim | None:
    """The claim that pages are ordered by the time of creation; None if the document has no such order."""
    order, created = api.spec.listing.order, api.spec.made_by_server("time-of-creation")
    if order.by is not None or not created:
        return None
    shown = [expressions.keys(api.spec.seen_items(page), created[0]) for page in pages]
    times = expressions.instants(expressions.joined(shown))
    return "is", times, expressions.descending(times) if order.descending else expressions.ascending(times)


@contract_property(
    "FILTER-EXACT",
    "A filter shows all matching records and no others",
    rests_on="paths list parameters/(filter)",
    needs=_OWN,
    cost=24,
    documented="a filter shows all records with the value, and no others",
)
def filters_are_exact(api: ResourceClient) -> None:
    """A filter shows every record with the value, for each value of the enumeration, and no other record.

    Catches services that ignore a filter, forget one of its values, or compare with the value at creation: of four
    records with four statuses, each status must show one. Also catches services that lose a record without a name when
    there is a filter.
    """
    chosen = _chosen(api)
    most = max((len(values) for values in chosen.values()), default=0)
    rows = _rows(chosen, most)
    made = [_make(api, row) for row in rows]
    made += [_Made(record, rows[0]) for record in _without_text(api, rows[:1])]
    for one, values in chosen.items():
        for value in values:
            _expect_kept(api, made, {one: value}, api.spec.parameter(one.parameter).pointer)


@contract_property(
    "FILTER-TOGETHER",
    "Several filters must all match",
    rests_on="x-resources list/filters",
    needs=_OWN,
    cost=13,
    assumed="that several filters must all match",
)
def filters_must_all_match(api: ResourceClient) -> None:
    """A list with several filters shows the records that match all of them, and the total counts these.

    Catches services that join conditions by OR, or use only the last one: of a private active record, a private
    inactive one and a shared active one, type=private with status=active shows the first only.
    """
    chosen = _chosen(api)
    if len(chosen) < 2:
        return
    first, second = api.random.sample(list(chosen), 2)
    for _ in range(api.thoroughness.rounds):
        ours, others = (api.random.sample(chosen[first], 2), api.random.sample(chosen[second], 2))
        rest = {one.field: values[0] for one, values in chosen.items() if one not in (first, second)}
        pairs = [(ours[0], others[0]), (ours[0], others[1]), (ours[1], others[0])]
        api.begin()
        made = [_make(api, {**rest, first.field: left, second.field: right}) for left, right in pairs]
        for left, right in (pairs[0], (ours[1], others[1])):
            wanted = {first: left, second: right}
            _expect_kept(api, made, wanted, api.spec.at_list("filters"))
        api.delete_created()


@contract_property(
    "FILTER-AND-SEARCH",
    "A search and filters must all match",
    rests_on="x-resources list/filters",
    needs=(*_OWN, "tag", "search"),
    cost=12,
    assumed="that a search and filters must all match",
)
def search_and_filters_must_match(api: ResourceClient) -> None:
    """A search with filters shows the records that contain the text and have the values.

    Catches services that drop the filters when there is a search, or the other way round: a search for north with a
    type and a status must not show the record of that type that is called south.
    """
    chosen = _chosen(api)
    for _ in range(api.thoroughness.rounds):
        api.begin()
        row, other = ({one.field: api.random.choice(values) for one, values in chosen.items()} for _ in range(2))
        one = api.random.choice(list(chosen)) if chosen else None
        if one:
            other = {**row, one.field: api.random.choice([v for v in chosen[one] if v != row[one.field]])}
        north = _make(api, row, "north")
        is_unique = any(api.spec.tag_member in unique.fields for unique in api.spec.resource.unique)
        made = [north, _make(api, row, "south"), _make(api, other, "northern" if is_unique else "north")]
        wanted = {each: row[each.field] for each in chosen}
        searched = {api.spec.search.parameter: f"{api.tag}north"}
        _expect_kept(api, [made[0], made[2]], wanted, api.spec.at_list("filters"), **searched)
        api.delete_created()


@contract_property(
    "FILTER-PAGES",
    "Totals and pages count what a filter shows",
    rests_on="x-resources list/answer",
    needs=(*_OWN, "tag", "paging"),
    cost=14,
    documented="totals and pages count what matched",
)
def filtered_lists_are_paged(api: ResourceClient) -> None:
    """With a filter, the total and the pages are those of the matching records.

    Catches services that filter the page instead of the list, ignore the page size when there is a filter, or count
    without the filter: of five records three match, so pages of two have two, one and no records, and the total is 3.
    """
    chosen = _chosen(api)
    if not chosen:
        return
    one = api.random.choice(list(chosen))
    value, other = api.random.sample(chosen[one], 2)
    fields = (value, other, value, other, value) if api.thoroughness.rounds > 1 else (value, other, value)
    made = [_make(api, {one.field: field}) for field in fields]
    matching = api.spec.seen_keys([each.record for each in made if each.row[one.field] == value])
    for limit in sorted({api.size(1), api.size(2)} if api.thoroughness.rounds > 1 else {api.size(1)}, reverse=True):
        query = {one.parameter: written(value)}
        numbers = range(-(-fields.count(value) // limit) + 1)
        pages = [api.tagged(**query, **api.page(number, limit)) for number in numbers]
        for number, page in zip(numbers, pages, strict=True):
            of_page = expressions.sliced(matching, number * limit, (number + 1) * limit)
            api.expect.that(
                f"With {one.parameter}={value}, page {number + 1} has another number of records than it should.",
                ("is", expressions.count(api.spec.listed_keys(page)), expressions.count(of_page)),
                Role.LIST,
                api.spec.at_list("paging"),
            )
            for pointer, wanted in () if api.is_refused(page) else _counts(api, matching, limit):
                api.expect.that(
                    f"With {one.parameter}={value}, {pointer.strip('/')} does not fit the matching records.",
                    ("is", expressions.json(page, pointer), wanted),
                    Role.LIST,
                    api.spec.at_count(pointer),
                )
        api.expect.that(
            f"With {one.parameter}={value}, the pages of {limit} do not show every matching record once.",
            (
                "is",
                expressions.in_any_order(expressions.joined([api.spec.listed_keys(page) for page in pages])),
                expressions.in_any_order(matching),
            ),
            Role.LIST,
            api.spec.at_list("paging"),
        )


def _counts(api: ResourceClient, matching: Expression, limit: int) -> list[tuple[str, Expression]]:
    response = api.spec.listing.response
    counts = (
        (response.total, expressions.count(matching)),
        (response.pages, expressions.pages(matching, limit, api.spec.paging.least_pages)),
    )
    return [(pointer, wanted) for pointer, wanted in counts if pointer]


PROPERTIES: tuple[Property, ...] = (
    filters_are_exact,
    filters_must_all_match,
    search_and_filters_must_match,
    filtered_lists_are_paged,
)
"""In the order of the catalogue."""

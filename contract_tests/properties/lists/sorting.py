"""Properties of lists that a query parameter sorts."""

from __future__ import annotations

from collections.abc import Sequence

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.properties.helpers.compared_fields import bodies_with, is_made_time, is_shown
from contract_tests.properties.helpers.stable_reads import ListClaim, expect_undisturbed, make_some
from contract_tests.properties.lists.paging import sizes
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Listed
from contract_tests.target.ownership import NotJudgedError
from openapi import Refusal, Role, Sort, SortTerm
from openapi.comparisons import ComparedField
from openapi.json_value import JsonValue

_UNKNOWN = "no-such-field"


@contract_property(
    "LIST-SORT",
    "A sorted list is in the requested order",
    rests_on="x-resources list/sort",
    needs=(Role.LIST, Role.CREATE, Role.DELETE, "own list", "sort"),
    cost=60,
    assumed="what the parameter sorts by, and that an unknown field is refused",
)
def sorted_lists_are_in_order(api: ResourceClient) -> None:
    """A list is sorted by each field that the parameter may name, in both directions, and by two fields together.

    Catches services that ignore the parameter or its minus, sort numbers as texts, or forget the second field. Of
    products for 10, 9 and 9, sorted by price and name, the two for 9 come first, in the order of their names.
    """
    tried = 0
    for field in api.cases(_fields(api), 4):
        api.begin()
        if not (is_shown(api, field) and _make_different(api, field)):
            continue
        for name, term in _named(api, field):
            tried += 1
            query = _query(api, [(name, term)])
            _expect_order(api, api.tagged(**query), term, query)
        api.delete_created()
    tried += _expect_two_fields(api)
    if not tried:
        raise NotJudgedError("no field that the list is sorted by can be given a value")
    _expect_unknown(api)


@contract_property(
    "LIST-SORT-PAGES",
    "A sorted list is in order on all pages together",
    rests_on="x-resources list/sort",
    needs=(Role.LIST, "sort"),
    cost=40,
    alone=True,
    assumed="what the parameter sorts by, and that the order is stable",
)
def sorted_lists_are_in_order_on_all_pages(api: ResourceClient) -> None:
    """Pages of a sorted list are in order one after the other, and show what one larger page does, in the same order.

    It only reads. Catches services that sort the page instead of the list, and services whose order of records with
    the same value changes.
    """
    make_some(api, quick=0)
    terms = [(name, term) for field in _fields(api) if is_shown(api, field) for name, term in _named(api, field)]
    for name, term in api.cases(terms, 4):
        query = _query(api, [(name, term)])

        def ask(term: SortTerm = term, query: dict[str, str] = query) -> Sequence[ListClaim]:
            pages = _first_pages(api, query)
            if api.spec.listing.paging is None:
                whole = api.list_by(**query)
            else:
                whole = api.list_by(**query, **api.page(0, api.size(sum(len(page.items) for page in pages) or 1)))
            joined = expressions.joined([api.spec.listed_keys(page) for page in pages])
            what = _text(query)
            sentence = f"Smaller pages of a list with {what} do not show the same as a larger one."
            found = [ListClaim(sentence, ("is", joined, api.spec.listed_keys(whole)), _at(api))]
            if _is_certain(whole, term.field):
                items = expressions.joined([api.spec.seen_items(page) for page in pages])
                values = expressions.reached(items, term.field.path, term.field.is_time)
                claim = ("is", values, _in_order(values, term))
                found.append(ListClaim(f"A list with {what} is not in order.", claim, _at(api)))
            return found

        expect_undisturbed(api, ask)


def _at(api: ResourceClient) -> str:
    return api.spec.at_list("sort")


def _sort(api: ResourceClient) -> Sort:
    sort = api.spec.listing.sort
    if sort is None:
        raise TypeError(f"{api.spec.listing.pointer} has no sort")
    return sort


def _fields(api: ResourceClient) -> list[ComparedField]:
    return list(dict.fromkeys(term.field for term in _sort(api).terms.values()))


def _named(api: ResourceClient, field: ComparedField) -> list[tuple[str, SortTerm]]:
    """The names of the field in requests, in each possible direction."""
    sort, found = _sort(api), []
    for name, term in sort.terms.items():
        if term.field == field:
            found.append((name, term))
            if sort.direction is not None:
                found.append((name, SortTerm(field, descending=True)))
    return [(name, term) for name, term in found if _takes(api, [(name, term)])]


def _query(api: ResourceClient, terms: Sequence[tuple[str, SortTerm]]) -> dict[str, str]:
    sort = _sort(api)
    query = {sort.parameter: ",".join(name for name, _ in terms)}
    if sort.direction is not None:
        descending = terms[0][1].descending
        query[sort.direction.parameter] = sort.direction.descending if descending else sort.direction.ascending
    return query


def _takes(api: ResourceClient, terms: Sequence[tuple[str, SortTerm]]) -> bool:
    """Whether the parameter may name these terms."""
    sort, names = _sort(api), [name for name, _ in terms]
    value: JsonValue = names if sort.many else ",".join(names)
    # The style decides how an array is written; a single value is written the same in all styles.
    return (len(names) == 1 or not sort.many) and api.spec.parameter(sort.parameter).schema.is_valid(value)


def _text(query: dict[str, str]) -> str:
    return " and ".join(f"{name}={value}" for name, value in query.items())


def _bodies(api: ResourceClient, field: ComparedField) -> list[tuple[JsonValue, Body]]:
    """Bodies that differ in the field, in ascending order; none if the order depends on the service."""
    path, members = field.path, api.spec.creating.members
    is_listed = len(path) == 1 and "enum" in members.get(path[0], {})
    return [] if is_listed else bodies_with(api, field)


def _make_different(api: ResourceClient, field: ComparedField) -> bool:
    """Create records with several values of the field, the first one in the middle."""
    if is_made_time(api, field):
        for _ in range(2):
            api.create()
        return True
    bodies = _bodies(api, field)
    for _, body in (*bodies[1:2], *bodies[:1], *bodies[2:]):
        api.create(body)
    return len(bodies) > 1


def _expect_order(api: ResourceClient, listed: Listed, term: SortTerm, query: dict[str, str]) -> None:
    values = expressions.reached(api.spec.seen_items(listed), term.field.path, term.field.is_time)
    claim = ("is", values, _in_order(values, term))
    api.expect.that(f"A list with {_text(query)} is not in order.", claim, Role.LIST, _at(api))


def _in_order(values: Expression, term: SortTerm) -> Expression:
    return expressions.descending(values) if term.descending else expressions.ascending(values)


def _expect_two_fields(api: ResourceClient) -> bool:
    """Expect the second field to count if the first one is equal; returns whether that could be tried."""
    able = [field for field in _fields(api) if is_shown(api, field) and len(_bodies(api, field)) > 1]
    pairs = [(one, other) for one in able for other in able if one.path[0] != other.path[0]]
    named = [(*_named(api, one)[:1], *_named(api, other)[-1:]) for one, other in pairs]
    named = [terms for terms in named if len(terms) == len({name for name, _ in terms}) and _takes(api, terms)]
    for terms in api.cases(named, 1)[:1]:
        api.begin()
        (_, first), (_, second) = terms
        bodies, others = (_bodies(api, term.field) for term in (first, second))
        name = second.field.path[0]
        rows = [(1, 0), (0, 1), (1, 1), (0, 0)]
        made = {row: api.create({**bodies[row[0]][1], name: others[row[1]][1][name]}) for row in rows}
        rows.sort(key=lambda row: row[1], reverse=second.descending)
        rows.sort(key=lambda row: row[0], reverse=first.descending)
        query = _query(api, terms)
        claim = ("is", api.spec.listed_keys(api.tagged(**query)), api.spec.seen_keys([made[row] for row in rows]))
        api.expect.that(f"A list with {_text(query)} is not in order.", claim, Role.LIST, _at(api))
        api.delete_created()
    return bool(named)


def _expect_unknown(api: ResourceClient) -> None:
    """Expect a sort by a field that does not exist to be refused, if the document says so."""
    if api.spec.words["query/unknown-values"] == "ignored":
        return
    response = api.send(Role.LIST, query={_sort(api).parameter: _UNKNOWN})
    what = f"A list with {_sort(api).parameter}={_UNKNOWN}"
    api.expect.refused(what, response, Refusal.INVALID, Role.LIST, if_accepted=_at(api))


def _first_pages(api: ResourceClient, query: dict[str, str]) -> list[Listed]:
    """The first pages of a sorted list; the whole list if it has no pages."""
    if api.spec.listing.paging is None:
        return [api.list_by(**query)]
    size = next(iter(sizes(api, 2, 1, 3, 5)), None)
    if size is None:
        raise NotJudgedError("no small page is allowed")
    return [api.list_by(**query, **api.page(number, size)) for number in range(3)]


def _is_certain(listed: Listed, field: ComparedField) -> bool:
    """Whether the order of the field's values is independent of the service; that of texts may not be."""
    values = [one for item in listed.items for one in field.values_in(item)]
    return all(isinstance(one, (int, float)) for one in values)


PROPERTIES: tuple[Property, ...] = (sorted_lists_are_in_order, sorted_lists_are_in_order_on_all_pages)
"""In the order of the catalogue."""

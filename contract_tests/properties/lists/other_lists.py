"""Properties of lists at other paths than the collection's."""

from __future__ import annotations

from typing import NamedTuple

from contract_tests.claims import expressions
from contract_tests.properties.helpers.compared_fields import bodies_with
from contract_tests.properties.lists.filters import written
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Record
from contract_tests.target.ownership import NotJudgedError
from openapi import Listing, Role
from openapi.comparisons import ComparedField, Comparison
from openapi.json_value import JsonValue

_VALUES = 2


class _Filter(NamedTuple):
    """A query parameter, and how the field compares with it."""

    parameter: str
    field: ComparedField
    comparison: Comparison
    pointer: str


@contract_property(
    "LIST-ELSEWHERE",
    "A list at another path shows all matching records and no others",
    rests_on="x-resources lists",
    needs=(Role.CREATE, Role.DELETE, "lists"),
    cost=60,
    assumed="which field a parameter compares",
)
def other_lists_are_exact(api: ResourceClient) -> None:
    """Of several new records, such a list shows exactly those that its filter keeps; without a filter, all of them.

    Records that the run did not create may be in it, too. Catches services with a /pets/findByStatus that knows only
    the pets from the start, or ignores the status.
    """
    tried = 0
    for name, other in api.spec.resource.lists.items():
        for one in _filters(api, name, other.listing):
            api.begin()
            bodies = bodies_with(api, one.field)
            made = [api.whole(api.create(body)) for _, body in bodies]
            values = [value for value, _ in bodies]
            with api.at_list(name):
                for value in values[:_VALUES] if api.thoroughness.rounds == 1 else values:
                    tried += 1
                    _expect_exact(api, one, value, made)
            api.delete_created()
        if not (other.listing.filters or other.listing.criteria):
            api.begin()
            made = [api.create(), api.create()]
            with api.at_list(name):
                tried += 1
                claim = ("is", api.spec.listed_keys(api.tagged()), api.spec.seen_keys(made))
                observed, expected = (expressions.in_any_order(each) for each in claim[1:])
                sentence = "A list at another path does not show exactly the records."
                api.expect.that(sentence, ("is", observed, expected), Role.LIST, other.listing.pointer)
            api.delete_created()
    if not tried:
        raise NotJudgedError("no field that a filter compares can be given a value")


def _expect_exact(api: ResourceClient, one: _Filter, value: JsonValue, made: list[Record]) -> None:
    """Raise PropertyFailedError unless the list shows those of the records that the filter keeps, in any order."""
    listed = api.tagged(**{one.parameter: written(value)})
    records, field = expressions.all_of([expressions.json(record) for record in made]), one.field
    kept = expressions.satisfying(records, field.path, one.comparison, [value], field.is_time)
    shown, wanted = api.spec.listed_keys(listed), expressions.keys(kept, api.spec.resource.key)
    api.expect.that(
        f"A list with {one.parameter}={written(value)} does not show exactly the matching records.",
        ("is", expressions.in_any_order(shown), expressions.in_any_order(wanted)),
        Role.LIST,
        one.pointer,
    )


def _filters(api: ResourceClient, name: str, listing: Listing) -> list[_Filter]:
    """The filters of a list that can be tried alone: no other parameter restricts the list if it is not sent."""
    operation = api.spec.contract.operations[name]
    always = {
        one.name
        for one in operation.parameters
        if one.location == "query" and (one.required or "default" in one.schema.node)
    }
    paging = listing.paging or listing.cursor
    always -= {paging.limit} if paging else set()
    always -= {listing.paging.start} if listing.paging else set()
    found = [
        _Filter(one.parameter, ComparedField((one.field,), False), "equal", one.pointer) for one in listing.filters
    ]
    found += [
        _Filter(one.parameter, one.field, one.comparison, one.pointer)
        for one in listing.criteria
        if len(one.source) == 1
    ]
    return [one for one in found if not always - {one.parameter}]


PROPERTIES: tuple[Property, ...] = (other_lists_are_exact,)
"""In the order of the catalogue."""

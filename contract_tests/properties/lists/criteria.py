"""Properties of filters that compare: by bounds, by items of arrays, by nested fields."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from contract_tests.claims import expressions
from contract_tests.claims.comparing import values_at
from contract_tests.properties.helpers.compared_fields import bodies_with, is_made_time, is_shown
from contract_tests.properties.lists.filters import written
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Listed
from contract_tests.target.ownership import NotJudgedError
from openapi import Criterion, Role
from openapi.flattening import flat, types_of
from openapi.json_value import JsonValue

_LONG_AGO, _FAR_AHEAD = "2001-01-01T00:00:00Z", "2099-01-01T00:00:00Z"
_LEAST_APART_S = 2


@contract_property(
    "FILTER-COMPARES",
    "A filter that compares shows all matching records and no others",
    rests_on="x-resources list/filters",
    needs=(Role.LIST, Role.CREATE, Role.DELETE, "own list", "criteria"),
    cost=60,
    assumed="which field a parameter compares, and how",
)
def comparing_filters_are_exact(api: ResourceClient) -> None:
    """A filter by a bound, by an item of an array or by a nested field shows every matching record and no other.

    Catches services that ignore minPrice, leave out the product whose price is the bound itself, or find a tag only
    if it is the first one. Of three products for 1, 2 and 3, minPrice=2 must show two.
    """
    tried = 0
    for one in api.cases(api.spec.listing.criteria, 6):
        api.begin()
        bounds = _made_for(api, one)
        for bound in bounds if api.thoroughness.rounds > 1 else bounds[:2]:
            tried += 1
            whole, listed = api.tagged(), api.tagged(**{one.parameter: written(bound)})
            keys = expressions.keys(_satisfying(api, whole, one, bound), api.spec.resource.key)
            shown, wanted = (expressions.in_any_order(each) for each in (api.spec.listed_keys(listed), keys))
            sentence = f"A list with {one.parameter}={written(bound)} does not show exactly the matching records."
            api.expect.that(sentence, ("is", shown, wanted), Role.LIST, one.pointer)
        api.delete_created()
    if not tried:
        raise NotJudgedError("no field that a filter compares can be given a value")


@contract_property(
    "FILTER-COMPARES-SOUND",
    "A filter that compares shows only matching records",
    rests_on="x-resources list/filters",
    needs=(Role.LIST, "criteria"),
    cost=8,
    alone=True,
    assumed="which field a parameter compares, and how",
)
def comparing_filters_are_sound(api: ResourceClient) -> None:
    """Every record in a list with such a filter has a value that satisfies it. Holds for any records.

    Catches services that ignore the bound, without creating a record.
    """
    first, tried = api.list_by(), 0
    for one in api.cases(api.spec.listing.criteria, 3):
        bound = _seen_bound(api, first, one)
        if bound is None:
            continue
        tried += 1
        listed = api.list_by(**{one.parameter: written(bound)})
        claim = ("is", api.spec.seen_items(listed), _satisfying(api, listed, one, bound))
        sentence = f"A list with {one.parameter}={written(bound)} shows records that do not match."
        api.expect.that(sentence, claim, Role.LIST, one.pointer)
    if not tried:
        raise NotJudgedError("no record has a value that a filter compares")


def _satisfying(api: ResourceClient, listed: Listed, one: Criterion, bound: JsonValue) -> Any:
    field = one.field
    return expressions.satisfying(api.spec.seen_items(listed), field.path, one.comparison, [bound], field.is_time)


def _made_for(api: ResourceClient, one: Criterion) -> list[JsonValue]:
    """Create records that differ in the compared value; returns the bounds to try, the one in the middle first."""
    if not is_shown(api, one.field):
        return []
    if is_made_time(api, one.field):
        api.create()
        return _allowed(api, one, [_FAR_AHEAD, _LONG_AGO])
    bodies = bodies_with(api, one.field)
    if len(bodies) < 2:
        return []
    for _, body in bodies:
        api.create(body)
    values = [value for value, _ in bodies]
    middle = len(values) // 2
    values = [values[middle], *values[:middle], *values[middle + 1 :]]
    return _allowed(api, one, values)


def _allowed(api: ResourceClient, one: Criterion, bounds: list[JsonValue]) -> list[JsonValue]:
    """The bounds that the parameter allows, as they are sent."""
    sent = [_as_sent(api, one, bound) for bound in bounds]
    return [bound for bound in sent if _takes(api, one, bound)]


def _as_sent(api: ResourceClient, one: Criterion, bound: JsonValue) -> JsonValue:
    """The bound in the form of the parameter, such as a date."""
    is_date = one.field.is_time and _sent_schema(api, one).get("format") == "date"
    return str(bound)[:10] if is_date else bound


def _sent_schema(api: ResourceClient, one: Criterion) -> dict[str, Any]:
    schema = api.spec.parameter(one.source[0]).schema
    said = flat(schema.document, schema.node)
    for name in one.source[1:]:
        said = flat(schema.document, said["properties"][name])
    return flat(schema.document, said["items"]) if types_of(said) == ("array",) and "items" in said else said


def _takes(api: ResourceClient, one: Criterion, bound: JsonValue) -> bool:
    """Whether the parameter may have the value."""
    schema = api.spec.parameter(one.source[0]).schema
    value: JsonValue = bound
    said = flat(schema.document, schema.node)
    if types_of(said) == ("array",):
        value = [bound]
    for name in reversed(one.source[1:]):
        value = {name: value}
    return schema.is_valid(value)


def _seen_bound(api: ResourceClient, listed: Listed, one: Criterion) -> JsonValue:
    """A bound between the values that records of the list have; None if there is none."""
    path, is_time = one.field.path, one.field.is_time
    if not is_shown(api, one.field):
        return None
    values = list(_comparable(listed, path, is_time))
    if not values:
        return None
    if is_time:
        # A service may know a time more precisely than it shows it, so no record is at the bound.
        apart = max(values) - min(values) >= _LEAST_APART_S
        middle = datetime.fromtimestamp((max(values) + min(values)) / 2, UTC)
        far = _LONG_AGO if one.comparison in ("below", "at-most") else _FAR_AHEAD
        bound: JsonValue = f"{middle:%Y-%m-%dT%H:%M:%SZ}" if apart else far
    else:
        ordered = sorted(values) if len({isinstance(one, str) for one in values}) == 1 else values
        bound = ordered[len(ordered) // 2]
    bound = _as_sent(api, one, bound)
    return bound if _takes(api, one, bound) else None


def _comparable(listed: Listed, path: tuple[str, ...], is_time: bool) -> Iterator[Any]:
    for item in listed.items:
        yield from values_at(item, path, is_time)


PROPERTIES: tuple[Property, ...] = (comparing_filters_are_exact, comparing_filters_are_sound)
"""In the order of the catalogue."""

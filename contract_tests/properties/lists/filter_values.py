"""Properties of filters that hold for any records, and of filter values outside of the enumeration."""

from __future__ import annotations

from collections.abc import Sequence

from contract_tests.claims import expressions
from contract_tests.properties.helpers.query_words import expect_read
from contract_tests.properties.helpers.stable_reads import ListClaim, expect_undisturbed, make_first, make_some
from contract_tests.properties.lists.filters import written
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.target.ownership import NotJudgedError
from openapi import Filter, Role
from openapi.json_value import JsonValue

_NO_VALUE = "no record has a value of a filter"


@contract_property(
    "FILTER-SOUND",
    "A filtered list shows only records with the value",
    rests_on="paths list parameters/(filter)",
    needs=(Role.LIST, "filters"),
    cost=7,
    alone=True,
    documented="a filter shows only records with the value",
)
def filters_are_sound(api: ResourceClient) -> None:
    """Every record in a filtered list has the value of the filter. Holds for any records.

    Catches services that ignore the filter, or treat it as a prefix so that active also finds activeX.
    """
    make_some(api, quick=0)
    pairs = [(one, value) for one in api.spec.listing.filters for value in _enumerated(api, one)]
    chosen = api.cases(pairs, 3)
    if not chosen or _expect_sound(api, chosen):
        return
    make_first(api, _NO_VALUE)
    if not _expect_sound(api, pairs):
        raise NotJudgedError(_NO_VALUE)


def _expect_sound(api: ResourceClient, pairs: Sequence[tuple[Filter, JsonValue]]) -> bool:
    """Judge a list for each value of a filter; returns whether one of the lists has a record."""
    has_any = False
    for one, value in pairs:
        listed = api.list_by(**{one.parameter: written(value)})
        api.expect.that(
            f"A list with {one.parameter}={written(value)} shows records with another {one.field}.",
            ("is within", expressions.keys(api.spec.seen_items(listed), one.field), expressions.literal([value])),
            Role.LIST,
            api.spec.parameter(one.parameter).pointer,
        )
        has_any = has_any or bool(listed.items)
    return has_any


def _enumerated(api: ResourceClient, one: Filter) -> list[JsonValue]:
    """The values that the document lists for a filter."""
    return list(api.spec.parameter(one.parameter).schema.node.get("enum", ()))


@contract_property(
    "FILTER-PARTITION",
    "The lists for all values of a filter add up to the whole list",
    rests_on="x-resources list/filters",
    needs=(Role.LIST, "filters", "total"),
    cost=11,
    documented="a filter shows all records with the value",
)
def filters_partition_the_list(api: ResourceClient) -> None:
    """The totals for all values of an enumeration add up to the total without the filter. Holds for any records.

    Catches services that forget a value, or show a record under two of them: registered, pending, active and inactive
    must add up to all.
    """
    make_some(api)
    total = str(api.spec.listing.response.total)
    # Another client's record may have a value that the document does not list: that is observed, not a failure.
    own = api.thoroughness.writes and api.spec.tag_member is not None
    listed, relation = (api.tagged, "is") if own else (api.list_by, "is at most")
    for one in api.cases([each for each in api.spec.listing.filters if _always_set(api, each)], 1):
        pointer = api.spec.parameter(one.parameter).pointer

        def ask(one: Filter = one, pointer: str = pointer) -> Sequence[ListClaim]:
            everything = listed()
            parts = [listed(**{one.parameter: written(value)}) for value in _enumerated(api, one)]
            totals = [expressions.json(part, total) for part in parts]
            sentence = f"The totals for all values of {one.parameter} do not add up to the total of the list."
            claim = (relation, expressions.total(totals), expressions.json(everything, total))
            claims = [ListClaim(sentence, claim, pointer)]
            for part in parts:
                claim = ("is at most", expressions.json(part, total), expressions.json(everything, total))
                claims.append(ListClaim(f"With {one.parameter}, a list has a greater total.", claim, pointer))
            return claims

        expect_undisturbed(api, ask)


def _always_set(api: ResourceClient, one: Filter) -> bool:
    """Whether every record has one of the values that the document lists for the filter."""
    record = api.spec.resource.record.node
    values = _enumerated(api, one)
    return bool(values) and one.field in record.get("required", ()) and _choices(api, one.field) == values


def _choices(api: ResourceClient, field: str) -> list[JsonValue]:
    for members in (api.spec.create_members, api.spec.update_members):
        if members and field in members.choices:
            return members.choices[field]
    return []


@contract_property(
    "FILTER-REFUSES",
    "A filter value outside the enumeration is refused",
    rests_on="paths list parameters/(filter)/schema/enum",
    needs=(Role.LIST, "filters"),
    cost=24,
    assumed="what an unknown or empty value does: refused, ignored, or nothing found",
)
def unknown_values_are_refused(api: ResourceClient) -> None:
    """A filter value that its enumeration lacks is refused: another word, other letter case, an empty one.

    Catches services that show everything, or nothing, for an unknown value: if status=actve is not refused, a client
    mistakes a typing error for an empty list.
    """
    for one in api.spec.listing.filters:
        parameter = api.spec.parameter(one.parameter)
        for text in _near(api, [str(value) for value in _enumerated(api, one)], many=parameter.many):
            expect_read(api, parameter, text, f"{parameter.schema.pointer}/enum")


def _near(api: ResourceClient, values: Sequence[str], *, many: bool) -> list[str]:
    """Texts that are close to a value, but not valid; a quick run has one of each kind.

    `many` is whether the parameter may have several values, with commas between them.
    """
    if not values:
        return []
    value, other = api.random.choice(values), values[-1]
    kinds = (
        (value.upper(), value.title()),
        (f"{value} ", f" {value}", f"{value}\n"),
        (value[:-1], f"{value}s", f"{value}x"),
        ("*", "null", "0", *(() if many else (f"{value},{other}",))),
        ("",),
    )
    found = [[text for text in texts if text not in values] for texts in kinds]
    if api.thoroughness.rounds > 1:
        return [text for texts in found for text in texts]
    return [api.random.choice(texts) for texts in found if texts]


PROPERTIES: tuple[Property, ...] = (filters_are_sound, filters_partition_the_list, unknown_values_are_refused)
"""In the order of the catalogue."""

"""Properties of filters on anybody's records: what they show has the value, and which values they refuse."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from contract_tests.claims import expressions
from contract_tests.properties.helpers.stable_reads import Relation, expect_undisturbed, make_some
from contract_tests.properties.lists.filters import written
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from openapi import Filter, Refusal, Role
from openapi.contract import JsonValue


@contract_property(
    "FILTER-SOUND",
    "What a filter shows has the value",
    rests_on="paths list parameters/(filter)",
    needs=(Role.LIST, "filters"),
    cost=7,
)
def filters_are_sound(api: ResourceClient) -> None:
    """On anybody's records: whatever a list shows under a filter has the value that was asked for.

    A service that ignores the filter, or takes it for the beginning of a word so that active finds inactive, is found
    out by the first record that has another value.
    """
    make_some(api, quick=0)
    pairs = [(one, value) for one in api.spec.listing.filters for value in _known(api, one)]
    for one, value in api.cases(pairs, 3):
        listed = api.list_by(**{one.parameter: written(value)})
        api.expect.that(
            f"A list with {one.parameter}={written(value)} shows records with another {one.field}.",
            ("is within", expressions.keys(api.spec.seen_items(listed), one.field), expressions.literal([value])),
            Role.LIST,
            api.spec.parameter(one.parameter).pointer,
        )


def _known(api: ResourceClient, one: Filter) -> list[JsonValue]:
    """The values that the document enumerates for a filter."""
    return list(api.spec.parameter(one.parameter).schema.node.get("enum", ()))


@contract_property(
    "FILTER-PARTITION",
    "The values of a filter share out the list",
    rests_on="x-resources list/filters",
    needs=(Role.LIST, "filters", "total"),
    cost=11,
)
def filters_share_out_the_list(api: ResourceClient) -> None:
    """On anybody's records: the lists for all values of an enumeration together are the list without the filter.

    A service that forgets a value, or shows a record under two of them, is found out by the totals: those under
    registered, pending, active and inactive must add up to the total of all.
    """
    make_some(api)
    total = str(api.spec.listing.answer.total)
    # Somebody else's record may have a value that the document doesn't know: that is observed, and no fault.
    own = api.thoroughness.writes and api.spec.tag_member is not None
    listed, relation = (api.tagged, "is") if own else (api.list_by, "is at most")
    for one in api.cases([each for each in api.spec.listing.filters if _always_set(api, each)], 1):

        def ask(one: Filter = one) -> Sequence[Relation]:
            everything = listed()
            parts = [listed(**{one.parameter: written(value)}) for value in _known(api, one)]
            totals = [expressions.json(part, total) for part in parts]
            sentence = f"The totals under all values of {one.parameter} do not add up to the total of the list."
            claims = [
                Relation(
                    sentence, (relation, expressions.total(totals), expressions.json(everything, total)), one.pointer
                )
            ]
            for part in parts:
                claim = ("is at most", expressions.json(part, total), expressions.json(everything, total))
                claims.append(Relation(f"With {one.parameter}, a list has a greater total.", claim, one.pointer))
            return claims

        expect_undisturbed(api, ask)


def _always_set(api: ResourceClient, one: Filter) -> bool:
    """Whether every record has one of the values that the document enumerates for the filter."""
    record = api.spec.resource.record.node
    values = _known(api, one)
    return bool(values) and one.field in record.get("required", ()) and _enumerated(api, one.field) == values


def _enumerated(api: ResourceClient, field: str) -> list[JsonValue]:
    for members in (api.spec.create_members, api.spec.update_members):
        if members and field in members.choices:
            return members.choices[field]
    return []


@contract_property(
    "FILTER-REFUSES",
    "A value that the enumeration lacks is refused",
    rests_on="paths list parameters/(filter)/schema/enum",
    needs=(Role.LIST, "filters"),
    cost=10,
)
def unknown_values_are_refused(api: ResourceClient) -> None:
    """A filter by a value that its enumeration doesn't have is refused: another word, other letter case, an empty one.

    A service that shows everything, or nothing, for a value that it doesn't know is found out: status=actve must be
    refused, or the client takes a spelling mistake for an empty list.
    """
    cases: list[tuple[Filter, str]] = []
    for one in api.spec.listing.filters:
        values = [str(value) for value in _known(api, one)]
        if values:
            value, other = api.random.choice(values), values[-1]
            wrong = [
                value.upper(),
                value.title(),
                f"{value} ",
                f" {value}",
                value[:-1],
                f"{value}s",
                f"{value},{other}",
            ]
            cases += [(one, text) for text in (*wrong, "", "*", "null", "0") if text not in values]
    for one, text in api.cases(cases, 4):
        answer = api.send(Role.LIST, query={one.parameter: text})
        schema = api.spec.parameter(one.parameter).schema
        what = f"A list with {one.parameter}={quote(text)}"
        api.expect.refused(what, answer, Refusal.INVALID, Role.LIST, f"{schema.pointer}/enum")


PROPERTIES: tuple[Property, ...] = (
    filters_are_sound,
    filters_share_out_the_list,
    unknown_values_are_refused,
)
"""The properties of filters on anybody's records, in the order of the catalogue."""

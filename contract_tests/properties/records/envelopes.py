"""Properties of envelopes: the location of the record in responses, and the parts around it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.properties.helpers.sample_bodies import valid_change
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Record
from contract_tests.target.client import ReceivedResponse
from contract_tests.target.ownership import NotJudgedError
from openapi import Role
from openapi.envelope import filled
from openapi.json_value import JsonValue
from openapi.pointers import join, split


@contract_property(
    "ENVELOPE-RECORD",
    "Responses have the record where the document says",
    rests_on="x-resources answer/record",
    needs=(Role.CREATE, Role.DELETE, "envelope"),
    cost=8,
    assumed="where a response has the record",
)
def responses_have_the_record(api: ResourceClient) -> None:
    """The responses of create, read and update have the record's key where `answer` says.

    Catches services that return the bare record from one operation and wrap it in the others, or that return an empty
    envelope.
    """
    for role, response in _responses(api):
        if api.spec.resource.response(api.spec.operation(role).id).record:
            api.expect.that(
                f"The response of {api.spec.operation(role).id} has no record where the document says.",
                ("is not", api.spec.seen_key(Record({}, response.step, response.at)), expressions.literal(None)),
                role,
                join(api.spec.resource.pointer, "answer", "record"),
            )


@contract_property(
    "ENVELOPE-FIXED",
    "The parts around a record have their documented values",
    rests_on="x-resources answer/fixed",
    needs=(Role.CREATE, Role.DELETE, "fixed parts"),
    cost=8,
    assumed="the values of the parts around a record",
)
def fixed_parts_have_their_values(api: ResourceClient) -> None:
    """The parts of a response that `answer/fixed` describes have those values: a link leads to its own record.

    Catches services whose links name another record, or keep the key of the record that was read first.
    """
    api.create()
    for role, response in _responses(api):
        envelope = api.spec.resource.response(api.spec.operation(role).id)
        for pointer, value in envelope.fixed.items():
            for leaf, wanted in _leaves(filled(value, response.record), pointer):
                _expect_fixed(api, role, expressions.whole(response, leaf), wanted, pointer)
    if api.spec.lists_own:
        _expect_in_list(api)


def _expect_in_list(api: ResourceClient) -> None:
    records = [api.create(), api.create()]
    listed = api.tagged()
    above = api.spec.resource.response(api.spec.operation(Role.CREATE).id).record
    for pointer, value in api.spec.resource.response(api.spec.operation(Role.LIST).id).fixed.items():
        for record in records:
            for leaf, wanted in _leaves(filled(value, record), pointer):
                shown = reduce(expressions.member, split(leaf), api.spec.listed_record(listed, record))
                _expect_fixed(api, Role.LIST, shown, wanted, above + pointer)


def _leaves(value: JsonValue, pointer: str) -> Iterator[tuple[str, JsonValue]]:
    """The values in an object at `pointer` that are not objects: a claim about an object is about described fields."""
    if not isinstance(value, dict):
        yield pointer, value
        return
    for name, inner in value.items():
        yield from _leaves(inner, join(pointer, name))


def _expect_fixed(api: ResourceClient, role: Role, shown: Expression, value: JsonValue, pointer: str) -> None:
    api.expect.that(
        f"The response of {api.spec.operation(role).id} has another {pointer} than the document says.",
        ("is", shown, expressions.literal(value)),
        role,
        join(api.spec.resource.pointer, "answer", "fixed", pointer),
    )


def _responses(api: ResourceClient) -> Iterator[tuple[Role, ReceivedResponse]]:
    """Successful responses that show one record, after a create of it."""
    response = api.try_create()
    api.expect.success(Role.CREATE, response)
    yield Role.CREATE, response
    if not response.record:
        raise NotJudgedError("the response of the create shows no record")
    key = api.spec.key_of(Record(response.record, response.step, response.at))
    for role in (Role.READ, Role.UPDATE, Role.REPLACE):
        if api.spec.has(role):
            response = api.send(role, key=key, body=None if role is Role.READ else valid_change(api, role))
            api.expect.success(role, response)
            yield role, response


PROPERTIES: tuple[Property, ...] = (responses_have_the_record, fixed_parts_have_their_values)
"""In the order of the catalogue."""

"""The property of requests that break one rule, as `callcamp-fixtures invalid` writes them."""

from __future__ import annotations

from urllib.parse import parse_qsl

from contract_tests.properties.errors.invalid_bodies import SIMILAR_VALUES
from contract_tests.properties.helpers.invalid_bodies import (
    body_operations,
    broken_keywords,
    expect_invalid,
    invalid_bodies,
    send_invalid,
)
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.query_readings import reading
from contract_tests.resource.resource_client import ResourceClient
from fixtures import InvalidRequest
from openapi import Refusal, Role

_OWN = (Role.CREATE, Role.DELETE)
_LENGTHS = ("minLength", "maxLength", "minimum", "maximum", "minProperties")
_ELSEWHERE = (
    *_LENGTHS,
    "required",
    "type",
    "enum",
    "const",
    "pattern",
    "additionalProperties",
    "unevaluatedProperties",
)
"""Keywords of bodies that the properties in `invalid_bodies` test."""


@contract_property(
    "ERROR-ONE-RULE",
    "A request that breaks one rule is refused",
    rests_on="paths/*/*/parameters and requestBody",
    needs=_OWN,
    cost=16,
    assumed="that the service refuses values outside of a schema instead of ignoring or correcting them",
)
def requests_that_break_one_rule_are_refused(api: ResourceClient) -> None:
    """A request that is valid except for one query parameter, or one rarer rule of its body, is refused as invalid.

    The requests are those of `callcamp-fixtures invalid`: a search text that is too long, a list with too many items.
    Catches services that check most rules and forget one.
    """
    operations = {operation: role for role, operation in api.spec.resource.operations.items()}
    listing = api.spec.resource.listing
    # Others judge the parameters of paging, and of filters by enumerations.
    judged = {listing.paging.start, listing.paging.limit} if listing and listing.paging else set()
    judged |= {one.parameter for one in listing.filters if _is_enumerated(api, one.parameter)} if listing else set()
    for query in api.invalid_requests:
        if query.operation not in operations or query.location != "query" or query.pointer in judged:
            continue
        if api.thoroughness.rounds == 1 and query.name.endswith(SIMILAR_VALUES):
            continue
        _send_query(api, operations[query.operation], query)
    rarer = broken_keywords(api).difference(_ELSEWHERE)
    bodies = invalid_bodies(api, body_operations(api), *rarer) if rarer else []
    for one in bodies:
        response = send_invalid(api, one)
        if response is not None:
            expect_invalid(api, one.what, response, one.operation.role, one.case.rule)


def _is_enumerated(api: ResourceClient, parameter: str) -> bool:
    return "enum" in api.spec.parameter(parameter).schema.node


def _send_query(api: ResourceClient, role: Role, one: InvalidRequest) -> None:
    key = api.spec.key_of(api.create()) if "{" in one.path else None
    response = api.send(role, key=key, query=one.query)
    if role is Role.LIST and _is_read_otherwise(api, one):
        return
    api.expect.refused(
        one.name.replace(", ", " with ", 1),
        response,
        Refusal.INVALID,
        role,
        if_accepted=one.rule,
        assumed_at=api.spec.at_refusal(role, Refusal.INVALID),
        code="ERROR-STATUS" if response.status >= 400 else None,
    )


def _is_read_otherwise(api: ResourceClient, one: InvalidRequest) -> bool:
    """Whether the document says that such a value is not refused; another property judges it."""
    sent = dict(parse_qsl(one.query, keep_blank_values=True))
    known = {parameter.name: parameter for parameter in api.spec.operation(Role.LIST).parameters}
    text = sent.get(one.pointer)
    words = api.spec.words
    return text is not None and one.pointer in known and reading(words, known[one.pointer], text).kind != "refused"


PROPERTIES: tuple[Property, ...] = (requests_that_break_one_rule_are_refused,)
"""In the order of the catalogue."""

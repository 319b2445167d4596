"""The property of requests that break one rule: the same ones that `callcamp-fixtures invalid` writes."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body
from contract_tests.target.guarded_adapter import RefusedRequestError
from fixtures import InvalidRequest, invalid_requests
from openapi import Refusal, Role

_OWN = (Role.CREATE, Role.DELETE)
_FEW = 3


@contract_property(
    "ERROR-ONE-RULE",
    "A request that breaks one rule is refused",
    rests_on="paths/*/*/parameters and requestBody",
    needs=_OWN,
    writes=True,
    cost=14,
)
def request_that_breaks_one_rule_is_refused(api: ResourceClient) -> None:
    """A request in which all is right but for one value is refused as invalid, whichever rule that value breaks.

    The requests are those that `callcamp-fixtures invalid` writes: just too long and far too long, a choice in
    capitals, a number as text, each for every parameter and member. A service that checks each rule of its registration
    and forgets one in its update is found out. A quick run tries a few of each operation.
    """
    roles = {operation: role for role, operation in api.spec.resource.operations.items()}
    everything = [
        one for one in invalid_requests(api.spec.contract, api.random.getrandbits(32)) if one.operation in roles
    ]
    for operation, role in roles.items():
        cases = api.cases([one for one in everything if one.operation == operation], _FEW)
        key = api.spec.key_of(api.create()) if cases and "{" in cases[0].path else None
        for one in cases:
            how: dict[str, Any] = {"query": one.query} if one.location == "query" else {"data": _body(api, role, one)}
            # A number that is wrong may be in no reserved range, and is then not sent.
            with suppress(RefusedRequestError):
                answer = api.send(role, key=key, **how)
                place = one.rule if answer.status < 400 else ""
                api.expect.refused(f"A request ({one.name})", answer, Refusal.INVALID, role, place)


def _body(api: ResourceClient, role: Role, one: InvalidRequest) -> bytes:
    """The body, with values of our own for what is right in it: a service that takes it makes no record of others."""
    body = one.body
    if role is Role.CREATE and isinstance(body, dict):
        ours: Body = api.new_body()
        body = {name: value if f"/{name}" == one.pointer else ours.get(name, value) for name, value in body.items()}
    return json.dumps(body).encode()


PROPERTIES: tuple[Property, ...] = (request_that_breaks_one_rule_is_refused,)
"""The property, for the catalogue."""

"""Nested collections in a run: each is checked below one record, which the run creates and keeps until its end."""

from __future__ import annotations

from collections.abc import Callable

from contract_tests.findings.finding import PropertyFailedError
from contract_tests.resource.binding import below
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.target.ledger import under_way
from contract_tests.target.ownership import NotJudgedError
from openapi import Contract, Resource, Role

NewClient = Callable[[Contract, Resource], ResourceClient]


def is_nested(resource: Resource) -> bool:
    """Whether the records belong to one of another resource."""
    return resource.parent is not None


def bound_clients(
    contract: Contract, clients: list[ResourceClient], new: NewClient
) -> tuple[Contract, list[ResourceClient]]:
    """Clients of the nested resources, and the contract in which their paths have the keys of new records.

    A resource is left out if its parent can't be created.
    """
    known = {one.spec.resource.name: one for one in clients}
    waiting = [one for one in contract.resources.values() if is_nested(one)]
    while waiting:
        ready = [one for one in waiting if one.parent and one.parent.resource in known]
        if not ready:
            break
        for resource in ready:
            waiting.remove(resource)
            above = known[resource.parent.resource] if resource.parent else None
            prefix = _new_parent(above) if above else None
            if prefix is not None:
                contract = below(contract, resource, prefix)
                known[resource.name] = new(contract, contract.resources[resource.name])
                known[resource.name].prefix = prefix
                known[resource.name].refer_to(list(known.values()))
    return contract, [known[name] for name in contract.resources if name in known]


def _new_parent(above: ResourceClient) -> str | None:
    """The path of a new record, without the API's base path; None if none can be created."""
    if not above.spec.has(Role.CREATE, Role.DELETE) or not above.spec.shows_key(Role.CREATE):
        return None
    above.prepare("")
    try:
        # Records without a property stay until the end of the run.
        with under_way("the parents of nested collections"):
            key = above.spec.key_of(above.create())
    except (PropertyFailedError, NotJudgedError):
        return None
    resource = above.spec.resource
    return resource.path_of(key)

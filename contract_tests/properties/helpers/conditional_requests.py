"""Which operations of a resource take conditional requests (RFC 9110, section 13)."""

from __future__ import annotations

from collections.abc import Iterator

from contract_tests.resource.resource_client import ResourceClient
from openapi import Operation, Role

CHANGES = (Role.UPDATE, Role.REPLACE)
FAILED, REQUIRED = 412, 428
"""The statuses for a condition that does not hold, and for a missing one (RFC 6585, section 3)."""


def parts(api: ResourceClient) -> Iterator[str]:
    """The conditional requests that the resource supports, named as in a property's `needs`."""
    if api.spec.resource.etag:
        yield "etag"
        if api.spec.operation(Role.READ).header("If-None-Match"):
            yield "if-none-match"
        if taking(api):
            yield "if-match"
        if requiring(api):
            yield "if-match required"


def taking(api: ResourceClient) -> list[Role]:
    """The writes to one record that take If-Match."""
    roles = (*CHANGES, Role.DELETE)
    return [role for role in roles if api.spec.has(role) and api.spec.operation(role).header("If-Match")]


def requiring(api: ResourceClient) -> list[Role]:
    """Those that require it, and declare a status for requests without it."""
    return [role for role in taking(api) if _is_required(api.spec.operation(role))]


def _is_required(operation: Operation) -> bool:
    parameter = operation.header("If-Match")
    return parameter is not None and parameter.required and str(REQUIRED) in operation.responses

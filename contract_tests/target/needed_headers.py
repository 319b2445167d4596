"""The headers that requests to an operation need, beyond those that every request has."""

from __future__ import annotations

from openapi import Operation, Resource


def needed_headers(resource: Resource, operation: Operation) -> dict[str, str]:
    """The headers with which a request is accepted, whatever the state of its record is."""
    condition = operation.header("If-Match") if resource.etag else None
    return {condition.name: "*"} if condition is not None and condition.required else {}

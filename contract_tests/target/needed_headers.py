"""The headers that requests to an operation need, beyond those that every request has."""

from __future__ import annotations

import uuid

from openapi import Operation, Resource


def needed_headers(resource: Resource, operation: Operation) -> dict[str, str]:
    """The headers with which a request is accepted, whatever the state of its record is."""
    condition = operation.header("If-Match") if resource.etag else None
    key = operation.header(resource.idempotency_key) if resource.idempotency_key else None
    headers = {condition.name: "*"} if condition is not None and condition.required else {}
    return {**headers, key.name: new_key()} if key is not None and key.required else headers


def new_key() -> str:
    """An idempotency key that no request has sent, in this run or in another."""
    return str(uuid.uuid4())

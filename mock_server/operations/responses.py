"""Writes the result of an operation as the response that the document declares."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias
from urllib.parse import quote

from mock_server.http.messages import HttpResponse
from mock_server.store.store import Stored
from openapi.contract import Contract
from openapi.envelope import BARE, Envelope
from openapi.json_value import JsonValue
from openapi.model.http import MediaType, Operation
from openapi.model.resource import Resource, Role

CreatedWriter: TypeAlias = Callable[[Stored, Mapping[str, JsonValue]], HttpResponse]
"""Writes a new record; the path values are those of its parents."""

_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")
"""The characters that need no percent-encoding in a path (RFC 3986, section 2.3)."""


def record_writer(
    operation: Operation, shown: tuple[str, ...] | None = None, envelope: Envelope = BARE
) -> Callable[[Stored], HttpResponse]:
    """A function that writes one record, or the `shown` fields of it, in its envelope."""
    media_type = content_of(operation)
    status, headers = status_of(operation), content_headers(media_type)
    if media_type and not (shown is None and envelope.is_bare):
        return lambda stored: HttpResponse(status, headers, record_json(stored.encoded, shown, envelope))

    def write(stored: Stored) -> HttpResponse:
        return HttpResponse(status, headers, stored.encoded)

    return write if media_type else lambda _stored: HttpResponse(status, headers, b"")


def created_writer(contract: Contract, resource: Resource, operation: Operation) -> CreatedWriter:
    """A function that writes a new record, with its Location (RFC 9110, section 10.2.2)."""
    shown, media_type = resource.shown.get(Role.CREATE), content_of(operation)
    envelope = resource.response(operation.id)
    if operation.success.content and not any(name.lower() == "location" for name in operation.success.headers):
        # The body has the key, and the document describes a service without Location.
        write = record_writer(operation, shown, envelope)
        return lambda stored, _path: write(stored)
    status, headers = status_of(operation), content_headers(media_type)
    is_whole = shown is None and envelope.is_bare
    is_text, slot = resource.has_joint_key, resource.key_slot
    before, after = resource.slotted(contract.base_path + resource.item).rsplit(slot, 1)

    def write_created(stored: Stored, path: Mapping[str, JsonValue]) -> HttpResponse:
        key, encoded, above = str(stored.key), stored.encoded, before
        for name, value in path.items():
            above = above.replace(f"{{{name}}}", quote(str(value), safe=""))
        location = above + (key if is_text or _UNRESERVED.fullmatch(key) else quote(key, safe="")) + after
        body = encoded if is_whole else record_json(encoded, shown, envelope)
        return HttpResponse(status, (*headers, ("Location", location)), body if media_type else b"")

    return write_created


def record_json(encoded: bytes, shown: tuple[str, ...] | None, envelope: Envelope) -> bytes:
    """The `shown` fields (None: all) of an encoded record, in its envelope."""
    record = json.loads(encoded)
    fields = record if shown is None else {name: record[name] for name in shown if name in record}
    return encoded_json(envelope.wrap(record, fields))


def status_of(operation: Operation) -> int:
    """The status of success."""
    return int(operation.success.status)


def content_of(operation: Operation) -> MediaType | None:
    """The first declared body of success; None if there is none."""
    return next(iter(operation.success.content.values()), None)


def content_headers(media_type: MediaType | None) -> tuple[tuple[str, str], ...]:
    """The header field that names the media type of a body."""
    return () if media_type is None else (("Content-Type", media_type.name),)


def encoded_json(value: JsonValue) -> bytes:
    """JSON as the mock writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

"""Writes the result of an operation as the response that the document declares."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeAlias
from urllib.parse import quote

from mock_server.http.messages import NOTHING, HttpResponse
from mock_server.records.collection import ListPage
from mock_server.store.store import Stored
from openapi.contract import Contract
from openapi.envelope import BARE, Envelope
from openapi.json_value import JsonValue
from openapi.model.http import MediaType, Operation
from openapi.model.lists import ListAnswer
from openapi.model.resource import Resource, Role
from openapi.pointers import split

CreatedWriter: TypeAlias = Callable[[Stored, Mapping[str, JsonValue]], HttpResponse]
"""Writes a new record; the values of the path are for the collections above its own."""

_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")
"""The characters that need no percent-encoding in a path (RFC 3986, section 2.3)."""


def record_writer(
    operation: Operation, shown: tuple[str, ...] | None = None, envelope: Envelope = BARE
) -> Callable[[Stored], HttpResponse]:
    """A function that writes one record, or the `shown` fields of it, in its envelope."""
    media_type = _content(operation)
    status, headers = _status(operation), _content_headers(media_type)
    if media_type and not (shown is None and envelope.is_bare):
        return lambda stored: HttpResponse(status, headers, record_json(stored.encoded, shown, envelope))

    def write(stored: Stored) -> HttpResponse:
        return HttpResponse(status, headers, stored.encoded)

    return write if media_type else lambda _stored: HttpResponse(status, headers, b"")


def created_writer(contract: Contract, resource: Resource, operation: Operation) -> CreatedWriter:
    """A function that writes a new record, with its Location (RFC 9110, section 10.2.2)."""
    shown, media_type = resource.shown.get(Role.CREATE), _content(operation)
    envelope = resource.response(operation.id)
    if operation.success.content and not any(name.lower() == "location" for name in operation.success.headers):
        # The body has the key, and the service that the document describes sends no Location.
        write = record_writer(operation, shown, envelope)
        return lambda stored, _path: write(stored)
    status, headers = _status(operation), _content_headers(media_type)
    is_whole = shown is None and envelope.is_bare
    before, after = (contract.base_path + resource.item).rsplit(f"{{{resource.key_parameter}}}", 1)

    def write_created(stored: Stored, path: Mapping[str, JsonValue]) -> HttpResponse:
        key, encoded, above = str(stored.key), stored.encoded, before
        for name, value in path.items():
            above = above.replace(f"{{{name}}}", quote(str(value), safe=""))
        location = above + (key if _UNRESERVED.fullmatch(key) else quote(key, safe="")) + after
        body = encoded if is_whole else record_json(encoded, shown, envelope)
        return HttpResponse(status, (*headers, ("Location", location)), body if media_type else b"")

    return write_created


def list_writer(
    operation: Operation, answer: ListAnswer, shown: tuple[str, ...] | None = None, envelope: Envelope = BARE
) -> Callable[[ListPage], HttpResponse]:
    """A function that writes one page of a list, of each record the `shown` fields (None: all) in its envelope."""
    status, headers = _status(operation), _content_headers(_content(operation))
    counts = tuple((name, word) for name, word in answer.headers.items() if word != "links")
    has_next = answer.next is not None
    is_whole = shown is None and envelope.is_bare
    template = b"".join(_pieces(_skeleton(answer)))
    last = template if answer.null_at_end else b"".join(_pieces(_skeleton(replace(answer, next=None))))

    def write_item(encoded: bytes) -> bytes:
        return record_json(encoded, shown, envelope)

    def body_of(listed: ListPage) -> bytes:
        facts = {
            b"items": b",".join(listed.items if is_whole else map(write_item, listed.items)),
            b"total": listed.total,
            b"page": listed.page,
            b"offset": listed.offset,
            b"limit": listed.limit,
            b"pages": listed.pages,
        }
        if has_next:
            return (last if listed.next is None else template) % {**facts, b"next": _encode(listed.next)}
        return template % facts

    def write(listed: ListPage) -> HttpResponse:
        # The journal keeps the page, whose records are the store's, rather than a body for each list.
        with_counts = (*headers, *((name, count_text(word, listed)) for name, word in counts)) if counts else headers
        return HttpResponse(status, with_counts, body_of(listed), NOTHING, partial(body_of, listed))

    return write


def record_json(encoded: bytes, shown: tuple[str, ...] | None, envelope: Envelope) -> bytes:
    """The `shown` fields (None: all) of an encoded record, in its envelope."""
    record = json.loads(encoded)
    fields = record if shown is None else {name: record[name] for name in shown if name in record}
    return _encode(envelope.wrap(record, fields))


def count_text(word: str, listed: ListPage) -> str:
    """The total of a list, or its range: the numbers of the first and the last record from 0 (RFC 9110, 14.4)."""
    if word == "total":
        return str(listed.total)
    numbers = f"{listed.offset}-{listed.offset + len(listed.items) - 1}" if listed.items else "*"
    return f"items {numbers}/{listed.total}"


def _skeleton(answer: ListAnswer) -> JsonValue:
    """The response body, with the %-formats of the page's values in their places."""
    places = {
        answer.items: b"[%(items)b]",
        answer.total: b"%(total)d",
        answer.page: b"%(page)d",
        answer.offset: b"%(offset)d",
        answer.limit: b"%(limit)d",
        answer.pages: b"%(pages)d",
        answer.next: b"%(next)b",
    }
    fixed = {pointer: _encode(value).replace(b"%", b"%%") for pointer, value in answer.fixed.items()}
    skeleton: dict[str, JsonValue] = {}
    for pointer, place in (*places.items(), *fixed.items()):
        if pointer == "":
            return place
        if pointer is not None:
            *above, name = split(pointer)
            inner = skeleton
            for token in above:
                inner = inner.setdefault(token, {})
            inner[name] = place
    return skeleton


def _pieces(skeleton: JsonValue) -> Iterator[bytes]:
    if isinstance(skeleton, bytes):
        yield skeleton
        return
    yield b"{"
    for index, (name, field) in enumerate(skeleton.items()):
        yield b"," if index else b""
        yield _encode(name).replace(b"%", b"%%") + b":"
        yield from _pieces(field)
    yield b"}"


def _status(operation: Operation) -> int:
    return int(operation.success.status)


def _content(operation: Operation) -> MediaType | None:
    return next(iter(operation.success.content.values()), None)


def _content_headers(media_type: MediaType | None) -> tuple[tuple[str, str], ...]:
    return () if media_type is None else (("Content-Type", media_type.name),)


def _encode(value: JsonValue) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

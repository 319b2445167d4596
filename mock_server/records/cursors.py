"""Cursors: opaque texts for a position in a list, which stays valid when records are created or deleted."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from mock_server.store.store import Mark
from openapi.comparisons import ComparedField

_CHECK_BYTES = 6


class BadCursorError(ValueError):
    """A text that is not a cursor of the list. The message says what to send."""


def encoded(mark: Mark, sort: Sequence[tuple[ComparedField, bool]]) -> str:
    """The cursor of a position in a list with this order."""
    data = json.dumps([_names(sort), mark.cells, mark.rank], separators=(",", ":")).encode()
    return _text(_check(data) + data)


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def decoded(text: str, sort: Sequence[tuple[ComparedField, bool]]) -> Mark:
    """The position of a cursor. Raises BadCursorError for any other text, and for a cursor of another order."""
    try:
        octets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        octets = b""
    check, data = octets[:_CHECK_BYTES], octets[_CHECK_BYTES:]
    # Other texts may encode the same bytes.
    if check != _check(data) or text != _text(octets):
        raise BadCursorError("send a cursor from a response")
    names, cells, (sort_key, number) = json.loads(data)
    if names != _names(sort):
        raise BadCursorError("send it with its own order, or start again without a cursor")
    return Mark(tuple(map(_cell, cells)), (tuple(sort_key), number))


def _check(data: bytes) -> bytes:
    """A checksum that detects other texts. It need not be secret: a forged cursor does no harm."""
    return blake2b(data, digest_size=_CHECK_BYTES).digest()


def _names(sort: Sequence[tuple[ComparedField, bool]]) -> list[list[Any]]:
    return [[list(field.path), descending] for field, descending in sort]


def _cell(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value

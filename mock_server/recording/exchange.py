"""One request and its response, and the same without personal data and credentials."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from mock_server.sessions.journal import Fields
from openapi.model.http import Operation


class Exchange(NamedTuple):
    """A request and its response. A body is None if it is unknown or incomplete.

    `path` is decoded except for %2F, `query` as sent; `operation` is None if no operation has this path and method,
    and `path_values` are the decoded texts at its placeholders.
    """

    at: datetime
    took_ms: float
    method: str
    path: str
    query: str
    fields: Fields
    body: bytes | None
    operation: Operation | None
    path_values: Mapping[str, str]
    status: int
    response_fields: Fields
    response_body: bytes | None


class RedactedExchange(NamedTuple):
    """An exchange as it is written. `path` and `query` are encoded; a body is None if it is left out."""

    at: datetime
    took_ms: float
    method: str
    path: str
    query: str
    fields: tuple[tuple[str, str], ...]
    media_type: str
    body: str | None
    status: int
    response_fields: tuple[tuple[str, str], ...]
    response_media_type: str
    response_body: str | None

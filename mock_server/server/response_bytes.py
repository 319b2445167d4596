"""Responses as bytes (RFC 9112, section 4)."""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from time import time

from mock_server.http.raw_request import RawRequest
from mock_server.web.router import HandledRequest

_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_WITHOUT_LENGTH = (204, 304)


def fields_and_body(request: RawRequest, handled: HandledRequest) -> tuple[list[tuple[str, str]], bytes]:
    """The header fields of a response, Content-Length included, and the body to send (none for HEAD)."""
    response = handled.response
    body, length = response.body, len(response.body)
    if request.method == "HEAD":
        body, length = b"", length if handled.length is None else handled.length
    fields = [*response.headers, ("Date", _date(int(time())))]
    # A 204 or a 304 has neither a body nor a length (RFC 9110, section 8.6).
    if response.status not in _WITHOUT_LENGTH:
        fields.append(("Content-Length", str(length)))
    return fields, body


def head(status: int, fields: Iterable[tuple[str, str]], *, ends: bool) -> bytes:
    """The status line and the header fields; `ends` adds Connection: close."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in fields])
    end = "Connection: close\r\n\r\n" if ends else "\r\n"
    return f"HTTP/1.1 {status} {_PHRASES.get(status, '')}\r\n{lines}{end}".encode("latin-1", "replace")


@lru_cache(1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)

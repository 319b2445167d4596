"""Requests and responses as bytes (RFC 9112): heads that httptools rejects although HTTP allows them, and responses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from time import time
from urllib.parse import quote_from_bytes

from mock_server.http.raw_request import RawRequest
from mock_server.web.router import HandledRequest

_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_WITHOUT_LENGTH = (204, 304)

_LINE = re.compile(rb"[\r\n]*([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~\x80-\xff]+) HTTP/1\.[01]\r\n")
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2}){1,255})(?::[0-9]{0,5})?")
"""RFC 3986, section 3.2.2."""

_SENDABLE = "".join(map(chr, range(0x21, 0x7F)))

_FIELD_NAMES: dict[bytes, str] = {}
"""Known names of header fields, in lower case."""

_MOST_FIELD_NAMES = 256
_LONGEST_FIELD_NAME = 40


def field_name(name: bytes) -> str:
    """The name of a header field in lower case, one character per byte."""
    text = _FIELD_NAMES.get(name)
    if text is None:
        text = name.decode("latin-1").lower()
        if len(_FIELD_NAMES) < _MOST_FIELD_NAMES and len(name) <= _LONGEST_FIELD_NAME:
            _FIELD_NAMES[name] = text
    return text


def framing_problem(request: RawRequest) -> tuple[int, str] | None:
    """The status and the message for a request whose Host or Transfer-Encoding is invalid; None if both are fine."""
    if _is_host(request.get("host")) and not request.has_repeated_fields and request.get("transfer-encoding") is None:
        return None
    version, fields = request.version, request.fields
    hosts = [value for name, value in fields if name == "host"]
    if len(hosts) > 1 or (not hosts and version != "1.0"):
        return 400, "Send exactly one Host header."
    if hosts and not _is_host(hosts[0]):
        return 400, "The Host header is not a host name with an optional port."
    codings = [value.lower() for name, value in fields if name == "transfer-encoding"]
    if codings and version == "1.0":
        return 400, "HTTP/1.0 has no Transfer-Encoding; send a Content-Length."
    if codings and codings != ["chunked"]:
        return 501, "The only supported Transfer-Encoding is chunked."
    return None


@lru_cache(256)
def _is_host(value: str | None) -> bool:
    """Whether `value` is a valid Host (RFC 9112, section 3.2), and not an empty one."""
    return value is not None and _HOST.fullmatch(value) is not None


def with_a_sendable_target(data: bytes) -> bytes:
    """The start of a request, with the target percent-encoded if it is not ASCII."""
    found = _LINE.match(data)
    if found is None:
        return data
    method, target = found.groups()
    return b"%b %b%b" % (method, quote_from_bytes(target, _SENDABLE).encode(), data[found.end(2) :])


def with_a_known_method(data: bytes) -> tuple[bytes, str | None]:
    """The start of a request with POST for its method, and the real method.

    The method is None if there is none.
    """
    found = _LINE.match(data)
    if found is None:
        return data, None
    return b"POST" + data[found.end(1) :], found[1].decode()


def without_offer(method: bytes, target: bytes, version: str, fields: list[tuple[str, str]]) -> bytes:
    """The head of a request without its Upgrade field, which a server may ignore (RFC 9110, section 7.8)."""
    kept = "".join([f"{name}: {value}\r\n" for name, value in fields if name != "upgrade"])
    return b"%b %b HTTP/%b\r\n%b\r\n" % (method, target, version.encode(), kept.encode("latin-1"))


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

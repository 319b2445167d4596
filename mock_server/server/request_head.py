"""Heads of requests (RFC 9112, section 3), said so that httptools understands them."""

from __future__ import annotations

import re
from urllib.parse import quote_from_bytes

_LINE = re.compile(rb"[\r\n]*([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~\x80-\xff]+) HTTP/1\.[01]\r\n")
_SENDABLE = "".join(map(chr, range(0x21, 0x7F)))

_FIELD_NAMES: dict[bytes, str] = {}
"""Names of header fields that were sent before, in lower case; there are few."""

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


def with_a_sendable_target(data: bytes) -> bytes:
    """The beginning of a request, its target percent-encoded where it is not ASCII."""
    found = _LINE.match(data)
    if found is None:
        return data
    method, target = found.groups()
    return b"%b %b%b" % (method, quote_from_bytes(target, _SENDABLE).encode(), data[found.end(2) :])


def with_a_known_method(data: bytes) -> tuple[bytes, str | None]:
    """The beginning of a request, and its method, in the place of which is another one that has a body as well.

    The method is None where it can't be told.
    """
    found = _LINE.match(data)
    if found is None:
        return data, None
    return b"POST" + data[found.end(1) :], found[1].decode()


def without_offer(method: bytes, target: bytes, version: str, fields: list[tuple[str, str]]) -> bytes:
    """The head of a request without the offer of another protocol, which may be ignored (RFC 9110, section 7.8)."""
    kept = "".join([f"{name}: {value}\r\n" for name, value in fields if name != "upgrade"])
    return b"%b %b HTTP/%b\r\n%b\r\n" % (method, target, version.encode(), kept.encode("latin-1"))

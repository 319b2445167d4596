"""Rewrites heads of requests that httptools rejects although HTTP allows them (RFC 9112)."""

from __future__ import annotations

import re
from urllib.parse import quote_from_bytes

_LINE = re.compile(rb"[\r\n]*([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~\x80-\xff]+) HTTP/1\.[01]\r\n")
_SENDABLE = "".join(map(chr, range(0x21, 0x7F)))


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

"""A strict reader of query strings: `name=value` pairs joined by `&`, as HTML forms write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def pairs(query: str) -> Iterator[tuple[str, str]]:
    """The pairs of `query` (one character per byte): each name decoded, each value as sent.

    A name that can't be decoded is returned as sent.
    """
    for pair in query.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            try:
                yield decode(name), value
            except ValueError:
                yield name, value


def decode(text: str) -> str:
    """Decode a name or a value. `+` is a space (URL standard, application/x-www-form-urlencoded).

    Raises ValueError, with advice, for a `%` without two hexadecimal digits (RFC 3986, section 2.1) and for bytes that
    are not UTF-8.
    """
    if text.isascii() and "%" not in text:
        return text.replace("+", " ")
    stray = _STRAY_PERCENT.search(text)
    if stray:
        raise ValueError(f"the % at character {stray.start() + 1} needs two hexadecimal digits; write % itself as %25")
    octets = unquote_to_bytes(text.replace("+", " ").encode("latin-1"))
    try:
        return octets.decode()
    except UnicodeDecodeError as error:
        wrong = "".join(f"%{octet:02X}" for octet in octets[error.start : error.end])
        raise ValueError(f"{wrong} is not UTF-8; percent-encode the text as UTF-8") from None

"""Query strings, read strictly: `name=value` pairs joined by `&`, as HTML forms write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def pairs(query: str) -> Iterator[tuple[str, str]]:
    """The pairs of `query` (one character per byte): the name decoded, the value as it was sent.

    A name that can't be decoded is nobody's name and comes as it was sent.
    """
    for pair in query.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            try:
                yield decode(name), value
            except ValueError:
                yield name, value


def decode(text: str) -> str:
    """What a name or a value says. `+` is a space (URL standard, application/x-www-form-urlencoded).

    Raises ValueError, saying what to write instead, where a `%` stands for nothing (RFC 3986, section 2.1) or the bytes
    are no UTF-8.
    """
    if text.isascii() and "%" not in text:
        return text.replace("+", " ")
    stray = _STRAY_PERCENT.search(text)
    if stray:
        raise ValueError(f"got a % at character {stray.start() + 1} without two hexadecimal digits; write %25")
    octets = unquote_to_bytes(text.replace("+", " ").encode("latin-1"))
    try:
        return octets.decode()
    except UnicodeDecodeError as error:
        wrong = "".join(f"%{octet:02X}" for octet in octets[error.start : error.end])
        raise ValueError(f"got {wrong}, which is no UTF-8; percent-encode the text as UTF-8") from None

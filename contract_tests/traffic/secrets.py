"""Finds the credentials in a recording, so that no report shows them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from contract_tests.header_file import SECRET_NAMES

_SHORTEST = 6
"""A shorter text is more likely a coincidence than a secret."""


def secrets_in(
    url: str, fields: Sequence[tuple[str, str]], bodies: Sequence[bytes | None], names: Collection[str] = ()
) -> frozenset[str]:
    """The secrets of one request and its response: credentials, cookies, and values whose names suggest a secret.

    `names` are those of additional headers and parameters that hold secrets.
    """
    more = {name.lower() for name in names}
    found = [urlsplit(url).password or ""]
    for name, value in parse_qsl(urlsplit(url).query):
        if SECRET_NAMES.search(name) or name.lower() in more:
            found.append(value)
    for name, value in fields:
        if SECRET_NAMES.search(name) or name.lower() in more:
            found += _in_header(name, value)
    for body in bodies:
        found += _in_body(body)
    return frozenset(text for text in found if len(text) >= _SHORTEST)


def _in_header(name: str, value: str) -> Iterator[str]:
    yield value
    if name.lower() in ("cookie", "set-cookie"):
        # After the first pair, Set-Cookie has attributes such as SameSite=Strict (RFC 6265, section 4.1.1).
        most = None if name.lower() == "cookie" else 1
        pairs = (pair.partition("=")[2] for line in value.splitlines() for pair in line.split(";")[:most])
        yield from (text.strip().strip('"') for text in pairs)
    scheme, _, credentials = value.partition(" ")
    yield credentials.strip()
    if scheme.lower() == "basic":
        try:
            user = base64.b64decode(credentials, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return
        yield from (user, user.partition(":")[2])


def _in_body(body: bytes | None) -> Iterator[str]:
    if not body or not SECRET_NAMES.search(body.decode(errors="replace")):
        return
    try:
        yield from _in_value(json.loads(body))
    except (ValueError, RecursionError):
        pairs = parse_qsl(body.decode(errors="replace"))
        yield from (value for name, value in pairs if SECRET_NAMES.search(name))


def _in_value(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, str) and SECRET_NAMES.search(name):
                yield inner
            yield from _in_value(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _in_value(inner)

"""What is shown of headers and bodies: everything but the values of what is named like a secret."""

from __future__ import annotations

import re
from collections.abc import Iterable

from openapi.contract import JsonValue

_SECRET = re.compile(r"authorization|cookie|api[-_]?key|secret|token|passw(or)?d", re.IGNORECASE)
_STARS = "***"


def headers_without_secrets(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Header fields by name. Of an Authorization its scheme stays."""
    return {name: _header(name, text) for name, text in fields}


def without_secrets(value: JsonValue) -> JsonValue:
    """A JSON value without the texts of fields that are named like secrets."""
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _STARS if isinstance(field, str) and _SECRET.search(name) else without_secrets(field)
        for name, field in value.items()
    }


def _header(name: str, text: str) -> str:
    if not _SECRET.search(name):
        return text
    scheme, space, _ = text.partition(" ")
    return f"{scheme} {_STARS}" if space and "cookie" not in name.lower() else _STARS

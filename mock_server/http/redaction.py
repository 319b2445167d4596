"""Hides secrets in what the mock shows: by the name of a header or a field, and by the value of a known token."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from openapi.json_value import JsonValue

_NAMES = r"authorization|cookie|api[-_]?key|secret|token|passw(?:or)?d"
_SECRET = re.compile(_NAMES, re.IGNORECASE)
_IN_A_QUERY = re.compile(rf"((?:^|[?&])[^=&\s]*(?:{_NAMES})[^=&\s]*=)[^&\s\"]*", re.IGNORECASE)
_STARS = "***"
_LONG_BYTES = 8
"""Tokens of this length or more are hidden anywhere; shorter ones only as whole words, as words may contain them."""


def is_secret_name(name: str) -> bool:
    """Whether a header, a parameter or a field with this name holds a secret."""
    return _SECRET.search(name) is not None


def credentials(fields: Iterable[tuple[str, str]]) -> list[str]:
    """The credentials in the Authorization headers of a request."""
    found = [text.partition(" ")[2].strip() for name, text in fields if name.lower() == "authorization"]
    return [text for text in found if text]


def without_secret_values(text: str, secrets: Sequence[str]) -> str:
    """`text` without the values of `secrets`."""
    for secret in secrets:
        if len(secret) >= _LONG_BYTES:
            text = text.replace(secret, _STARS)
        elif secret in text:
            text = re.sub(rf"(?<![\w-]){re.escape(secret)}(?![\w-])", _STARS, text)
    return text


def query_without_secrets(text: str, secrets: Sequence[str]) -> str:
    """A query, or a line with one, without the values of parameters whose names suggest a secret."""
    if "=" in text and _may_name_secret(text):
        text = _IN_A_QUERY.sub(rf"\1{_STARS}", text)
    return without_secret_values(text, secrets) if secrets else text


def _may_name_secret(text: str) -> bool:
    """Whether an expression may find the name of a secret; much faster than the expression itself."""
    lower = text.lower()
    return ("key" in lower or "token" in lower or "secret" in lower) or (
        "cookie" in lower or "passw" in lower or "authorization" in lower
    )


def headers_without_secrets(fields: Iterable[tuple[str, str]], secrets: Sequence[str]) -> dict[str, str]:
    """Header fields by name. An Authorization keeps its scheme."""
    return {name: _header(name, without_secret_values(text, secrets)) for name, text in fields}


def without_secrets(value: JsonValue, secrets: Sequence[str]) -> JsonValue:
    """A JSON value without the strings of fields whose names suggest a secret, and without the values of `secrets`."""
    if isinstance(value, str):
        return without_secret_values(value, secrets)
    if isinstance(value, list):
        return [without_secrets(item, secrets) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        without_secret_values(name, secrets): _STARS
        if isinstance(field, str) and is_secret_name(name)
        else without_secrets(field, secrets)
        for name, field in value.items()
    }


def _header(name: str, text: str) -> str:
    if not is_secret_name(name):
        return text
    scheme, space, _ = text.partition(" ")
    return f"{scheme} {_STARS}" if space and "cookie" not in name.lower() else _STARS

"""Names of media types (RFC 9110, section 8.3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")


@lru_cache(256)
def essence(name: str) -> str:
    """A media type without its parameters, in lower case."""
    return name.partition(";")[0].strip().lower()


@lru_cache(256)
def is_json(name: str) -> bool:
    """Whether bodies of the media type `name` are JSON texts (RFC 6839, section 3.1, for `+json`)."""
    plain = essence(name)
    return plain in ("application/json", "text/json") or plain.endswith("+json")


def by_essence(content: Mapping[str, T]) -> dict[str, T]:
    """The entries of `content` by the names of their media types, without parameters and in lower case."""
    return {essence(name): entry for name, entry in content.items()}


def of_content(content: Mapping[str, T], content_type: str) -> T | None:
    """The entry of `content` for a Content-Type: that of its name, else of a range such as `text/*`, else None."""
    by_name, name = by_essence(content), essence(content_type)
    ranges = (name, f"{name.partition('/')[0]}/*", "*/*")
    return next((by_name[wanted] for wanted in ranges if wanted in by_name), None)

"""Names of media types (RFC 9110, section 8.3.1)."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(256)
def is_json(name: str) -> bool:
    """Whether bodies of the media type `name` are JSON texts (RFC 6839, section 3.1, for `+json`)."""
    essence = name.partition(";")[0].strip().lower()
    return essence in ("application/json", "text/json") or essence.endswith("+json")

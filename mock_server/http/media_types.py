"""Finds the declared media type of a request body (RFC 9110, section 8.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from openapi.contract import MediaType


def chooser(content: Mapping[str, MediaType]) -> Callable[[str], MediaType | None]:
    """A function from a `Content-Type` to the entry of `content` that it matches; None if none does.

    An exact name wins over a range (`application/*`, `*/*`). A `charset` other than UTF-8 matches none, because the
    mock reads no other encoding.
    """
    by_name = {name.partition(";")[0].strip().lower(): media_type for name, media_type in content.items()}

    def choose(content_type: str) -> MediaType | None:
        if content_type in by_name:
            return by_name[content_type]
        name, _, parameters = content_type.lower().partition(";")
        if not all(_is_utf8(parameter) for parameter in parameters.split(";")):
            return None
        name = name.strip()
        ranges = (name, f"{name.partition('/')[0]}/*", "*/*")
        return next((by_name[wanted] for wanted in ranges if wanted in by_name), None)

    return choose


def _is_utf8(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return name.strip() != "charset" or value.strip().strip('"') in ("utf-8", "utf8")

"""Which of the media types that an operation takes a request's body is of (RFC 9110, section 8.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from openapi.contract import MediaType


def chooser(content: Mapping[str, MediaType]) -> Callable[[str], MediaType | None]:
    """A function from a `Content-Type` to the member of `content` that it names; None where none does.

    An exact name goes before a range (`application/*`, `*/*`). A `charset` other than UTF-8 fits none: no text of
    another encoding is understood here.
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

"""Which of the media types that a response may have the client wants (RFC 9110, section 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence

_QUALITY = re.compile(r"q=([01](?:\.\d{0,3})?)$")


def preferred(accept: str | None, names: Sequence[str]) -> str | None:
    """The one of `names` that `accept` prefers, the first of equals; None if it accepts none of them."""
    if accept is None or not accept.strip():
        return names[0]
    wanted = [_parsed(part) for part in accept.lower().split(",") if part.strip()]
    best, best_quality = None, 0.0
    for name in names:
        quality = _quality_of(name.partition(";")[0].strip(), wanted)
        if quality > best_quality:
            best, best_quality = name, quality
    return best


def _parsed(part: str) -> tuple[str, float]:
    name, *parameters = [text.strip() for text in part.split(";")]
    for parameter in parameters:
        match = _QUALITY.match(parameter)
        if match:
            return name, float(match[1])
    return name, 1.0


def _quality_of(name: str, wanted: Sequence[tuple[str, float]]) -> float:
    """The quality that the most specific of the wanted ranges gives `name`."""
    for range_ in (name, f"{name.partition('/')[0]}/*", "*/*"):
        for known, quality in wanted:
            if known == range_:
                return quality
    return 0.0

"""Generates keys."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

_FREE_BITS = ~(0xF000 << 64 | 0xC000 << 48)
_FIXED_BITS = 0x4000 << 64 | 0x8000 << 48


class Identifiers:
    """Generates the identifiers of one collection. Not thread-safe: hold the collection's lock."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._highest: dict[str, int] = {}

    def uuid(self) -> str:
        """A version 4 UUID (RFC 9562, section 5.4)."""
        # A UUID object would take twice as long.
        text = f"{self._random.getrandbits(128) & _FREE_BITS | _FIXED_BITS:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def integer(self, field: str) -> int:
        """One more than the highest integer that `field` ever had, starting at 1."""
        self.note(field, self._highest.get(field, 0) + 1)
        return self._highest[field]

    @property
    def highest(self) -> dict[str, int]:
        """The highest integer that each field ever had, for `start_from`."""
        return dict(self._highest)

    def start_from(self, highest: Mapping[str, int]) -> None:
        """Generate only integers above `highest`."""
        self._highest = dict(highest)

    def note(self, field: str, value: object) -> None:
        """Note a value that `field` has from elsewhere, so as not to generate it."""
        if isinstance(value, int):
            self._highest[field] = max(self._highest.get(field, 0), value)

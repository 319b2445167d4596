"""New keys, from a generator that is passed in: a seed really decides them."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from uuid import UUID


class Identifiers:
    """Makes the identifiers of one collection. Not thread-safe: ask while the collection's lock holds."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._highest: dict[str, int] = {}

    def uuid(self) -> str:
        """A version 4 UUID (RFC 9562, section 5.4)."""
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def integer(self, field: str) -> int:
        """The integer after the highest that `field` ever had; the first is 1."""
        self.note(field, self._highest.get(field, 0) + 1)
        return self._highest[field]

    @property
    def highest(self) -> dict[str, int]:
        """The highest integer that each field ever had, for `start_from`."""
        return dict(self._highest)

    def start_from(self, highest: Mapping[str, int]) -> None:
        """Give no integer that was given up to `highest`."""
        self._highest = dict(highest)

    def note(self, field: str, value: object) -> None:
        """Take notice of a value that came from elsewhere: `field` won't be given it again."""
        if isinstance(value, int):
            self._highest[field] = max(self._highest.get(field, 0), value)

"""The phones of the journalling service: a journal of what happened, never changed, and what it adds up to."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

Members: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Registered:
    """A phone came into being, at `at` (milliseconds since 1970)."""

    key: str
    at: int
    members: Members


@dataclass(frozen=True, slots=True)
class Changed:
    """Some of its members took other values."""

    key: str
    at: int
    members: Members


@dataclass(frozen=True, slots=True)
class Removed:
    """It is no more."""

    key: str


Event: TypeAlias = Registered | Changed | Removed


class Journal:
    """What happened, in order, and the phones that it adds up to: by key, the oldest first."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.phones: dict[str, Members] = {}
        self.holders: dict[str, str] = {}
        """The key of the phone that has a number."""
        self._newest = 0

    def add(self, event: Event) -> None:
        """Note an event."""
        self.events.append(event)
        before = self.phones.get(event.key, {})
        if isinstance(event, Removed):
            del self.phones[event.key], self.holders[before["number"]]
            return
        times = {"updatedAt": event.at}
        if isinstance(event, Registered):
            times["createdAt"] = self._newest = event.at
            self.holders[event.members["number"]] = event.key
        self.phones[event.key] = MappingProxyType({**before, **event.members, **times})

    def time_of_creation(self) -> int:
        """Now, but not before the phone that was registered last."""
        return max(_now(), self._newest)

    def time_of_change(self, key: str) -> int:
        """Now, but after the last change of a phone."""
        return max(_now(), int(self.phones[key]["updatedAt"]) + 1)


def _now() -> int:
    return time.time_ns() // 1_000_000

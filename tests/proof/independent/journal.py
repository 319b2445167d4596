"""The phones of the journalling service: an append-only journal of events, and the state that they add up to."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

Members: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Registered:
    """A phone was created, at `at` (milliseconds since 1970)."""

    key: str
    at: int
    members: Members


@dataclass(frozen=True, slots=True)
class Changed:
    """Some of its fields changed."""

    key: str
    at: int
    members: Members


@dataclass(frozen=True, slots=True)
class Removed:
    """It was deleted."""

    key: str


Event: TypeAlias = Registered | Changed | Removed


class Journal:
    """The events, in order, and the phones that they add up to: by key, the oldest first."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.phones: dict[str, Members] = {}
        self.holders: dict[str, str] = {}
        """The key of the phone with a number."""
        self._newest = 0

    def add(self, event: Event) -> None:
        """Add an event."""
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
        """The current time, but not before the last registration."""
        return max(_now(), self._newest)

    def time_of_change(self, key: str) -> int:
        """The current time, but after the last change of a phone."""
        return max(_now(), int(self.phones[key]["updatedAt"]) + 1)


def _now() -> int:
    return time.time_ns() // 1_000_000

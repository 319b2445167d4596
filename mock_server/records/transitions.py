"""Transitions: records change by themselves after some time or some reads (`x-resources`, transitions)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

from mock_server.store.store import Record
from openapi.json_value import JsonValue
from openapi.model.fields import Transition


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A record that has had the initial value of `transition` since `since`, and has been read `reads` times."""

    transition: Transition
    since: datetime
    reads: int = 0

    def is_due(self, now: datetime) -> bool:
        seconds, reads = self.transition.after_s, self.transition.after_reads
        by_time = seconds is not None and now >= self.since + timedelta(seconds=seconds)
        return by_time or (reads is not None and self.reads >= reads)


class Lifecycle:
    """The records of one collection that wait for a transition. Thread-safe."""

    def __init__(self, transitions: Sequence[Transition]) -> None:
        self._transitions = transitions
        self._lock = Lock()
        self._waiting: dict[JsonValue, _Waiting] = {}

    def note(self, key: JsonValue, record: Record, now: datetime) -> None:
        """Note a new or changed record."""
        transition = next((one for one in self._transitions if record.get(one.field) == one.before), None)
        with self._lock:
            waiting = self._waiting.get(key)
            if transition is None:
                self._waiting.pop(key, None)
            elif waiting is None or waiting.transition is not transition:
                self._waiting[key] = _Waiting(transition, now)

    def forget(self, key: JsonValue) -> None:
        """Note that a record was deleted."""
        with self._lock:
            self._waiting.pop(key, None)

    def note_read(self, key: JsonValue) -> None:
        """Note that a record was read."""
        with self._lock:
            waiting = self._waiting.get(key)
            if waiting is not None:
                self._waiting[key] = replace(waiting, reads=waiting.reads + 1)

    def due(self, now: datetime) -> Iterator[tuple[JsonValue, Transition]]:
        """The records whose transition is due, each returned once."""
        with self._lock:
            due = [(key, waiting.transition) for key, waiting in self._waiting.items() if waiting.is_due(now)]
            for key, _ in due:
                del self._waiting[key]
        yield from due

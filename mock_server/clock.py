"""Clocks: the source of every time that the mock writes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

_TICK = timedelta(milliseconds=1)
_LAST = datetime.max.replace(tzinfo=UTC)


class Clock(Protocol):
    """A source of the current time."""

    def now(self) -> datetime:
        """The current time, with a time zone."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The current time in UTC."""
        return datetime.now(UTC)


class MockClock:
    """A clock that can be frozen and set forward. `start` is the time to freeze it at; None lets it run."""

    def __init__(self, base: Clock, start: datetime | None = None) -> None:
        self._base = base
        self._start = start
        self._ahead = timedelta()
        self._frozen_at = start

    @property
    def is_frozen(self) -> bool:
        """Whether it is frozen."""
        return self._frozen_at is not None

    def now(self) -> datetime:
        """The current time."""
        if self._frozen_at is not None:
            return self._frozen_at
        now = self._base.now()
        return now + self._ahead if self._ahead else now

    def freeze(self, time: datetime | None = None) -> None:
        """Freeze at `time`, or at the current time."""
        self._frozen_at = time or self.now()

    def resume(self) -> None:
        """Run from the current time."""
        if self._frozen_at is not None:
            self._ahead = self._frozen_at - self._base.now()
            self._frozen_at = None

    def advance(self, by: timedelta) -> None:
        """Jump forward. Raises OverflowError beyond the last representable time."""
        if self._frozen_at is not None:
            self._frozen_at += by
        else:
            self.freeze(self.now() + by)
            self.resume()

    def reset(self) -> None:
        """Return to the start."""
        self._ahead, self._frozen_at = timedelta(), self._start


def rfc3339(time: datetime) -> str:
    """A time in UTC as the mock writes it: with milliseconds and Z."""
    return time.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def time_writer(form: str) -> Callable[[datetime], str]:
    """Writes times in UTC in one of `openapi.model.fields.TIME_FORMS`."""
    precision, _, offset = form.partition("-")
    if form == "milliseconds":
        return rfc3339
    end = "+00:00" if offset else "Z"
    return lambda time: time.isoformat(timespec=precision).removesuffix("+00:00") + end


def parse_time(text: object) -> datetime | None:
    """The time that `text` names; None if it is not an RFC 3339 date-time, or a leap second, which Python lacks."""
    if not isinstance(text, str):
        return None
    try:
        time = datetime.fromisoformat(text.upper())
        return time.astimezone(UTC) if time.tzinfo else None
    except (ValueError, OverflowError):
        return None


class Timeline:
    """Generates the times of one collection's records, RFC 3339 in UTC; by default with milliseconds.

    Even if the clock is frozen or set back, creation times do not decrease, and each change is later than the previous
    one. Not thread-safe: hold the collection's lock.
    """

    def __init__(self, clock: Clock, write: Callable[[datetime], str] = rfc3339) -> None:
        self._clock = clock
        self._write = write
        self._newest = datetime.min.replace(tzinfo=UTC)
        self._text: str | None = None
        self._until = self._newest
        """Until then, `_text` is the time of a new record."""

    def creation(self) -> str:
        """The time for a record created now."""
        # Many records may be created within a millisecond.
        if self._text is not None and self._clock.now() < self._until:
            return self._text
        self._newest = max(self._now(), self._newest)
        self._until = _whole(min(self._newest, _LAST - _TICK)) + _TICK
        self._text = self._write(self._newest)
        return self._text

    def change(self, previous: object) -> str:
        """The time for a change now to a record last changed at `previous` (RFC 3339, if known)."""
        time = parse_time(previous)
        return self._write(self._now() if time is None else max(self._now(), min(time, _LAST - _TICK) + _TICK))

    @property
    def newest(self) -> datetime:
        """The creation time of the newest record, for `start_from`."""
        return self._newest

    def start_from(self, newest: datetime) -> None:
        """Generate no creation time before `newest`."""
        self._newest, self._text = newest, None

    def note(self, created: object) -> None:
        """Note the creation time of a loaded record: later creation times are not before it."""
        time = parse_time(created)
        if time is not None and time > self._newest:
            self._newest, self._text = time, None

    def _now(self) -> datetime:
        now = self._clock.now()
        if now.tzinfo is not UTC:
            now = now.astimezone(UTC)
        return _whole(now)


def _whole(time: datetime) -> datetime:
    """A time in whole milliseconds."""
    return time.replace(microsecond=time.microsecond // 1000 * 1000)

"""Time, passed in: every time that the mock writes comes from a clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

_TICK = timedelta(milliseconds=1)
_LAST = datetime.max.replace(tzinfo=UTC)


class Clock(Protocol):
    """Whatever tells the time."""

    def now(self) -> datetime:
        """The present moment, with a time zone."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC)


class MockClock:
    """A clock that can be stopped and set forward. `start` is the moment at which it stands at first; None: it goes."""

    def __init__(self, base: Clock, start: datetime | None = None) -> None:
        self._base = base
        self._start = start
        self._ahead = timedelta()
        self._standing = start

    @property
    def is_standing(self) -> bool:
        """Whether it stands still."""
        return self._standing is not None

    def now(self) -> datetime:
        """What it shows."""
        return self._standing or self._base.now() + self._ahead

    def freeze(self, moment: datetime | None = None) -> None:
        """Stand still: at `moment`, or where it is."""
        self._standing = moment or self.now()

    def go_on(self) -> None:
        """Go on from where it stands."""
        if self._standing is not None:
            self._ahead = self._standing - self._base.now()
            self._standing = None

    def advance(self, by: timedelta) -> None:
        """Jump forward. Raises OverflowError where there is no such moment."""
        if self._standing is not None:
            self._standing += by
        else:
            self.freeze(self.now() + by)
            self.go_on()

    def reset(self) -> None:
        """Be as it was at first."""
        self._ahead, self._standing = timedelta(), self._start


class Timeline:
    """The moments of one collection's records, as RFC 3339 texts in UTC with milliseconds.

    A clock may stand still or be set back; a timeline may not: creation never goes backwards, and a change is always
    later than the one before. It is not thread-safe: ask it while the lock of its collection holds.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._newest = datetime.min.replace(tzinfo=UTC)
        self._text: str | None = None

    def creation(self) -> str:
        """The moment at which a record is created now."""
        now = self._now()
        if now > self._newest:
            self._newest, self._text = now, None
        # Many records may be created within a millisecond.
        if self._text is None:
            self._text = rfc3339(self._newest)
        return self._text

    def change(self, previous: object) -> str:
        """The moment of a change now to a record that was last changed at `previous` (an RFC 3339 text, if known)."""
        moment = moment_of(previous)
        return rfc3339(self._now() if moment is None else max(self._now(), min(moment, _LAST - _TICK) + _TICK))

    @property
    def newest(self) -> datetime:
        """When the newest record was created, for `start_from`."""
        return self._newest

    def start_from(self, newest: datetime) -> None:
        """Create nothing before `newest`."""
        self._newest, self._text = newest, None

    def note(self, created: object) -> None:
        """Take notice of a record that was created elsewhere: later ones are not created before it."""
        moment = moment_of(created)
        if moment is not None and moment > self._newest:
            self._newest, self._text = moment, None

    def _now(self) -> datetime:
        now = self._clock.now()
        if now.tzinfo is not UTC:
            now = now.astimezone(UTC)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)


def rfc3339(moment: datetime) -> str:
    """A moment in UTC as the mock writes it: milliseconds, and Z."""
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def moment_of(text: object) -> datetime | None:
    """The moment that `text` names; None where it is no RFC 3339 date-time, or one that Python lacks: a leap second."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment

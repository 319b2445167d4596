"""Clocks: the source of every time that the mock writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


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
    """A clock that can be frozen and set forward. `start` is the time at which it is frozen at first; None: running."""

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

    def freeze(self, moment: datetime | None = None) -> None:
        """Freeze at `moment`, or at the current time."""
        self._frozen_at = moment or self.now()

    def resume(self) -> None:
        """Run on from the current time."""
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


def rfc3339(moment: datetime) -> str:
    """A time in UTC as the mock writes it: with milliseconds and Z."""
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def moment_of(text: object) -> datetime | None:
    """The time that `text` names; None if it is not an RFC 3339 date-time, or a leap second, which Python lacks."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment

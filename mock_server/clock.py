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


class Timeline:
    """The moments of one collection's records, as RFC 3339 texts in UTC with milliseconds.

    A clock may stand still or be set back; a timeline may not: creation never goes backwards, and a change is always
    later than the one before. It is not thread-safe: ask it while the lock of its collection holds.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._newest = datetime.min.replace(tzinfo=UTC)

    def creation(self) -> str:
        """The moment at which a record is created now."""
        self._newest = max(self._newest, self._now())
        return _text(self._newest)

    def change(self, previous: object) -> str:
        """The moment of a change now to a record that was last changed at `previous` (an RFC 3339 text, if known)."""
        moment = _moment(previous)
        return _text(self._now() if moment is None else max(self._now(), min(moment, _LAST - _TICK) + _TICK))

    def note(self, created: object) -> None:
        """Take notice of a record that was created elsewhere: later ones are not created before it."""
        moment = _moment(created)
        if moment is not None:
            self._newest = max(self._newest, moment)

    def _now(self) -> datetime:
        now = self._clock.now().astimezone(UTC)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _text(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _moment(text: object) -> datetime | None:
    """The moment that `text` names; None where it is no RFC 3339 date-time, or one that Python lacks: a leap second."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment

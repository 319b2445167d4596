"""The times at which the records of one collection were created and changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mock_server.clock import Clock, moment_of, rfc3339

_TICK = timedelta(milliseconds=1)
_LAST = datetime.max.replace(tzinfo=UTC)


class Timeline:
    """Generates the times of one collection's records, RFC 3339 in UTC with milliseconds.

    Even if the clock is frozen or set back, creation times do not decrease, and each change is later than the one
    before. Not thread-safe: hold the collection's lock.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._newest = datetime.min.replace(tzinfo=UTC)
        self._text: str | None = None

    def creation(self) -> str:
        """The time for a record created now."""
        now = self._now()
        if now > self._newest:
            self._newest, self._text = now, None
        # Many records may be created within a millisecond.
        if self._text is None:
            self._text = rfc3339(self._newest)
        return self._text

    def change(self, previous: object) -> str:
        """The time for a change now to a record last changed at `previous` (RFC 3339, if known)."""
        moment = moment_of(previous)
        return rfc3339(self._now() if moment is None else max(self._now(), min(moment, _LAST - _TICK) + _TICK))

    @property
    def newest(self) -> datetime:
        """The creation time of the newest record, for `start_from`."""
        return self._newest

    def start_from(self, newest: datetime) -> None:
        """Generate no creation time before `newest`."""
        self._newest, self._text = newest, None

    def note(self, created: object) -> None:
        """Note a record created elsewhere: later creation times are not before it."""
        moment = moment_of(created)
        if moment is not None and moment > self._newest:
            self._newest, self._text = moment, None

    def _now(self) -> datetime:
        now = self._clock.now()
        if now.tzinfo is not UTC:
            now = now.astimezone(UTC)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

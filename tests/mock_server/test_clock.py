"""Creation times never decrease, even if the clock is set back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mock_server.clock import SystemClock, Timeline, parse_time
from tests.mock_server.support import FrozenClock


def test_the_system_clock_is_in_utc() -> None:
    """The machine's clock is read in UTC."""
    assert abs((SystemClock().now() - datetime.now(UTC)).total_seconds()) < 1


@pytest.mark.parametrize(
    ("previous", "changed"),
    [
        ("2026-03-01T12:00:00.122Z", "2026-03-01T12:00:00.123Z"),
        ("2026-03-01T12:00:00.123Z", "2026-03-01T12:00:00.124Z"),
        ("2026-03-01T14:00:00.5+02:00", "2026-03-01T12:00:00.501Z"),
        ("2026-03-01t12:00:01z", "2026-03-01T12:00:01.001Z"),
        ("2030-12-31T23:59:59.999Z", "2031-01-01T00:00:00.000Z"),
        ("2016-12-31T23:59:60Z", "2026-03-01T12:00:00.123Z"),  # A leap second, which Python can't hold.
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),  # There is no later one.
        ("yesterday", "2026-03-01T12:00:00.123Z"),
        (None, "2026-03-01T12:00:00.123Z"),
    ],
)
def test_each_change_has_a_later_time(previous: object, changed: str) -> None:
    """A change has the current time, or a millisecond after the previous change if that is later."""
    assert Timeline(FrozenClock()).change(previous) == changed


def test_creation_times_never_decrease() -> None:
    """A loaded record from the future sets the earliest creation time of the next record."""
    timeline = Timeline(FrozenClock())
    assert timeline.creation() == "2026-03-01T12:00:00.123Z"
    timeline.note("2026-05-01T00:00:00Z")
    timeline.note("2026-04-01T00:00:00Z")
    timeline.note(None)
    assert timeline.creation() == "2026-05-01T00:00:00.000Z"


@pytest.mark.parametrize("text", ["2026-03-01T12:00:00", "2026-03-01", "yesterday", "", 7, None])
def test_a_time_without_offset_is_refused(text: object) -> None:
    """A time without an offset is refused: it would depend on the machine of the mock."""
    assert parse_time(text) is None


def test_date_times_are_read_in_utc() -> None:
    """A date-time is read in UTC, with any offset and letter case."""
    assert parse_time("2026-03-01t13:00:00+01:00") == datetime(2026, 3, 1, 12, tzinfo=UTC)

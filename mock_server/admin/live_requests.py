"""/__mock/requests/stream: the live journal, as server-sent events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from flask import Response, request

from mock_server.http.live import LIVE, POLL_S
from mock_server.sessions.journal import Entry, Filter, Journal

MOST_AT_ONCE = 100
"""The most entries in one event. If more have arrived, it has the newest."""

_HEARTBEAT_S = 15.0


class JournalFeed:
    """Returns the new entries of a journal at each poll. `write` turns entries into the data of an event."""

    def __init__(self, find: Callable[[], Journal], wanted: Filter, write: Callable[[Sequence[Entry]], str]) -> None:
        self._find = find
        self._wanted = wanted
        self._write = write
        self._last = find().last_number if wanted.after is None else wanted.after
        self._sent_s = 0.0

    def poll(self) -> bytes:
        """The bytes to send now; empty if nothing is new."""
        journal, now_s = self._find(), time.monotonic()
        if journal.last_number <= self._last:
            if now_s < self._sent_s + _HEARTBEAT_S:
                return b""
            # A comment: a closed connection is only noticed when something is sent.
            self._sent_s = now_s
            return b": \n\n"
        wanted = replace(self._wanted, after=self._last)
        found = list(islice(journal.newest_first(wanted), MOST_AT_ONCE))
        self._last, self._sent_s = journal.last_number, now_s
        if not found:
            return b""
        lines = self._write(found).splitlines()
        data = "".join(f"data: {line}\n" for line in lines)
        return f"id: {found[0].number}\n{data}\n".encode()


def last_event_id() -> int | None:
    """The number of the last entry that a reconnecting client received."""
    text = request.headers.get("Last-Event-ID", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def streamed(feed: JournalFeed) -> Response:
    """A response that never ends. The mock's own server polls the feed; other servers get an iterator."""
    request.environ[LIVE] = feed.poll
    return Response(_endless(feed), content_type="text/event-stream", headers={"Cache-Control": "no-store"})


def _endless(feed: JournalFeed) -> Iterator[bytes]:
    while True:
        yield feed.poll()
        time.sleep(POLL_S)

"""The journal: the last requests of a session, and their responses."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from threading import Lock
from typing import NamedTuple, TypeAlias

from mock_server.http.messages import ResponseNotes

Fields: TypeAlias = Iterable[tuple[str, str]]
"""Header fields as sent, names in lower case."""

LONGEST_BODY_BYTES = 16 * 1024
"""How much of a request or response body is kept."""

MOST_REQUEST_BYTES = 64 * 1024 * 1024
"""The limit of requests (path, query, header fields, kept body) in all journals together."""

MOST_RESPONSE_BYTES = 64 * 1024 * 1024
"""The limit of response bodies in all journals together; the oldest are dropped first."""


@dataclass(slots=True)
class KeptResponse:
    """The kept part of a response. `body` is its beginning, None once dropped; `length` is that of the whole body."""

    fields: Fields
    body: bytes | None
    length: int


def kept_response(fields: Fields, body: bytes) -> KeptResponse:
    """What to keep of a response."""
    length = len(body)
    return KeptResponse(fields, body if length <= LONGEST_BODY_BYTES else body[:LONGEST_BODY_BYTES], length)


class Entry(NamedTuple):
    """One request and its response. `path` is decoded, `query` as sent; `operation_id` is empty for no operation.

    `path_values` are the strings at the placeholders of the path. `body` is None if it was too large.
    """

    number: int
    at: datetime
    session: str
    method: str
    path: str
    query: str
    fields: Fields
    body: bytes | None
    operation_id: str
    path_values: Mapping[str, str]
    status: int
    notes: ResponseNotes
    response: KeptResponse


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries to select; None is no condition. `status` is a status, or a class such as `4XX`.

    `text` must be in the path, the query or a body; case does not matter.
    """

    operation_id: str | None = None
    status: str | None = None
    invalid: bool | None = None
    since: datetime | None = None
    after: int | None = None
    text: str | None = None

    def keeps(self, entry: Entry) -> bool:
        """Whether `entry` matches."""
        return (
            (self.operation_id is None or entry.operation_id == self.operation_id)
            and (self.status is None or _is_of(entry.status, self.status))
            and (self.invalid is None or bool(entry.notes.violations) is self.invalid)
            and (self.since is None or entry.at >= self.since)
            and (self.after is None or entry.number > self.after)
            and (self.text is None or _contains(entry, self.text.casefold()))
        )


def _is_of(status: int, wanted: str) -> bool:
    return wanted.upper() in (str(status), f"{status // 100}XX")


def _contains(entry: Entry, text: str) -> bool:
    bodies = [body.decode(errors="replace") for body in (entry.body, entry.response.body) if body]
    return any(text in part.casefold() for part in (entry.path, entry.query, *bodies))


class EntryLimit:
    """What all journals hold together: entries, bytes of requests and bytes of response bodies, with their limits.

    `is_spent` tells of too many entries. A journal drops its oldest ones while there are too many bytes of requests;
    of response bodies the oldest of all journals are dropped.
    """

    def __init__(self, most: int, most_bytes: int = MOST_RESPONSE_BYTES) -> None:
        self.most = most
        self.held = 0
        self.request_bytes = 0
        self._most_bytes = most_bytes
        self._bytes = 0
        self._responses: deque[KeptResponse] = deque()

    def keep(self, response: KeptResponse) -> None:
        """Count the bytes of a response."""
        body, responses = response.body, self._responses
        if not body:
            return
        self._bytes += len(body)
        responses.append(response)
        while self._bytes > self._most_bytes:
            oldest = responses.popleft()
            self._bytes -= len(oldest.body or b"")
            oldest.body = None

    @property
    def is_spent(self) -> bool:
        """Whether the limit is exceeded."""
        return self.held > self.most


class Journal:
    """The last entries of one session, at most `most`. Numbers count from 1 and are not reused."""

    def __init__(self, most: int, entry_limit: EntryLimit) -> None:
        self._entries: deque[Entry] = deque()
        self._sizes: deque[int] = deque()
        self._most = most
        self._entry_limit = entry_limit
        self._numbers = count(1)
        self.last_number = 0
        """The number of the newest entry that there was."""
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def is_kept(self) -> bool:
        """Whether the journal is on."""
        return self._most > 0

    def next_number(self) -> int:
        """The number of the next entry."""
        return next(self._numbers)

    def add(self, entry: Entry, size: int) -> None:
        """Add an entry, whose request has about `size` bytes; drops the oldest ones if the limits demand it."""
        entries, limit = self._entries, self._entry_limit
        with self._lock:
            entries.append(entry)
            self._sizes.append(size)
            limit.held += 1
            limit.request_bytes += size
            while len(entries) > self._most or (limit.request_bytes > MOST_REQUEST_BYTES and len(entries) > 1):
                entries.popleft()
                limit.held -= 1
                limit.request_bytes -= self._sizes.popleft()
        limit.keep(entry.response)
        self.last_number = entry.number

    def newest_first(self, wanted: Filter) -> Iterator[Entry]:
        """The entries that match."""
        # A copy: another thread may add entries meanwhile.
        return (entry for entry in reversed(self._entries.copy()) if wanted.keeps(entry))

    def find(self, number: int) -> Entry | None:
        """The entry with `number`, if it is still there."""
        return next((entry for entry in self._entries.copy() if entry.number == number), None)

    def clear(self) -> None:
        """Delete all entries."""
        with self._lock:
            self._entry_limit.held -= len(self._entries)
            self._entry_limit.request_bytes -= sum(self._sizes)
            self._entries.clear()
            self._sizes.clear()

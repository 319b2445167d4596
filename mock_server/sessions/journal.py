"""The journal: the last requests of a session, and their responses."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import NamedTuple, TypeAlias

from mock_server.clock import Clock
from mock_server.http.messages import HttpResponse, ResponseNotes
from mock_server.http.raw_request import RawRequest

Fields: TypeAlias = Iterable[tuple[str, str]]
"""Header fields as sent, names in lower case."""

LONGEST_BODY_BYTES = 16 * 1024
"""How much of a request or response body is kept."""

MOST_BYTES = 128 * 1024 * 1024
"""The limit of all journals together: paths, queries and header fields of requests, and the kept parts of bodies."""


class Entry(NamedTuple):
    """One request and its response. `path` is decoded, `query` as sent; `operation_id` is empty for no operation.

    `path_values` are the strings at the placeholders of the path. `body` is None if it was too large. `response` has
    none of its body if it can be rebuilt, else the beginning: see `response_body`. `response_length` is the length of
    the whole body, `size` about the size of all in bytes.
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
    response: HttpResponse
    response_length: int
    size: int

    @property
    def status(self) -> int:
        """The status of the response."""
        return self.response.status

    @property
    def response_body(self) -> bytes:
        """The beginning of the response's body."""
        rebuild = self.response.rebuild
        return self.response.body if rebuild is None else rebuild()[:LONGEST_BODY_BYTES]

    @property
    def notes(self) -> ResponseNotes:
        """The notes about the response, which are not sent."""
        return self.response.notes


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries to select; None selects all. `status` is a status, or a class such as `4XX`.

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
    bodies = [body.decode(errors="replace") for body in (entry.body, entry.response_body) if body]
    return any(text in part.casefold() for part in (entry.path, entry.query, *bodies))


class EntryLimit:
    """The entries and bytes of all journals together, with their limits."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.held = 0
        self.held_bytes = 0

    @property
    def is_spent(self) -> bool:
        """Whether there are too many entries."""
        return self.held > self.most


class Journal:
    """The last entries of the session called `name`, at most `most`. Numbers count from 1 and are not reused."""

    def __init__(self, name: str, clock: Clock, most: int, entry_limit: EntryLimit) -> None:
        self.last_number = 0
        """The number of the newest entry so far."""
        self._name = name
        self._clock = clock
        self._entries: deque[Entry] = deque()
        self._most = most
        self._entry_limit = entry_limit
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def is_kept(self) -> bool:
        """Whether the journal is on."""
        return self._most > 0

    def add(
        self,
        request: RawRequest,
        path: str,
        body: bytes | None,
        operation_id: str,
        path_values: Mapping[str, str],
        response: HttpResponse,
    ) -> Entry | None:
        """Add a request and its response. Returns the entry; None if the journal is off.

        `path` is decoded; `operation_id` is empty if the request names no operation. While all journals together have
        too many bytes, this one drops its oldest entries.
        """
        most = self._most
        if not most:
            return None
        length = len(response.body)
        if response.rebuild is not None:
            response = HttpResponse(response.status, response.headers, b"", response.notes, response.rebuild)
        elif length > LONGEST_BODY_BYTES:
            response = response._replace(body=response.body[:LONGEST_BODY_BYTES])
        size = request.head_bytes + min(length, LONGEST_BODY_BYTES)
        if body:
            if len(body) > LONGEST_BODY_BYTES:
                body = body[:LONGEST_BODY_BYTES]
            size += len(body)
        entries, limit = self._entries, self._entry_limit
        at, method, query, fields = self._clock.now(), request.method, request.query, request.fields
        with self._lock:
            self.last_number = number = self.last_number + 1
            entry = Entry(
                number,
                at,
                self._name,
                method,
                path,
                query,
                fields,
                body,
                operation_id,
                path_values,
                response,
                length,
                size,
            )
            entries.append(entry)
            if len(entries) > most:
                limit.held_bytes += size - entries.popleft().size
            else:
                limit.held += 1
                limit.held_bytes += size
            while limit.held_bytes > MOST_BYTES and len(entries) > 1:
                limit.held -= 1
                limit.held_bytes -= entries.popleft().size
        return entry

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
            self._entry_limit.held_bytes -= sum(entry.size for entry in self._entries)
            self._entries.clear()

"""Writes every exchange to an archive (`--record`)."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from threading import Lock

from mock_server.http.faults import SILENT, SPOILS
from mock_server.mock import Mock
from mock_server.recording.exchange import Exchange
from mock_server.recording.har import TAIL, begin_archive
from mock_server.stderr import print_line
from mock_server.web.router import HandledRequest, Match

_PAUSE_S = 0.25
"""How often to write new entries."""


class RecordingFile:
    """A growing archive. It is complete after each write, which replaces only its end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[str] = []
        self._end: int | None = None
        self._problem: str | None = None
        self._is_empty = True
        # The final write may overlap one that is still running in a thread.
        self._lock = Lock()

    def add(self, mock: Mock, match: Match, handled: HandledRequest, took_ms: float) -> None:
        """Add an exchange, redacted. Requests for pages and other Flask paths are left out."""
        request, (status, fields, body, notes, _), entry = match.request, handled.response, handled.entry
        if (match.is_flask_path and match.route is None) or notes.fault in SILENT:
            return
        exchange = Exchange(
            at=entry.at if entry is not None else mock.initial_state.clock.now(),
            took_ms=round(took_ms, 3),
            method=request.method,
            path=match.path,
            query=request.query,
            fields=request.fields,
            body=request.body,
            operation=mock.contract.operations[match.route.operation_id] if match.route else None,
            path_values=match.values,
            status=status,
            response_fields=fields,
            response_body=None if notes.fault in SPOILS else b"" if request.method == "HEAD" else body,
        )
        self._waiting.append(mock.recorder.entry(exchange))

    async def keep(self) -> None:
        """Write new entries until cancelled."""
        while True:
            await asyncio.to_thread(self.write)
            await asyncio.sleep(_PAUSE_S)

    def write(self) -> None:
        """Write new entries; at first, an empty archive."""
        with self._lock:
            self._write()

    def _write(self) -> None:
        waiting, self._waiting = self._waiting, []
        if self._end is not None and not waiting:
            return
        try:
            self._append(waiting)
        except OSError as error:
            self._waiting = waiting + self._waiting
            if error.strerror != self._problem:
                print_line(f"--record {self._path}: can't write the file ({error.strerror}); trying again")
            self._problem = error.strerror
            return
        self._problem = None

    def _append(self, entries: list[str]) -> None:
        # Others must not read it, and a file that appeared meanwhile must not be replaced.
        how = os.O_WRONLY | (os.O_CREAT | os.O_EXCL if self._end is None else 0)
        with os.fdopen(os.open(self._path, how, 0o600), "wb") as file:
            start = begin_archive().encode() if self._end is None else b""
            text = ",".join(f"\n      {entry}" for entry in entries)
            data = start + (text if self._is_empty or not entries else "," + text).encode()
            file.seek(self._end or 0)
            file.write(data + TAIL.encode())
        self._end = (self._end or 0) + len(data)
        self._is_empty = self._is_empty and not entries

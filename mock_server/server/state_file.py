"""Keeps the records of the default session in a file, from one start to the next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from mock_server.mock import Mock
from mock_server.sessions.seeding import export_records
from mock_server.stderr import print_line
from openapi.editing.replacement import replace_file

_PAUSE_S = 0.25
"""How often to look whether the records have changed."""


class StateFile:
    """Writes the records of the default session to a file whenever they change."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written: list[object] = []
        self._problem: str | None = None

    async def keep(self, mock: Callable[[], Mock]) -> None:
        """Write changes until cancelled. Calls `mock` each time, because a reload replaces it."""
        while True:
            await asyncio.sleep(_PAUSE_S)
            data = self._changed(mock())
            if data is not None:
                await asyncio.to_thread(self._write, data)

    def write(self, mock: Mock) -> None:
        """Write the records if they have changed since the last time."""
        data = self._changed(mock)
        if data is not None:
            self._write(data)

    def _changed(self, mock: Mock) -> bytes | None:
        """The new content of the file; None if it is up to date."""
        state = mock.state
        held = [collection.mark for collection in state.values()]
        # A collection keeps its mark until something is written to it.
        if len(held) == len(self._written) and all(
            one is other for one, other in zip(held, self._written, strict=True)
        ):
            return None
        self._written = held
        return export_records(state, list(state))

    def _write(self, data: bytes) -> None:
        try:
            replace_file(self._path, data)
        except OSError as error:
            self._written = []
            if error.strerror != self._problem:
                print_line(f"--state {self._path}: can't write the file ({error.strerror}); trying again")
            self._problem = error.strerror
            return
        if self._problem is not None:
            print_line(f"--state {self._path}: written again")
        self._problem = None

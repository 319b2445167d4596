"""Sends an answer late, or broken: what `Aside` says is to be done to it.

Late answers are waited for in the event loop, which answers others meanwhile. Granian can end an answer early, and no
more; a connection is broken through its socket, which is looked for among the files that this process has open.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TypeAlias

from mock_server.faults import Fault
from mock_server.messages import Aside

HeaderList: TypeAlias = list[tuple[str, str]]

DRIP_PIECES = 20
DRIP_PAUSE_S = 0.1
"""A dripping body comes in so many pieces, with such a pause after each."""

_LONGEST_FAREWELL_S = 1.0
_OPEN_FILES = (Path("/proc/self/fd"), Path("/dev/fd"))
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Stream(Protocol):
    """An answer whose body is sent in pieces (granian's RSGIHTTPStreamTransport)."""

    async def send_bytes(self, data: bytes, /) -> None:
        """Send a piece."""


class Sender(Protocol):
    """The way back to a client (granian's RSGIHTTPProtocol)."""

    def response_bytes(self, status: int, headers: HeaderList, body: bytes, /) -> None:
        """Answer."""

    def response_empty(self, status: int, headers: HeaderList, /) -> None:
        """Answer without a body."""

    def response_stream(self, status: int, headers: HeaderList, /) -> Stream:
        """Begin to answer."""

    async def client_disconnect(self) -> None:
        """Return when the connection has ended."""


class Answer:
    """An answer on its way to the client."""

    def __init__(self, sender: Sender, status: int, headers: HeaderList, body: bytes) -> None:
        self._sender = sender
        self._status = status
        self._headers = headers
        self._body = body

    async def send(self, aside: Aside, client: str, server: str) -> None:
        """Send it as `aside` says. `client` and `server` are the ends of the connection, each ADDRESS:PORT.

        Raises RuntimeError (granian's ProtocolClosed) where the client has gone.
        """
        if aside.delay_ms:
            await asyncio.sleep(aside.delay_ms / 1000)
        if aside.fault in (Fault.RESET, Fault.EMPTY) or (aside.fault is Fault.TRUNCATED and not self._body):
            if _broken(client, server, reset=aside.fault is Fault.RESET):
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._sender.client_disconnect(), _LONGEST_FAREWELL_S)
                return
            self._body = self._body or b"x"
            await self._send_half()
        elif aside.fault is Fault.TRUNCATED:
            await self._send_half()
        elif aside.fault is Fault.DRIP and self._body:
            await self._drip()
        elif aside.fault is Fault.BROKEN_JSON and self._body:
            self._sender.response_bytes(self._status, self._headers, self._body[:-1] + b",")
        elif self._body:
            self._sender.response_bytes(self._status, self._headers, self._body)
        else:
            self._sender.response_empty(self._status, self._headers)

    def _begin(self) -> Stream:
        others = [(name, value) for name, value in self._headers if name.lower() != "content-length"]
        length = ("Content-Length", str(len(self._body)))
        return self._sender.response_stream(self._status, [*others, length])

    async def _send_half(self) -> None:
        stream = self._begin()
        await stream.send_bytes(self._body[: len(self._body) // 2])

    async def _drip(self) -> None:
        stream = self._begin()
        step = -(-len(self._body) // DRIP_PIECES)
        for start in range(0, len(self._body), step):
            await stream.send_bytes(self._body[start : start + step])
            await asyncio.sleep(DRIP_PAUSE_S)


def _broken(client: str, server: str, *, reset: bool) -> bool:
    """Break the connection between two ends. Returns whether it was found."""
    connection = _connection(client, server)
    if connection is None:
        return False
    with connection:
        if reset:
            # Granian closes a connection that has nothing more to say, and closing it resets it.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            connection.shutdown(socket.SHUT_RD)
        else:
            connection.shutdown(socket.SHUT_RDWR)
    return True


def _connection(client: str, server: str) -> socket.socket | None:
    """A socket of our own for the connection that granian has open between two ends."""
    folder = next((folder for folder in _OPEN_FILES if folder.is_dir()), None)
    if folder is None:
        return None
    ends = (_address(client), _address(server)[1])
    for file in folder.iterdir():
        try:
            candidate = socket.socket(fileno=os.dup(int(file.name)))
        except OSError:
            continue
        try:
            if (candidate.getpeername()[:2], candidate.getsockname()[1]) == ends:
                return candidate
        except (OSError, TypeError, IndexError):
            pass
        candidate.close()
    return None


def _address(end: str) -> tuple[str, int]:
    host, _, port = end.rpartition(":")
    return host.strip("[]"), int(port)

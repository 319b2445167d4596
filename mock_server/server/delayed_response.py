"""Answers that take their time: asked for when their turn has come, and sent late, or broken, where `Aside` says so.

Whatever is waited for is waited for in the event loop, which answers others meanwhile.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from mock_server.http.faults import Fault
from mock_server.http.live import POLL_S, Poll
from mock_server.http.raw_request import RawRequest
from mock_server.server.dispatcher import Dispatcher
from mock_server.server.response_bytes import fields_and_body
from mock_server.web.router import HandledRequest

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveCallable, ASGISendCallable

DRIP_PIECES = 20
DRIP_PAUSE_S = 0.1
"""A dripping body comes in so many pieces, with such a pause after each."""

_RESET_ON_CLOSE = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""SO_LINGER with a time of 0: who closes such a connection resets it."""


class AsgiChannel(NamedTuple):
    """The two halves of an ASGI connection, and the connection itself, to break it."""

    receive: ASGIReceiveCallable
    send: ASGISendCallable
    transport: asyncio.Transport


class PendingRequest:
    """A request whose turn has come. `handled` is None where the gateway is still to be asked."""

    def __init__(self, came: RawRequest, handled: HandledRequest | None = None, began_s: float | None = None) -> None:
        self.came = came
        self._handled = handled
        self._began_s = began_s

    async def take(self, gateway: Dispatcher, way: AsgiChannel) -> None:
        """Answer it."""
        came, handled = self.came, self._handled
        began_s = perf_counter() if self._began_s is None else self._began_s
        if handled is None:
            most = gateway.most_bytes(came)
            length = came.get("content-length")
            # One byte too many is still read: the application takes it, and sees for itself that it is too long.
            if length is not None and int(length) > most + 1:
                came.body = None
            elif not await _read(came, most, way):
                return
            handled = gateway.answer(came)
        notes = handled.response.notes
        is_late = notes.fault is not None or notes.delay_ms > 0
        if not is_late:
            # Before it is sent: who has the answer finds the line.
            gateway.log(came, handled, began_s)
        if notes.delay_ms:
            await asyncio.sleep(notes.delay_ms / 1000)
        # A client that did not wait misses nothing.
        if not way.transport.is_closing():
            response = _Answer(came, handled, way)
            await (response.send(notes.fault) if handled.live is None else response.stream(handled.live))
        if is_late:
            gateway.log(came, handled, began_s)


async def _read(came: RawRequest, most: int, way: AsgiChannel) -> bool:
    """Read the body, of one that is too long just enough to see it. Returns whether the client is still there."""
    body = bytearray()
    while len(body) <= most:
        message = await way.receive()
        if message["type"] != "http.request":
            return False
        body += message["body"]
        if not message["more_body"]:
            break
    came.body = bytes(body[: most + 1])
    return True


class _Answer:
    """An answer on its way to the client."""

    def __init__(self, came: RawRequest, handled: HandledRequest, way: AsgiChannel) -> None:
        self._status = handled.response.status
        self._fields, self._body = fields_and_body(came, handled)
        if came.body is None and came.get("expect") is not None:
            # Who was not given leave may send the body all the same, or go on with another request.
            self._fields.append(("Connection", "close"))
        self._way = way

    async def send(self, fault: Fault | None) -> None:
        """Send it whole, or with a fault."""
        body = self._body
        match fault:
            case Fault.RESET:
                connection = self._way.transport.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                self._way.transport.abort()
                await self._parted()
            case Fault.EMPTY:
                await self._part()
            case Fault.TRUNCATED:
                if body:
                    await self._begin()
                    await self._piece(body[: len(body) // 2])
                await self._part()
            case Fault.DRIP:
                await self._drip()
            case Fault.BROKEN_JSON:
                await self._begin()
                await self._piece(body[:-1] + b"," if body else b"", ends=True)
            case _:
                await self._begin()
                await self._piece(body, ends=True)

    async def stream(self, poll: Poll) -> None:
        """Send what `poll` returns until the client is gone."""
        self._fields = [(name, value) for name, value in self._fields if name != "Content-Length"]
        await self._begin()
        gone = asyncio.ensure_future(self._parted())
        try:
            while not gone.done():
                data = poll()
                if data:
                    await self._piece(data)
                await asyncio.wait((gone,), timeout=POLL_S)
        finally:
            gone.cancel()

    async def _begin(self) -> None:
        fields = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in self._fields]
        await self._way.send({"type": "http.response.start", "status": self._status, "headers": fields})

    async def _piece(self, data: bytes, *, ends: bool = False) -> None:
        await self._way.send({"type": "http.response.body", "body": data, "more_body": not ends})

    async def _drip(self) -> None:
        await self._begin()
        body = self._body
        step = -(-len(body) // DRIP_PIECES) or 1
        for start in range(0, len(body), step):
            await self._piece(body[start : start + step])
            await asyncio.sleep(DRIP_PAUSE_S)
        await self._piece(b"", ends=True)

    async def _part(self) -> None:
        """Close the connection once everything is sent."""
        self._way.transport.close()
        await self._parted()

    async def _parted(self) -> None:
        while (await self._way.receive())["type"] != "http.disconnect":
            pass

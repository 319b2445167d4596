"""Requests that can't be answered at once, and responses that are sent late or with a fault.

They wait in the event loop, which serves other requests meanwhile.
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
from mock_server.server.dispatcher import Dispatcher, fields_and_body
from mock_server.web.router import HandledRequest

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveCallable, ASGISendCallable

DRIP_PIECES = 20
DRIP_PAUSE_S = 0.1
"""The number of pieces of a dripping body, and the pause after each."""

_RESET_ON_CLOSE = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""SO_LINGER with a timeout of 0: closing the socket resets the connection."""


class AsgiChannel(NamedTuple):
    """The two ends of an ASGI connection, and its transport, to break it."""

    receive: ASGIReceiveCallable
    send: ASGISendCallable
    transport: asyncio.Transport


class PendingRequest:
    """A request that waits for its turn. `handled` is None if the dispatcher has not answered it yet."""

    def __init__(
        self,
        request: RawRequest,
        handled: HandledRequest | None = None,
        began_s: float | None = None,
        refusal: HandledRequest | None = None,
    ) -> None:
        self.request = request
        self.handled = handled
        self.refusal = refusal
        """The response if the request turns out to be invalid before it is carried out."""
        self._began_s = began_s

    async def respond(self, dispatcher: Dispatcher, channel: AsgiChannel) -> None:
        """Answer the request: let the dispatcher answer it if needed, then log and send the response."""
        request = self.request
        began_s = perf_counter() if self._began_s is None else self._began_s
        if self.handled is None and self.refusal is None and not await self._read(dispatcher, channel):
            return
        if self.handled is None and self.refusal is not None:
            await _Sender(request, self.refusal, channel).send(None)
            return
        handled = self.handled = self.handled or await dispatcher.respond_later(request)
        notes = handled.response.notes
        is_late = notes.fault is not None or notes.delay_ms > 0
        if not is_late:
            # Before the response is sent, so that its receiver finds the line.
            dispatcher.log(request, handled, began_s)
        if notes.delay_ms:
            await asyncio.sleep(notes.delay_ms / 1000)
        # The client may be gone.
        if not channel.transport.is_closing():
            sender = _Sender(request, handled, channel)
            await (sender.send(notes.fault) if handled.live is None else sender.stream(handled.live))
        if is_late:
            dispatcher.log(request, handled, began_s)

    async def _read(self, dispatcher: Dispatcher, channel: AsgiChannel) -> bool:
        """Read the body; None if it is too large. Returns whether the client is still there."""
        request, most = self.request, dispatcher.most_bytes(self.request)
        length, body = request.get("content-length"), bytearray()
        request.body = None
        if length is not None and int(length) > most:
            return True
        while len(body) <= most:
            message = await channel.receive()
            if message["type"] != "http.request":
                return False
            body += message["body"]
            if not message["more_body"]:
                request.body = bytes(body) if len(body) <= most else None
                break
        return True


class _Sender:
    """Sends a response to the client, whole, with a fault, or without an end."""

    def __init__(self, request: RawRequest, handled: HandledRequest, channel: AsgiChannel) -> None:
        self._status = handled.response.status
        self._fields, self._body = fields_and_body(request, handled)
        if request.body is None and request.get("expect") is not None:
            # Without a 100 Continue the client may send the body anyway, or continue with another request.
            self._fields.append(("Connection", "close"))
        self._channel = channel

    async def send(self, fault: Fault | None) -> None:
        """Send the response, whole or with a fault."""
        body = self._body
        match fault:
            case Fault.RESET:
                connection = self._channel.transport.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                self._channel.transport.abort()
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
        await self._channel.send({"type": "http.response.start", "status": self._status, "headers": fields})

    async def _piece(self, data: bytes, *, ends: bool = False) -> None:
        await self._channel.send({"type": "http.response.body", "body": data, "more_body": not ends})

    async def _drip(self) -> None:
        await self._begin()
        body = self._body
        step = -(-len(body) // DRIP_PIECES) or 1
        for start in range(0, len(body), step):
            await self._piece(body[start : start + step])
            await asyncio.sleep(DRIP_PAUSE_S)
        await self._piece(b"", ends=True)

    async def _part(self) -> None:
        """Close the connection after everything is sent."""
        self._channel.transport.close()
        await self._parted()

    async def _parted(self) -> None:
        while (await self._channel.receive())["type"] != "http.disconnect":
            pass

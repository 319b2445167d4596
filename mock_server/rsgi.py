"""Granian's requests (RSGI) to the gateway, and its answers back.

Everything happens in the thread of the event loop, one request after the other; only bodies are waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from time import perf_counter
from typing import Protocol

from granian.rsgi import Scope

from mock_server.delivery import Answer, Sender
from mock_server.direct import Answered
from mock_server.gateway import Gateway
from mock_server.incoming import Incoming

_MOST_DRAINED_BYTES = 64 * 1024 * 1024
_LONGEST_DRAIN_S = 10.0
_VERSIONS = {"1": "1.0"}


class HttpProtocol(Sender, Protocol):
    """The rest of an exchange (granian's RSGIHTTPProtocol): the request's body, and the way back."""

    async def __call__(self) -> bytes:
        """The whole body."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The body in pieces. It may be asked for once."""


class Adapter:
    """An RSGI application that asks a gateway for its answers."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def __call__(self, scope: Scope, protocol: HttpProtocol) -> None:
        """Answer one request."""
        began_s = perf_counter()
        came, unread = _incoming(scope), None
        if came.get("content-length") is not None or came.get("transfer-encoding") is not None:
            try:
                came.body, unread = await self._read(came, protocol)
            except RuntimeError:
                return  # The client has gone: granian's ProtocolClosed or ProtocolError.
        answered = self._gateway.answer(came)
        aside = answered.reply.aside
        if aside.fault is not None or aside.delay_ms:
            status, headers, body = _parts(came, answered)
            # A client that has gone meanwhile misses nothing.
            with suppress(RuntimeError):
                await Answer(protocol, status, headers, body).send(aside, scope.client, scope.server)
            self._gateway.log(came, answered, began_s)
        else:
            # Before it is sent: who has the answer finds the line.
            self._gateway.log(came, answered, began_s)
            _send(protocol, came, answered)
        # Closing while the client still sends would lose it the answer; who waits for 100 Continue has sent nothing.
        if unread is not None and came.get("expect") is None:
            await _drain(unread)

    async def _read(self, came: Incoming, protocol: HttpProtocol) -> tuple[bytes | None, AsyncIterator[bytes] | None]:
        """The body as far as it is wanted, and the rest if there may be one."""
        length, most = came.get("content-length"), self._gateway.most_bytes(came)
        if length is not None:
            # One byte too many is still read: the application takes it, and sees for itself that it is too long.
            if int(length) > most + 1:
                return None, _pieces(protocol)
            return (await protocol()) if int(length) else b"", None
        body, pieces = bytearray(), _pieces(protocol)
        async for piece in pieces:
            body += piece
            if len(body) > most:
                return bytes(body[: most + 1]), pieces
        return bytes(body), None


def _incoming(scope: Scope) -> Incoming:
    path, query = scope.path, scope.query_string
    return Incoming(
        scope.method,
        path if path.isascii() else path.encode().decode("latin-1"),
        query if query.isascii() else query.encode().decode("latin-1"),
        _VERSIONS.get(scope.http_version, "1.1"),
        scope.headers.items(),
        scope.client.rpartition(":")[0],
    )


def _send(protocol: HttpProtocol, came: Incoming, answered: Answered) -> None:
    status, headers, body = _parts(came, answered)
    if body:
        protocol.response_bytes(status, headers, body)
    else:
        protocol.response_empty(status, headers)


def _parts(came: Incoming, answered: Answered) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, header fields and body to send; granian writes the length, but for HEAD, which it does not know."""
    reply = answered.reply
    if came.method != "HEAD":
        return reply.status, list(reply.headers), reply.body
    length = len(reply.body) if answered.length is None else answered.length
    return reply.status, [*reply.headers, ("Content-Length", str(length))], b""


async def _pieces(protocol: HttpProtocol) -> AsyncIterator[bytes]:
    async for piece in protocol:
        yield piece


async def _drain(unread: AsyncIterator[bytes]) -> None:
    drained = 0
    with suppress(TimeoutError, RuntimeError):
        async with asyncio.timeout(_LONGEST_DRAIN_S):
            async for piece in unread:
                drained += len(piece)
                if drained > _MOST_DRAINED_BYTES:
                    return

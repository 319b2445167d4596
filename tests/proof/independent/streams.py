"""HTTP/1.1 on asyncio's streams, as much as a JSON service needs (RFC 9112)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from types import TracebackType
from typing import Self, TypeAlias

_LONGEST_HEAD = 1 << 16
_READ_AT_ONCE = 1 << 16


@dataclass(frozen=True, slots=True)
class Request:
    """A request. Names of header fields are in lower case; `body` is None if it is too long."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Response:
    """A response."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


Work: TypeAlias = Callable[[Request], Response]


class _UnreadableError(Exception):
    """The bytes are not an HTTP request."""


class StreamServer:
    """Answers with `work`, one request after the other, in an event loop in a thread."""

    def __init__(self, work: Work, port: int, longest_body: int) -> None:
        self._work = work
        self._longest_body = longest_body
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._connections: set[asyncio.Task[None]] = set()
        start = asyncio.start_server(self._converse, "127.0.0.1", port, limit=_LONGEST_HEAD)
        # Another loop may run in this thread, such as that of a browser's driver.
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(start, self._loop).result(10)
        self.port: int = self._server.sockets[0].getsockname()[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _stop(self) -> None:
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        try:
            while await self._exchange(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        except (_UnreadableError, asyncio.LimitOverrunError, ValueError):
            writer.write(_written(Response(400), "GET", keep=False))
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request. Returns whether the connection stays open."""
        line, *fields = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip("\r\n").split("\r\n")
        parts = line.split(" ")
        if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
            raise _UnreadableError
        headers: dict[str, str] = {}
        for name, _, value in (one.partition(":") for one in fields):
            headers[name.lower()] = value.strip()
        if headers.get("expect", "").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await self._body(reader, headers)
        keep = parts[2] != "HTTP/1.0" and headers.get("connection", "").lower() != "close"
        writer.write(_written(self._work(Request(parts[0], parts[1], headers, body)), parts[0], keep))
        await writer.drain()
        return keep

    async def _body(self, reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes | None:
        """The body; what exceeds the limit is not kept."""
        kept = bytearray()
        if headers.get("transfer-encoding", "identity").lower() != "identity":
            while size := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
                await self._take(reader, size, kept)
                await reader.readexactly(2)
            while await reader.readuntil(b"\r\n") != b"\r\n":
                pass
        else:
            await self._take(reader, int(headers.get("content-length") or 0), kept)
        return bytes(kept) if len(kept) <= self._longest_body else None

    async def _take(self, reader: asyncio.StreamReader, size: int, kept: bytearray) -> None:
        while size:
            part = await reader.readexactly(min(size, _READ_AT_ONCE))
            size -= len(part)
            if len(kept) <= self._longest_body:
                kept += part


def _written(response: Response, method: str, keep: bool) -> bytes:
    lines = [f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}", f"date: {formatdate(usegmt=True)}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    if response.status != 204:
        lines.append(f"content-length: {len(response.body)}")
    if not keep:
        lines.append("connection: close")
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    return head if method == "HEAD" else head + response.body

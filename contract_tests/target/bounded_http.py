"""Bounds a whole response: the time until its last byte, and its size."""

from __future__ import annotations

import io
import socket
import threading
import time
from contextlib import suppress
from heapq import heappop, heappush
from itertools import count
from types import TracebackType
from typing import Any, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import DecodeError, HTTPError

_CHUNK = 65_536


class ResponseTooLongError(requests.RequestException):
    """A response was larger than allowed. `str()` of it says so."""


class _Current(threading.local):
    deadline: Deadline | None = None


_current = _Current()


class Deadline:
    """Closes the connection that a thread uses when its time is up. A socket timeout only bounds each read."""

    def __init__(self, seconds: float) -> None:
        self.expired = False
        self._seconds = seconds
        self._is_over = False
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        _current.deadline = self
        _TIMEKEEPER.add(time.monotonic() + self._seconds, self)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        _current.deadline = None
        with self._lock:
            self._is_over, self._socket = True, None

    def watch(self, connected: socket.socket | None) -> None:
        """Note the socket that the request uses."""
        with self._lock:
            self._socket = connected

    def expire(self) -> None:
        """End the request, unless it has ended."""
        with self._lock:
            if self._is_over:
                return
            self.expired = True
            if self._socket is not None:
                with suppress(OSError):
                    # Not SSLSocket.shutdown, which would pull the TLS state away from under the reading thread.
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class _Timekeeper:
    """Expires deadlines, in one thread for all requests: a timer for each would cost more than a short request."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: list[tuple[float, int, Deadline]] = []
        self._numbers = count()
        self._thread: threading.Thread | None = None

    def add(self, at_s: float, deadline: Deadline) -> None:
        """Expire the deadline at a time of the monotonic clock. Those of requests that have ended wait here, too."""
        with self._changed:
            heappush(self._due, (at_s, next(self._numbers), deadline))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif self._due[0][2] is deadline:
                self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                left_s = self._due[0][0] - time.monotonic() if self._due else None
                if left_s is None or left_s > 0:
                    self._changed.wait(left_s)
                    continue
                _, _, deadline = heappop(self._due)
            deadline.expire()


_TIMEKEEPER = _Timekeeper()


def _watch(connection: HTTPConnection) -> None:
    if _current.deadline is not None:
        _current.deadline.watch(connection.sock)


class _Connection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _watch(self)

    def request(self, *args: Any, **kwargs: Any) -> None:
        _watch(self)
        super().request(*args, **kwargs)


class _SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _watch(self)

    def request(self, *args: Any, **kwargs: Any) -> None:
        _watch(self)
        super().request(*args, **kwargs)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


def is_success(response: requests.Response) -> bool:
    """Whether the request was carried out; after a redirect (3xx) it was not."""
    return 200 <= response.status_code < 300


class BoundedAdapter(HTTPAdapter):
    """Sends requests, with bounds on the whole response: `timeout` in all, and `most_bytes` of decoded body."""

    def __init__(self, most_bytes: int, **options: Any) -> None:
        super().__init__(**options)
        self._most_bytes = most_bytes
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def send_bounded(self, request: requests.PreparedRequest, timeout_s: float, **options: Any) -> requests.Response:
        """The response, read to its end.

        Raises requests.Timeout if it took too long, ResponseTooLongError, and other RequestExceptions.
        """
        deadline = Deadline(timeout_s)
        try:
            with deadline:
                response = super().send(request, **{**options, "timeout": timeout_s, "stream": True})
                content = self._content(response.raw, request)
            if deadline.expired:
                # Without a length, a response that was cut off looks complete.
                raise requests.ReadTimeout
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            if deadline.expired:
                raise requests.ReadTimeout(f"no complete response within {timeout_s:g} s", request=request) from None
            if isinstance(error, requests.RequestException):
                raise
            if isinstance(error, DecodeError):
                raise requests.exceptions.ContentDecodingError(error, request=request) from None
            raise requests.ConnectionError(error, request=request) from None
        response.raw = _read(response.raw, content, request)
        return response

    def _content(self, raw: HTTPResponse, request: requests.PreparedRequest) -> bytes:
        chunks, size = [], 0
        try:
            for chunk in raw.stream(_CHUNK, decode_content=True):
                chunks.append(chunk)
                size += len(chunk)
                if size > self._most_bytes:
                    raise ResponseTooLongError(f"more than {self._most_bytes:,} bytes", request=request)
        except BaseException:
            raw.close()
            raise
        return b"".join(chunks)


def _read(raw: HTTPResponse, content: bytes, request: requests.PreparedRequest) -> HTTPResponse:
    """The same response with a body that was read and decoded."""
    headers = raw.headers.copy()
    headers.discard("content-encoding")
    return HTTPResponse(
        body=io.BytesIO(content),
        headers=headers,
        status=raw.status,
        version=raw.version,
        version_string=raw.version_string,
        reason=raw.reason,
        preload_content=False,
        request_method=request.method,
        enforce_content_length=False,
    )

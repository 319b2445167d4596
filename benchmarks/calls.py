"""Sequential requests from this process."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from time import perf_counter
from types import TracebackType
from typing import Any, NamedTuple

_JSON = {"Content-Type": "application/json"}


class JsonResponse(NamedTuple):
    """A response: its status, its JSON value (None without content), and its time in milliseconds."""

    status: int
    value: Any
    ms: float


class Caller:
    """A keep-alive connection to a port of 127.0.0.1."""

    def __init__(self, port: int, timeout_s: float) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=timeout_s)

    def __enter__(self) -> Caller:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def __call__(self, method: str, path: str, body: object = None) -> JsonResponse:
        """Send a request and read the response. Raises OSError and HTTPException; then close the connection."""
        data = None if body is None else json.dumps(body).encode()
        headers = {} if data is None else _JSON
        began = perf_counter()
        try:
            self._connection.request(method, path, data, headers)
            response = self._connection.getresponse()
            text = response.read()
        except BaseException:
            # A connection with a pending response takes no other request; the next one reopens it.
            self._connection.close()
            raise
        ms = (perf_counter() - began) * 1000
        return JsonResponse(response.status, json.loads(text) if text else None, ms)


def call(port: int, method: str, path: str, timeout_s: float) -> JsonResponse:
    """One request on a new connection. Raises OSError, HTTPException, and ValueError for invalid JSON."""
    with Caller(port, timeout_s) as caller:
        return caller(method, path)

"""Requests from here, one after the other."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from time import perf_counter
from types import TracebackType
from typing import Any, NamedTuple

_JSON = {"Content-Type": "application/json"}


class Answer(NamedTuple):
    """An answer: its status, its JSON value (None where it has no content), and how long it took, in milliseconds."""

    status: int
    value: Any
    ms: float


class Caller:
    """A connection to a port of 127.0.0.1 that is kept open from one request to the next."""

    def __init__(self, port: int, timeout_s: float) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=timeout_s)

    def __enter__(self) -> Caller:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def __call__(self, method: str, path: str, body: object = None) -> Answer:
        """Ask, and read the answer. Raises OSError, TimeoutError among them, and HTTPException; then close it."""
        data = None if body is None else json.dumps(body).encode()
        headers = {} if data is None else _JSON
        began = perf_counter()
        try:
            self._connection.request(method, path, data, headers)
            response = self._connection.getresponse()
            text = response.read()
        except BaseException:
            # A connection with an answer outstanding takes no other request; the next one opens it anew.
            self._connection.close()
            raise
        ms = (perf_counter() - began) * 1000
        return Answer(response.status, json.loads(text) if text else None, ms)


def call(port: int, method: str, path: str, body: object = None, timeout_s: float = 5.0) -> Answer:
    """One request on a connection of its own. Raises OSError, HTTPException, and ValueError for what is no JSON."""
    with Caller(port, timeout_s) as caller:
        return caller(method, path, body)

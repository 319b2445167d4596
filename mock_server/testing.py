"""A session of a mock for tests: `url` for the code under test, the rest to arrange and to check."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection
from itertools import count
from typing import Any, TypeAlias
from urllib.parse import urlsplit

Json: TypeAlias = Any

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._~-]+")
_LONGEST_LABEL = 80
_PATIENCE_S = 10.0
_numbers = count(1)


class RefusedByMockError(ValueError):
    """A request that /__mock/ refused. The message is the mock's, and names every invalid field."""


class MockSession:
    """A new session on the mock at `url` (the base URL of the API), over HTTP.

    `label` becomes part of its name, which the log and the journal show.
    """

    def __init__(self, url: str, label: str) -> None:
        parts = urlsplit(url)
        self.name = f"{_NOT_IN_A_NAME.sub('-', label)[:_LONGEST_LABEL].strip('-')}-{next(_numbers)}"
        self._address = (parts.hostname or "", parts.port)
        self._prefix = f"/__s/{self.name}"
        self.url = f"{parts.scheme}://{parts.netloc}{self._prefix}{parts.path}"
        """The base URL of the API in this session; clients need no header."""

    @property
    def requests(self) -> list[dict[str, Json]]:
        """The requests and their responses, oldest first, as in `GET /__mock/requests`."""
        listed: list[dict[str, Json]] = self.admin("GET", "requests")["requests"]
        return listed[::-1]

    @property
    def records(self) -> Json:
        """The records, as a fixture file: newest first; an object of arrays if there are several resources."""
        return self.admin("GET", "state")

    @records.setter
    def records(self, records: Json) -> None:
        self.admin("PUT", "state", records)

    def seed(self, seed: int, number: int) -> None:
        """Replace the records with `number` generated ones; the same seed gives the same records."""
        self.admin("POST", "seed", {"seed": seed, "count": number})

    def rule(self, operation_id: str, **fields: Json) -> dict[str, Json]:
        """Add a rule; `fields` are the fields of `POST /__mock/rules`. Returns the rule."""
        rule: dict[str, Json] = self.admin("POST", "rules", {"operationId": operation_id, **fields})
        return rule

    def verify(self, operation_id: str, **wanted: Json) -> None:
        """Raise AssertionError unless the operation was called as `POST /__mock/requests/verify` demands."""
        status, said = self._send("POST", "requests/verify", {"operationId": operation_id, **wanted})
        if status == 409:
            raise AssertionError(f"{said['error']} {json.dumps(said['near'])}")
        _raise_for(status, said)

    def reset(self) -> None:
        """Return to the initial records, rules, clock and settings."""
        self.admin("POST", "reset")

    def forget(self) -> None:
        """Delete the session; another request with its name starts a new one."""
        self._send("DELETE", f"sessions/{self.name}")

    def admin(self, method: str, path: str, body: Json = None) -> Json:
        """Send a request to `/__mock/` + `path` in this session. Raises RefusedByMockError."""
        status, said = self._send(method, path, body)
        _raise_for(status, said)
        return said

    def _send(self, method: str, path: str, body: Json = None) -> tuple[int, Json]:
        connection = HTTPConnection(*self._address, timeout=_PATIENCE_S)
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, f"{self._prefix}/__mock/{path}", data, {"Content-Type": "application/json"})
            response = connection.getresponse()
            text = response.read()
            return response.status, json.loads(text) if text else None
        finally:
            connection.close()


def _raise_for(status: int, said: Json) -> None:
    if status < 400:
        return
    problems: Sequence[Mapping[str, str]] = said.get("problems", ())
    lines = [f"{problem['path'] or 'the body'}: {problem['message']}" for problem in problems]
    raise RefusedByMockError("\n  ".join([said["error"], *lines[1:]]))

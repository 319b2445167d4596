"""A session of a mock, as tests use it: `url` for the code under test, the rest to arrange and to look."""

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
    """Something that /__mock/ did not do. The message is the mock's, and names every place that is wrong."""


class MockSession:
    """A session of its own on the mock at `url` (where the paths of the document begin), over HTTP.

    `label` becomes a part of its name, which log and journal show.
    """

    def __init__(self, url: str, label: str) -> None:
        parts = urlsplit(url)
        self.name = f"{_NOT_IN_A_NAME.sub('-', label)[:_LONGEST_LABEL].strip('-')}-{next(_numbers)}"
        self._address = (parts.hostname or "", parts.port)
        self._prefix = f"/__s/{self.name}"
        self.url = f"{parts.scheme}://{parts.netloc}{self._prefix}{parts.path}"
        """The URL that the paths of the document follow, for clients that know nothing of sessions."""

    @property
    def requests(self) -> list[dict[str, Json]]:
        """What was asked and answered, the oldest first, each as in `GET /__mock/requests`."""
        listed: list[dict[str, Json]] = self.admin("GET", "requests")["requests"]
        return listed[::-1]

    @property
    def records(self) -> Json:
        """The records, as a fixture file: newest first; an object of arrays where there are several resources."""
        return self.admin("GET", "state")

    @records.setter
    def records(self, records: Json) -> None:
        self.admin("PUT", "state", records)

    def seed(self, seed: int, number: int) -> None:
        """Replace the records with `number` that are made up: the same seed, the same records."""
        self.admin("POST", "seed", {"seed": seed, "count": number})

    def rule(self, operation_id: str, **members: Json) -> dict[str, Json]:
        """Add a rule for requests to come; `members` are those of `POST /__mock/rules`. Returns the rule."""
        rule: dict[str, Json] = self.admin("POST", "rules", {"operationId": operation_id, **members})
        return rule

    def verify(self, operation_id: str, **wanted: Json) -> None:
        """Raise AssertionError unless the operation was asked for as `POST /__mock/requests/verify` wants."""
        status, said = self._send("POST", "requests/verify", {"operationId": operation_id, **wanted})
        if status == 409:
            raise AssertionError(f"{said['error']} {json.dumps(said['near'])}")
        _raise_for(status, said)

    def reset(self) -> None:
        """Be as at the beginning."""
        self.admin("POST", "reset")

    def forget(self) -> None:
        """Leave nothing behind. Whoever uses it again begins anew."""
        self._send("DELETE", f"sessions/{self.name}")

    def admin(self, method: str, place: str, body: Json = None) -> Json:
        """Send a request to `/__mock/` + `place` in this session. Raises RefusedByMockError."""
        status, said = self._send(method, place, body)
        _raise_for(status, said)
        return said

    def _send(self, method: str, place: str, body: Json = None) -> tuple[int, Json]:
        connection = HTTPConnection(*self._address, timeout=_PATIENCE_S)
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, f"{self._prefix}/__mock/{place}", data, {"Content-Type": "application/json"})
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

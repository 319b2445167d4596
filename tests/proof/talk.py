"""A short exchange with a service in this process, to show what a fault does.

Two services are alike if the same exchange has the same result. What differs between any two runs, such as uuids and
times, is left out of the phones.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

from tests.proof.correct import Correct
from tests.proof.front import Handler
from tests.proof.messages import COLLECTION, Request, ServiceResponse

Shown: TypeAlias = "Callable[[Talk], object]"
"""An exchange, and its result as a value that can be compared."""

_MADE = ("uuid", "createdAt", "updatedAt")


class Talk:
    """Sends requests to a handler, with the correct service behind it."""

    def __init__(self, handler: Handler, correct: Correct, token: str | None = None) -> None:
        self._handler = handler
        self._correct = correct
        self._token = token
        self._numbers = iter(range(10_000))

    def send(
        self,
        method: str,
        path: str = COLLECTION,
        query: str = "",
        body: Any = None,
        *,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ServiceResponse:
        """The response to one request. `raw` is sent instead of a JSON body."""
        usual = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        if method in ("POST", "PATCH", "PUT"):
            usual["Content-Type"] = "application/json"
        sent = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        request = Request(method, path, query, tuple({**usual, **(headers or {})}.items()), sent)
        return self._handler(request, self._correct)

    def number(self) -> str:
        """An unused number."""
        return f"+1202555{next(self._numbers):04}"

    def create(self, **fields: Any) -> ServiceResponse:
        """Register a phone, with an unused number unless one is given."""
        return self.send("POST", body={"number": self.number(), **fields})

    def made(self, **fields: Any) -> dict[str, Any]:
        """A phone just registered."""
        phone: dict[str, Any] = self.create(**fields).json
        return phone

    def get(self, key: str) -> ServiceResponse:
        """Get a phone."""
        return self.send("GET", item(key))

    def update(self, key: str, **fields: Any) -> ServiceResponse:
        """Update a phone."""
        return self.send("PATCH", item(key), body=fields)

    def delete(self, key: str) -> ServiceResponse:
        """Delete a phone."""
        return self.send("DELETE", item(key))

    def list(self, **parameters: Any) -> ServiceResponse:
        """A list."""
        return self.send("GET", query=urlencode(parameters))

    def listed(self, **parameters: Any) -> Any:
        """The counts of a list, and its phones."""
        body = self.list(**parameters).json
        return body and {**body, "phones": [plain(one) for one in body.get("phones", [])]}

    def through(self, fields: dict[str, Any], changes: dict[str, Any] | None = None) -> object:
        """Register, get and list a phone; with `changes`, also update, get and list it."""
        response = self.create(**fields)
        if not response.ok:
            return [response.status]
        key = response.json["uuid"]
        seen = [plain(response.json), *self._looked_at(key)]
        if changes is not None:
            changed = self.update(key, **changes)
            seen += [(changed.status, plain(changed.json)), *self._looked_at(key)]
        return seen

    def _looked_at(self, key: str) -> tuple[Any, ...]:
        return (plain(self.get(key).json), self.listed(limit=2))


def item(key: str) -> str:
    """The path of a phone."""
    return f"{COLLECTION}/{quote(key, safe='')}"


def plain(phone: Any) -> Any:
    """A phone without what the server makes."""
    return {name: value for name, value in phone.items() if name not in _MADE} if isinstance(phone, dict) else phone


def summary(response: ServiceResponse) -> tuple[Any, ...]:
    """A response's status, media type and body."""
    return (
        response.status,
        response.header("Content-Type"),
        response.json if response.json is not None else response.body,
    )

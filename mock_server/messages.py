"""A request and its reply as plain values: what the mock works with, whatever brought them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class Headers(Protocol):
    """The header fields of a request."""

    def get(self, name: str, /) -> str | None:
        """The value of the field `name` (in lower case), repeated ones joined by commas; None where it was not sent."""


class Request(NamedTuple):
    """What an operation's handler needs to know of a request.

    `path_values` are the texts that stand at the placeholders of the path, percent-decoded. `query` is the query
    string as it was sent, one character per byte (latin-1). `body` is None where it is longer than the contract's
    `max_body_bytes`, of which nobody then needs the content.
    """

    path_values: Mapping[str, str]
    query: str
    headers: Headers
    body: bytes | None


class Reply(NamedTuple):
    """A whole answer. It says nothing of its length: who sends it does."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

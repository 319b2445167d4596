"""A request and its reply as plain values: what the mock works with, whatever brought them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, Protocol, TypeAlias

from mock_server.http.faults import Fault

Location: TypeAlias = Literal["body", "query", "path", "header"]


class Violation(NamedTuple):
    """One way in which a request breaks the contract.

    `path` is a JSON Pointer into the body, or a parameter's name; `message` says what was got and what is allowed.
    """

    location: Location
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.location} {self.path}: {self.message}" if self.path else f"{self.location}: {self.message}"


class Headers(Protocol):
    """The header fields of a request."""

    def get(self, name: str, /) -> str | None:
        """The value of the field `name` (in lower case), repeated ones joined by commas; None where it was not sent."""


class HttpRequest(NamedTuple):
    """What an operation's handler needs to know of a request.

    `path_values` are the texts that stand at the placeholders of the path, percent-decoded. `query` is the query
    string as it was sent, one character per byte (latin-1). `body` is None where it is longer than the contract's
    `max_body_bytes`, of which nobody then needs the content. `wishes` is true where the request may say how it wants to
    be answered.
    """

    path_values: Mapping[str, str]
    query: str
    headers: Headers
    body: bytes | None
    wishes: bool = False


class ResponseNotes(NamedTuple):
    """What is to be known of an answer beside itself: by the journal, the log, and whoever sends it.

    `violations` and `message` say what was wrong with the request. `forced` says what forced the answer. It is to be
    sent `delay_ms` milliseconds late and with the `fault`. `undeclared`: the document does not declare its status.
    """

    violations: tuple[Violation, ...] = ()
    message: str = ""
    forced: str = ""
    fault: Fault | None = None
    delay_ms: int = 0
    undeclared: bool = False


NOTHING = ResponseNotes()
"""Nothing to be known."""


class HttpResponse(NamedTuple):
    """A whole answer. It says nothing of its length: who sends it does."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    notes: ResponseNotes = NOTHING

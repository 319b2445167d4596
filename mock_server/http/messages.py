"""Requests and responses as plain values, independent of the server and of Flask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple, Protocol, TypeAlias

from mock_server.http.faults import Fault

Location: TypeAlias = Literal["body", "query", "path", "header", "cookie"]


class Violation(NamedTuple):
    """One violation of the contract.

    `path` is a JSON Pointer into the body, or a parameter's name; `message` says what is wrong and what is allowed.
    """

    location: Location
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.location} {self.path}: {self.message}" if self.path else f"{self.location}: {self.message}"


class Headers(Protocol):
    """The header fields of a request."""

    def get(self, name: str, /) -> str | None:
        """The value of the field `name` (lower case), repeated fields joined by commas; None if it was not sent."""


class HttpRequest(NamedTuple):
    """The parts of a request that the handler of an operation needs.

    `path_values` are the percent-decoded strings at the placeholders of the path. `query` is the query string as sent,
    one character per byte (latin-1). `body` is None if it is longer than the contract's `max_body_bytes`.
    `has_preferences` is true if the request may have a Prefer header or its query equivalents. `raw_path` is the path
    as sent.
    """

    path_values: Mapping[str, str]
    query: str
    headers: Headers
    body: bytes | None
    has_preferences: bool = False
    raw_path: str = ""


class Deviation(NamedTuple):
    """One way in which a forwarded request or its response breaks the document.

    `of` is 'request' or 'response', `location` body, header, query, path, cookie or status. `rests_on` is the
    JSON Pointer of the broken keyword. `claim` says whether it is documented, assumed (`why` is the reason), or
    undocumented: the document does not describe what the service sends.
    """

    of: str
    location: str
    path: str
    message: str
    rests_on: str
    claim: Literal["documented", "assumed", "undocumented"]
    why: str | None = None

    def __str__(self) -> str:
        part = f"{self.location} {self.path}".strip()
        return f"{self.of} {part}: {self.message} ({self.claim})"


class ResponseNotes(NamedTuple):
    """Facts about a response for the journal, the log and the sender.

    `violations` and `message` say what was wrong with the request, `forced` what forced the response. The response is
    sent `delay_ms` milliseconds late and with the `fault`. `undeclared` is true if the document does not declare its
    status. With a service behind the mock, `source` says who responded ('upstream' or 'mock'), `deviations` where the
    exchange breaks the document, and `differences` how the mock's response differs in kind.
    """

    violations: tuple[Violation, ...] = ()
    message: str = ""
    forced: str = ""
    fault: Fault | None = None
    delay_ms: int = 0
    undeclared: bool = False
    source: str = ""
    deviations: tuple[Deviation, ...] = ()
    differences: tuple[str, ...] = ()


NOTHING = ResponseNotes()
"""No notes."""


class HttpResponse(NamedTuple):
    """A complete response. The sender adds Content-Length.

    `rebuild` builds `body` again, if it consists of values that stay in memory anyway.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    notes: ResponseNotes = NOTHING
    rebuild: Callable[[], bytes] | None = None

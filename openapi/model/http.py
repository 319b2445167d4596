"""The requests and responses of an operation, in the terms of OpenAPI."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from openapi.json_value import JsonValue
from openapi.media_types import is_json
from openapi.schemas import Schema


@dataclass(frozen=True, slots=True)
class Example:
    """A named example: of a media type, a parameter or a header."""

    name: str
    value: JsonValue
    pointer: str


@dataclass(frozen=True, slots=True)
class MediaType:
    """A body of one media type. `encodings` are the Encoding Objects of a form's properties."""

    name: str
    schema: Schema | None
    examples: tuple[Example, ...]
    pointer: str
    encodings: Mapping[str, Mapping[str, JsonValue]] = field(default_factory=dict)


Location: TypeAlias = Literal["query", "path", "header", "cookie"]
Pairs: TypeAlias = Sequence[tuple[str, str]]
"""The names (decoded) and texts (as they were sent) of a request that belong to one parameter; at least one."""

Decode: TypeAlias = Callable[[str], str]
ParseParameter: TypeAlias = Callable[[Pairs, Decode], JsonValue]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query, path, header or cookie parameter.

    `read` turns the decoded text of a plain parameter, or each text of a repeated one (`many`), into the value that
    `schema` validates; it raises ValueError, with advice, if the text is not such a value. `parse` reads a
    parameter of another style, or of several types, from its pairs; None for a plain one. `takes` says which names
    of a query belong to the parameter; None if only its own name does.
    """

    name: str
    location: Location
    required: bool
    schema: Schema
    read: Callable[[str], JsonValue] = field(compare=False)
    many: bool
    has_default: bool
    default: JsonValue
    pointer: str
    parse: ParseParameter | None = field(default=None, compare=False)
    takes: Callable[[str], bool] | None = field(default=None, compare=False)

    def accepts(self, text: str) -> bool:
        """Whether a text is a valid value of a plain parameter, or a valid item of a repeated one."""
        try:
            return self.schema.is_valid(self.read(text))
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class RequestBody:
    """The body that an operation takes, by media type."""

    required: bool
    content: Mapping[str, MediaType]
    pointer: str

    def json_schema(self) -> Schema | None:
        """The schema of the first JSON media type; None if the body is not JSON, or any JSON."""
        return next((media.schema for name, media in self.content.items() if is_json(name)), None)


@dataclass(frozen=True, slots=True)
class Header:
    """A header that a response declares."""

    name: str
    required: bool
    schema: Schema
    examples: tuple[Example, ...]
    pointer: str


@dataclass(frozen=True, slots=True)
class Response:
    """One declared response. `status` is as in the document: '201', '4XX' or 'default'."""

    status: str
    description: str
    headers: Mapping[str, Header]
    content: Mapping[str, MediaType]
    pointer: str


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """One way to authenticate. `scheme` (in lower case) is that of `http`, `location` and `parameter` of `apiKey`."""

    kind: Literal["apiKey", "http", "oauth2", "openIdConnect", "mutualTLS"]
    scheme: str
    location: str
    parameter: str

    @property
    def takes_bearer_token(self) -> bool:
        """Whether requests have the header `Authorization: Bearer` (RFC 6750; OAuth 2.0 and OpenID Connect use it)."""
        return self.kind in ("oauth2", "openIdConnect") or (self.kind == "http" and self.scheme == "bearer")


REUSED = (422, 409)
"""The statuses of an idempotency key that was sent with another request; the first that is declared counts."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, with its requests and responses. `method` is upper case, `path` is the template.

    `success` is the response to a request that succeeds, with one status: the lowest declared 2xx, else the
    class 2XX or `default` as 200, else the lowest 3xx. `security` are the alternatives that the document declares; all
    schemes of one must be used, and an empty one needs none.
    """

    id: str
    method: str
    path: str
    summary: str
    parameters: tuple[Parameter, ...]
    body: RequestBody | None
    responses: Mapping[str, Response]
    success: Response
    security: tuple[tuple[SecurityScheme, ...], ...]
    pointer: str

    @property
    def bearer(self) -> Literal["none", "optional", "required"]:
        """Whether requests need a bearer token."""
        needs = [any(scheme.takes_bearer_token for scheme in schemes) for schemes in self.security]
        if not any(needs):
            return "none"
        return "required" if all(needs) else "optional"

    def header(self, name: str) -> Parameter | None:
        """The header parameter `name`, in any letter case; None if the operation takes none."""
        known = (one for one in self.parameters if one.location == "header")
        return next((one for one in known if one.name.lower() == name.lower()), None)

    @property
    def reused_key_status(self) -> int:
        """The status for an idempotency key that was sent with another request."""
        exact = (status for status in REUSED if str(status) in self.responses)
        return next(exact, next((status for status in REUSED if self.response_for(status)), REUSED[0]))

    def response_for(self, status: int) -> Response | None:
        """The response that declares `status`: exactly, by its class ('4XX'), or as 'default'.

        OAS 3.1, section 4.8.16, Responses Object.
        """
        return (
            self.responses.get(str(status)) or self.responses.get(f"{status // 100}XX") or self.responses.get("default")
        )

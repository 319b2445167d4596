"""The frozen values that a document becomes: the only view of the contract that the three tools have."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Literal, TypeAlias

from openapi.comparisons import ComparedField, Comparison
from openapi.envelope import BARE, Envelope
from openapi.errors import Problem
from openapi.media_types import is_json
from openapi.pointers import ancestors
from openapi.schemas import Schema

JsonValue: TypeAlias = Any
"""What JSON can say: None, bool, int, float, str, a list or a dict with string keys of the same."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """A node of the document that the vendor's documentation does not state, and why we assume it.

    `with_all_below` is false where only the node's name is assumed: which status it is that answers.
    """

    pointer: str
    why: str
    with_all_below: bool = True


@dataclass(frozen=True, slots=True)
class Example:
    """A named example: of a media type, a parameter or a header."""

    name: str
    value: JsonValue
    pointer: str


@dataclass(frozen=True, slots=True)
class MediaType:
    """What a body of one media type looks like. `encodings` are the Encoding Objects of a form's properties."""

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
    `schema` judges; it raises ValueError, saying what to write, if the text is not such a value. `parse` reads a
    parameter of another style, or of several types, from its pairs; None for a plain one. `takes` says which names
    of a query belong to the parameter; None where only its own name does.
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


@dataclass(frozen=True, slots=True)
class RequestBody:
    """The body that an operation takes, by media type."""

    required: bool
    content: Mapping[str, MediaType]
    pointer: str

    def json_schema(self) -> Schema | None:
        """The schema of the first JSON media type; None where no JSON is taken, or any."""
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
    """One declared answer. `status` is as the document writes it: '201', '4XX' or 'default'."""

    status: str
    description: str
    headers: Mapping[str, Header]
    content: Mapping[str, MediaType]
    pointer: str


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """One way to authenticate. `scheme` (in lower case) is that of `http`, `location` and `parameter` of `apiKey`."""

    name: str
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
    """One operation: what it takes and what it may answer. `method` is upper case, `path` is the template.

    `success` is the response to a request that succeeds, with a status of its own: the lowest declared 2xx, else the
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
        """The status of a request with an idempotency key that was sent with another request."""
        exact = (status for status in REUSED if str(status) in self.responses)
        return next(exact, next((status for status in REUSED if self.response_for(status)), REUSED[0]))

    def response_for(self, status: int) -> Response | None:
        """The response that declares `status`: exactly, by its class ('4XX'), or as 'default'.

        OAS 3.1, section 4.8.16, Responses Object.
        """
        return (
            self.responses.get(str(status)) or self.responses.get(f"{status // 100}XX") or self.responses.get("default")
        )


class Role(Enum):
    """What an operation does to a resource."""

    LIST = "list"
    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Filter:
    """A query parameter that keeps the records whose field equals it."""

    parameter: str
    field: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """A query parameter that keeps the records with a value in `field` that compares so with the parameter's.

    `source` leads to that value among those of the query: the parameter's name, and that of a field if it is an object.
    `parameter` is the name that a request sends, such as `price[gte]`.
    """

    parameter: str
    source: tuple[str, ...]
    field: ComparedField
    comparison: Comparison
    pointer: str

    def sent_in(self, query: Mapping[str, JsonValue]) -> list[JsonValue] | None:
        """The values of the query, of which one has to compare; None if the parameter was not sent."""
        value: JsonValue = query
        for name in self.source:
            if not isinstance(value, dict) or name not in value:
                return None
            value = value[name]
        return value if isinstance(value, list) else [value]


@dataclass(frozen=True, slots=True)
class Search:
    """A query parameter that keeps the records in which any of the fields contains it, letter case aside."""

    parameter: str
    fields: tuple[str, ...]
    pointer: str
    match: Literal["part", "beginning", "whole"] = "part"
    ignores_case: bool = True


@dataclass(frozen=True, slots=True)
class Paging:
    """How a list is cut: by page number (from 1) or by offset (from 0). Both hold parameter names.

    `refuses_past_end` is whether a page after the last one is refused instead of empty; `least_pages` is how many pages
    there are when nothing matches.
    """

    style: Literal["page", "offset"]
    start: str
    limit: str
    pointer: str
    refuses_past_end: bool = False
    least_pages: int = 0


@dataclass(frozen=True, slots=True)
class CursorPaging:
    """How a list is cut by a cursor, which a response has for the page after it. Both hold parameter names."""

    parameter: str
    limit: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is ordered: by creation, or by a field (ties broken by creation)."""

    by: str | None
    descending: bool
    pointer: str


@dataclass(frozen=True, slots=True)
class SortTerm:
    """A field to sort by."""

    field: ComparedField
    descending: bool


@dataclass(frozen=True, slots=True)
class SortDirection:
    """A query parameter with the direction of a sort, and its two values."""

    parameter: str
    ascending: str
    descending: str


@dataclass(frozen=True, slots=True)
class Sort:
    """Query parameters that choose the order of a list: by one field or several, the first of them counts most.

    `terms` are what the `parameter` may name, several of them in an array (`many`) or with commas. Where there is a
    `direction`, that of all terms is in another parameter.
    """

    parameter: str
    many: bool
    terms: Mapping[str, SortTerm]
    direction: SortDirection | None
    pointer: str

    def terms_in(self, query: Mapping[str, JsonValue]) -> tuple[list[SortTerm], list[str]]:
        """The terms that a query names, and the names in it that are none."""
        sent = query.get(self.parameter, [])
        names = [name for text in (sent if isinstance(sent, list) else [sent]) for name in str(text).split(",")]
        known = [self.terms[name] for name in names if name in self.terms]
        if self.direction is not None and query.get(self.direction.parameter) == self.direction.descending:
            known = [SortTerm(term.field, descending=True) for term in known]
        return known, [name for name in names if name not in self.terms]


HeaderWord: TypeAlias = Literal["total", "range", "links"]


@dataclass(frozen=True, slots=True)
class ListAnswer:
    """JSON Pointers into a list's answer. `items` is '' for a bare array; a member is None where there is none.

    `fixed` are the values at other pointers, the same in every answer. `headers` are those with a count or with links,
    by name: `total` is the number of matching records, `range` is a Content-Range such as `items 0-9/57` (RFC 9110,
    section 14.4), `links` leads to other pages (RFC 8288). `next` is the cursor of the next page; on the last page it
    is null (`null_at_end`) or left out.
    """

    items: str
    total: str | None
    page: str | None
    offset: str | None
    limit: str | None
    pages: str | None
    pointer: str
    fixed: Mapping[str, JsonValue] = field(default_factory=dict)
    headers: Mapping[str, HeaderWord] = field(default_factory=dict)
    next: str | None = None
    null_at_end: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """What a resource's list operation answers to which parameters.

    `filters` keep records whose field equals a value; `criteria` are all other filters.
    """

    answer: ListAnswer
    filters: tuple[Filter, ...]
    search: Search | None
    paging: Paging | None
    order: Order
    pointer: str
    criteria: tuple[Criterion, ...] = ()
    sort: Sort | None = None
    cursor: CursorPaging | None = None


@dataclass(frozen=True, slots=True)
class Unique:
    """Fields that no two live records have alike."""

    fields: tuple[str, ...]
    pointer: str


@dataclass(frozen=True, slots=True)
class ConditionalInitialValue:
    """Another start value, for a new record whose `field` equals `equals`."""

    field: str
    equals: JsonValue
    value: JsonValue


@dataclass(frozen=True, slots=True)
class InitialValue:
    """A field that a new record starts with where the client named none."""

    field: str
    value: JsonValue
    exceptions: tuple[ConditionalInitialValue, ...]
    pointer: str


@dataclass(frozen=True, slots=True)
class ServerMade:
    """A field that the server makes; with `unless_sent`, only where the client sends none.

    A time of change `moves` with every update, or only if a value changes.
    """

    field: str
    kind: Literal["uuid", "integer", "time-of-creation", "time-of-change"]
    pointer: str
    moves: Literal["always", "if-changed"] = "always"
    unless_sent: bool = False


@dataclass(frozen=True, slots=True)
class Country:
    """A field that starts as the country (ISO 3166-1 alpha-2) of the calling code of another field's number."""

    field: str
    number_field: str
    otherwise: str
    pointer: str


TIME_FORMS = (
    *("milliseconds", "seconds", "microseconds"),
    *("milliseconds-with-offset", "seconds-with-offset", "microseconds-with-offset"),
)
"""How a service writes times, all in UTC: with which fraction, and with Z or +00:00."""

FieldRule: TypeAlias = InitialValue | ServerMade | Country


@dataclass(frozen=True, slots=True)
class Transition:
    """A field that goes from the value `before` to `after` by itself, once a record has had `before` for long enough.

    Enough is `after_s` seconds or `after_reads` reads of the record, whichever comes first; one of them may be None.
    """

    field: str
    before: JsonValue
    after: JsonValue
    after_s: int | None
    after_reads: int | None
    pointer: str


@dataclass(frozen=True, slots=True)
class Magic:
    """Values of a field that a mock always refuses to create a record with, each with the declared status."""

    field: str
    statuses: Mapping[str, int]
    pointer: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on a record: each of `fields` equals one of its values."""

    fields: Mapping[str, tuple[JsonValue, ...]]
    pointer: str

    def holds(self, record: Mapping[str, JsonValue]) -> bool:
        """Whether the record fulfils the condition. A missing field equals nothing."""
        return all(name in record and record[name] in values for name, values in self.fields.items())


NOW = "$now"
"""In `Action.sets`: the time of the action (RFC 3339)."""


@dataclass(frozen=True, slots=True)
class Action:
    """An operation that sets fields of one record: to the values in `sets`, and to those in its body.

    A record that does not fulfil `where` is in no state for it: the request is a conflict.
    """

    operation: str
    sets: Mapping[str, JsonValue]
    where: Condition | None
    pointer: str


class OnDelete(Enum):
    """What happens to a record when a record that it refers to is deleted."""

    REFUSE = "refuse"
    CASCADE = "cascade"
    UNSET = "unset"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Reference:
    """A field with the key of a record of the resource `to`, or with a list of such keys (`many`).

    `unknown` is how a write with an unknown key is refused. `on_delete` applies to the records that fulfil `where`; the
    others keep the key. Unsetting writes null if `nullable`, and removes the field or the item otherwise.
    """

    field: str
    to: str
    many: bool
    nullable: bool
    unknown: Refusal
    on_delete: OnDelete
    where: Condition | None
    pointer: str

    def keys_in(self, record: Mapping[str, JsonValue]) -> list[JsonValue]:
        """The keys that the record refers to."""
        value = record.get(self.field)
        if self.many:
            return list(value) if isinstance(value, list) else []
        return [] if value is None else [value]


@dataclass(frozen=True, slots=True)
class Referrers:
    """A field that a read of a record computes from the records of `resource` that refer to it and fulfil `where`.

    It is their number (`show` is "count"), a list of their keys ("key"), or a list of objects with the fields in
    `show`. `through` are the fields with which they refer to it.
    """

    field: str
    resource: str
    through: tuple[str, ...]
    where: Condition | None
    show: str | tuple[str, ...]
    pointer: str


@dataclass(frozen=True, slots=True)
class Parent:
    """The resource that records belong to: the path parameter `parameter` has its key.

    `field` is the field of the records that has it; `is_hidden` says that only the mock's records have that field,
    and no response. `on_delete` is what happens when the parent is deleted.
    """

    resource: str
    parameter: str
    field: str
    is_hidden: bool
    on_delete: OnDelete
    pointer: str

    @property
    def reference(self) -> Reference:
        """What `field` refers to."""
        unknown = Refusal.UNKNOWN_RECORD
        return Reference(self.field, self.resource, False, False, unknown, self.on_delete, None, self.pointer)


@dataclass(frozen=True, slots=True)
class Resource:
    """A collection of records that the operations share.

    `key` is the record's field that the last placeholder of `item`, `key_parameter`, holds. `shown` are the fields
    that the response of a role shows; None for all. A role is not in it where its response is not a record.
    `write_only` are the members of a create or update body that a record doesn't have (`writeOnly`, or `not-stored`).
    `mock_only` is whether the check may write such records to its own mock alone.
    `keeps_deleted_values` is whether a unique value of a deleted record stays taken. `bodies` are the schemas of the
    record in the bodies of create, update and replace; `requests` and `responses` say where it is, by operationId.
    `etag` is the pointer of the word that gives records entity tags; "" without it. `idempotency_key` is the header
    parameter with which writes can be repeated; "" for none.
    """

    name: str
    record: Schema
    key: str
    key_parameter: str
    collection: str
    item: str
    operations: Mapping[Role, str]
    role_pointers: Mapping[Role, str]
    shown: Mapping[Role, tuple[str, ...] | None]
    listing: Listing | None
    unique: tuple[Unique, ...]
    fields: Mapping[str, FieldRule]
    references: Mapping[str, Reference]
    actions: Mapping[str, Action]
    write_only: frozenset[str]
    transitions: tuple[Transition, ...]
    magic: tuple[Magic, ...]
    pointer: str
    keeps_deleted_values: bool = False
    mock_only: bool = False
    referrers: Mapping[str, Referrers] = field(default_factory=dict)
    parent: Parent | None = None
    etag: str = ""
    idempotency_key: str = ""
    bodies: Mapping[Role, Schema] = field(default_factory=dict)
    requests: Mapping[str, Envelope] = field(default_factory=dict)
    responses: Mapping[str, Envelope] = field(default_factory=dict)

    keyed_by_body: frozenset[Role] = frozenset()
    """The roles whose operations have the key in the body, and not in the path."""

    def request(self, operation: str) -> Envelope:
        """Where the record is in the body of an operation."""
        return self.requests.get(operation, BARE)

    def response(self, operation: str) -> Envelope:
        """Where the record is in the response of an operation; for a list, what each of its items is."""
        return self.responses.get(operation, BARE)

    @property
    def links(self) -> tuple[Reference, ...]:
        """The references to records of other resources, that to the parent among them."""
        own = tuple(self.references.values())
        return own if self.parent is None else (*own, self.parent.reference)


class Refusal(Enum):
    """Why a request is refused, in the order in which the mock looks for it."""

    UNKNOWN_PATH = "unknown-path"
    UNKNOWN_METHOD = "unknown-method"
    TOKEN = "token"
    RATE = "rate"
    MEDIA_TYPE = "media-type"
    TOO_LARGE = "too-large"
    INVALID = "invalid"
    MALFORMED_KEY = "malformed-key"
    UNKNOWN_RECORD = "unknown-record"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Refusals:
    """The document's `x-http` / `refusals`: the status of each refusal and how its body is filled.

    `body` and `violation` are JSON templates whose strings `$message`, `$status`, `$title`, `$violations`
    (in `body`) and `$in`, `$path`, `$message` (in `violation`) stand for values. `schema` is what the body keeps;
    None where the document doesn't say. `max_body_bytes` is the longest request body taken. `unrouted` is what a
    request for an unknown path or with an unknown method gets: a body like any other, or a page of the framework's.
    """

    statuses: Mapping[Refusal, int]
    media_type: str
    schema: Schema | None
    body: JsonValue
    violation: JsonValue
    max_body_bytes: int
    pointer: str
    unrouted: Literal["described", "html-page"] = "described"

    def status_of(self, refusal: Refusal, operation: Operation) -> int:
        """The status of a refusal by `operation`: that of the document, or the nearest that the operation declares.

        Services that declare 422 alone use it for invalid requests, and those that declare neither 413 nor 415 use 400
        or 422.
        """
        status = self.statuses[refusal]
        declares = operation.response_for
        if (
            status == 400
            and refusal is Refusal.INVALID
            and "400" not in operation.responses
            and "422" in operation.responses
        ):
            return 422
        if refusal in (Refusal.MEDIA_TYPE, Refusal.TOO_LARGE) and declares(status) is None:
            return next((other for other in (400, 422) if declares(other)), status)
        return status


_OURS = (
    Assumption("/x-resources", "x-resources is our description of the API; x-documented marks what the vendor says"),
    Assumption("/x-http", "x-http is our description of the API; x-documented marks what the vendor says"),
)


@dataclass(frozen=True, slots=True)
class Inference:
    """What was inferred for a document.

    `resources` are the entries of `x-resources` by name. `reasons` say why each part of one was chosen, by its place,
    such as ("list", "paging"). `undecided` are the operations and parameters that were left out, each with the reason.
    """

    resources: Mapping[str, Mapping[str, JsonValue]] = field(default_factory=dict)
    reasons: Mapping[str, Mapping[tuple[str, ...], str]] = field(default_factory=dict)
    undecided: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contract:
    """A whole document, read and checked.

    `files` are the document and every file it refers to. `base_path` is the path of the first server,
    without a trailing slash ('' where it is the root). `operations` are by operationId, in document order; an
    operation without one has one made of its method and path. `conventions` are the words of `x-http` for unusual
    requests (`extensions.conventions.WORDS`), each by its section and key. `documented` are the JSON Pointers of the
    nodes that `x-documented` marks. `warnings` are the problems that were read around. `inference` is None where
    resources were not inferred.
    """

    file: Path
    files: tuple[Path, ...]
    title: str
    version: str
    base_path: str
    operations: Mapping[str, Operation]
    resources: Mapping[str, Resource]
    refusals: Refusals
    conventions: Mapping[str, str]
    assumptions: Mapping[str, Assumption]
    documented: frozenset[str]
    schemas: Mapping[str, Schema]
    encoded: bytes
    warnings: tuple[Problem, ...] = field(default=(), compare=False)
    inference: Inference | None = field(default=None, compare=False)

    def document(self) -> dict[str, JsonValue]:
        """The document as one value of the caller's own, with every reference to another file made local."""
        value: dict[str, JsonValue] = json.loads(self.encoded)
        return value

    def assumption_at(self, pointer: str) -> Assumption | None:
        """The assumption that the node at `pointer` stands on: its own or its nearest ancestor's.

        None if it is documented. No vendor writes `x-resources` or `x-http`: what they say is assumed, unless the node
        or an ancestor is in `documented`.
        """
        for above in ancestors(pointer):
            found = self.assumptions.get(above)
            if found is not None and (found.with_all_below or above == pointer):
                return found
            if above in self.documented:
                return None
        return next((one for one in _OURS if pointer == one.pointer or pointer.startswith(f"{one.pointer}/")), None)

    def action_of(self, operation_id: str) -> tuple[Resource, Action] | None:
        """The resource and the action that an operation is for; None if it is none."""
        for resource in self.resources.values():
            if operation_id in resource.actions:
                return resource, resource.actions[operation_id]
        return None

    def role_of(self, operation_id: str) -> tuple[Resource, Role] | None:
        """The resource that an operation works on and what it does to it; None if it is in no resource."""
        for resource in self.resources.values():
            for role, named in resource.operations.items():
                if named == operation_id:
                    return resource, role
        return None

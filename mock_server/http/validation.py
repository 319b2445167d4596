"""Reads and validates a request: its values, or every violation of the contract."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, TypeAlias
from urllib.parse import quote, unquote

from mock_server.http.body_words import PrepareBody, body_words_preparer, may_be_empty
from mock_server.http.errors import RefusedError, invalid, too_large
from mock_server.http.messages import Headers, HttpRequest, Violation
from mock_server.http.parameters import ParameterGroup, decode, pairs
from mock_server.http.query_words import query_words_reader
from mock_server.http.request_bodies import (
    InvalidBodyError,
    body_reader,
    chooser,
    decompressed,
    is_always_json,
    violations_of,
)
from openapi.contract import Contract
from openapi.envelope import BARE, Envelope, replace_record
from openapi.json_value import JsonValue
from openapi.media_types import by_essence, is_json
from openapi.model.http import MediaType, Operation, RequestBody
from openapi.model.refusals import Refusal
from openapi.path_templates import placeholders, regex
from openapi.pointers import split
from openapi.read_only import has_read_only, without_read_only
from openapi.schemas import Schema
from openapi.strict_json import NotJsonError, read_json
from openapi.unsent import unsent_fields


class Values(NamedTuple):
    """The values of a valid request. A parameter that was not sent has its default or is missing.

    `body` is the JSON value of the body. If no body was sent: {} for an operation of a resource, else None. `header`
    has the header parameters, `headers` every header field as sent. `query_text` is the query string as sent.
    """

    path: dict[str, JsonValue]
    query: dict[str, JsonValue]
    header: dict[str, JsonValue]
    cookie: dict[str, JsonValue]
    headers: Headers
    body: JsonValue
    query_text: str = ""


class LenientResult(NamedTuple):
    """The values of a request without the invalid ones, and the violations.

    `values` is None if too little is left to carry out the operation.
    """

    values: Values | None
    violations: list[Violation]


_BodyReader: TypeAlias = Callable[[HttpRequest, list[Violation]], JsonValue]


class Reader(NamedTuple):
    """Reads the requests to one operation.

    `strictly` raises RefusedError for the media type, or for the size of the body, or with every violation, in this
    order. A key that no record of the resource can have is unknown. `leniently` raises it only for size and key.
    """

    strictly: Callable[[HttpRequest], Values]
    leniently: Callable[[HttpRequest], LenientResult]


def build_reader(contract: Contract, operation: Operation) -> Reader:
    """The reader of `operation`'s requests."""
    part = contract.role_of(operation.id)
    found = part or contract.action_of(operation.id)
    resource_name = found[0].name if found else None
    read_path = _path_reader(operation)
    query = ParameterGroup("query", operation.parameters, decode)
    header = ParameterGroup("header", operation.parameters)
    cookie = ParameterGroup("cookie", operation.parameters, unquote)
    header_fields = [(name, name.lower()) for name in header.names]
    read_body = _body_reader(contract, operation, operation.body) if operation.body else _no_body
    read_query = query_words_reader(contract, operation, query) or partial(_read_query, query)

    def collect(request: HttpRequest, violations: list[Violation], in_path: list[Violation]) -> Values:
        body = read_body(request, violations)
        headers = request.headers
        return Values(
            read_path(request, in_path),
            read_query(request.query, violations) if query.names else {},
            header.read(_header_texts(headers, header_fields), violations) if header_fields else {},
            cookie.read(_cookie_texts(headers, cookie), violations) if cookie.names else {},
            headers,
            body,
            request.query,
        )

    def strictly(request: HttpRequest) -> Values:
        violations: list[Violation] = []
        in_path: list[Violation] = []
        values = collect(request, violations, in_path)
        if violations or (in_path and resource_name is None):
            raise invalid([*violations, *in_path])
        if in_path:
            raise _no_such_path(resource_name, in_path)
        return values

    def leniently(request: HttpRequest) -> LenientResult:
        violations: list[Violation] = []
        in_path: list[Violation] = []
        values = collect(_as_usual(operation, request, violations), violations, in_path)
        if in_path and resource_name is not None:
            raise _no_such_path(resource_name, in_path)
        wrong = {violation.path for violation in violations if violation.location == "body"}
        body = _salvaged(operation, values.body, wrong) if wrong else values.body
        enough = not in_path and (body is not None or not wrong)
        return LenientResult(values._replace(body=body) if enough else None, [*violations, *in_path])

    return Reader(strictly, leniently)


def _path_reader(operation: Operation) -> Callable[[HttpRequest, list[Violation]], dict[str, JsonValue]]:
    """Reads the path parameters. The delimiters of a list are found before it is decoded (RFC 6570, section 3.2.2)."""
    parameters = [one for one in operation.parameters if one.location == "path"]
    if not parameters:
        return lambda _request, _violations: {}
    if all(one.parse is None for one in parameters):
        plain = ParameterGroup("path", parameters)
        return lambda request, violations: plain.read(
            {name: [text] for name, text in request.path_values.items()}, violations
        )
    encoded = ParameterGroup("path", parameters, unquote)
    names, whole = placeholders(operation.path), re.compile(f".*{regex(operation.path)}", re.DOTALL)

    def read(request: HttpRequest, violations: list[Violation]) -> dict[str, JsonValue]:
        found = whole.fullmatch(request.raw_path)
        texts = zip(names, found.groups(), strict=True) if found else map(_encoded, request.path_values.items())
        return encoded.read({name: [text] for name, text in texts}, violations)

    return read


def _encoded(pair: tuple[str, str]) -> tuple[str, str]:
    return pair[0], quote(pair[1], safe=",;=.")


def _no_such_path(resource_name: str | None, in_path: list[Violation]) -> RefusedError:
    message = f"There is no {resource_name} at this path. {in_path[0].path}: {in_path[0].message}."
    return RefusedError(Refusal.MALFORMED_KEY, message, in_path)


class _AsUsual(NamedTuple):
    """The header fields of a request, with a Content-Type that the operation accepts."""

    headers: Headers
    media_type: str

    def get(self, name: str, /) -> str | None:
        return self.media_type if name == "content-type" else self.headers.get(name)


def _as_usual(operation: Operation, request: HttpRequest, violations: list[Violation]) -> HttpRequest:
    """`request` with a media type that `operation` accepts. Appends to `violations` if it has another."""
    if operation.body is None:
        return request
    content_type = request.headers.get("content-type")
    if not content_type and not request.body and not operation.body.required:
        return request
    if chooser(operation.body.content)(content_type or "") is not None:
        return request
    names = list(operation.body.content)
    got = f"got {content_type}" if content_type else "is missing"
    violations.append(Violation("header", "Content-Type", f"{got}; send {' or '.join(names)}, in UTF-8"))
    return request._replace(headers=_AsUsual(request.headers, names[0]))


def _salvaged(operation: Operation, body: JsonValue, wrong: set[str]) -> JsonValue:
    """`body` without its invalid fields; None if the rest is not a valid body for `operation`."""
    media_type = next(iter(operation.body.content.values())) if operation.body else None
    if not isinstance(body, dict) or media_type is None or media_type.schema is None or "" in wrong:
        return None
    names = {split(pointer)[0] for pointer in wrong}
    kept = {name: field for name, field in body.items() if name not in names}
    return kept if media_type.schema.is_valid(kept) else None


def _read_query(group: ParameterGroup, query: str, violations: list[Violation]) -> dict[str, JsonValue]:
    texts: dict[str, list[str]] = {}
    names = group.names
    for name, text in pairs(query) if query else ():
        if name in names or group.has(name):
            texts.setdefault(name, []).append(text)
    return group.read(texts, violations)


def _header_texts(headers: Headers, fields: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    sent = ((name, headers.get(field)) for name, field in fields)
    return {name: [text] for name, text in sent if text is not None}


def _cookie_texts(headers: Headers, group: ParameterGroup) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for pair in (headers.get("cookie") or "").split(";"):
        name, _, text = pair.strip().partition("=")
        if group.has(name):
            texts.setdefault(name, []).append(text.strip('"'))
    return texts


def _no_body(_request: HttpRequest, _violations: list[Violation]) -> JsonValue:
    return None


def _body_reader(contract: Contract, operation: Operation, declared: RequestBody) -> _BodyReader:
    in_resource = contract.role_of(operation.id) is not None
    prepare, empty = body_words_preparer(contract, operation), may_be_empty(contract, operation)
    by_name, choose = by_essence(declared.content), chooser(declared.content)
    names = " or ".join(declared.content)
    most = contract.refusals.max_body_bytes
    usual = next(iter(declared.content.values()))
    # An update whose fields are all ignored succeeds; an update without fields may have to be refused.
    idle = _Idle(prepare is not None, contract.conventions["bodies/empty-updates"] == "accepted") if empty else _NEVER
    part = contract.role_of(operation.id)
    envelope = part[0].request(operation.id) if part else BARE
    # A schema that allows no other fields has refused them before.
    is_open = bool(envelope.record) or not all(_is_closed(one.schema) for one in declared.content.values())
    foreign = unsent_fields(contract, *part) if part and is_open else frozenset[str]()
    readers = {id(one): _content_reader(one, prepare, idle) for one in declared.content.values()}

    def read_body(request: HttpRequest, violations: list[Violation]) -> JsonValue:
        content_type, body = request.headers.get("content-type"), request.body
        if not declared.required and not content_type and body == b"":
            return _no_body_value(usual, violations) if in_resource else None
        # Most clients send the name alone.
        media_type = by_name.get(content_type or "") or choose(content_type or "")
        if media_type is None:
            got = f"{content_type} is not accepted" if content_type else "is missing"
            raise RefusedError(Refusal.MEDIA_TYPE, f"The media type {got}; send Content-Type: {names}, in UTF-8.")
        if body is None or len(body) > most:
            raise too_large(most)
        if body:
            encoding = request.headers.get("content-encoding")
            try:
                plain = body if encoding is None else decompressed(body, encoding, most)
                value = readers[id(media_type)](content_type or "", plain, violations)
                return _without(value, foreign, envelope) if foreign else value
            except (InvalidBodyError, NotJsonError) as error:
                violations.extend(violations_of(error))
                return None
        if declared.required:
            violations.append(Violation("body", "", "a body is required"))
            return None
        return _no_body_value(media_type, violations) if in_resource else None

    return read_body


def _is_closed(schema: Schema | None) -> bool:
    """Whether a schema allows only its properties."""
    node = {} if schema is None else schema.node
    return node.get("additionalProperties") is False and "patternProperties" not in node


def _without(value: JsonValue, names: frozenset[str], envelope: Envelope) -> JsonValue:
    record = envelope.unwrap(value) if envelope.record else value
    if not isinstance(record, dict) or names.isdisjoint(record):
        return value
    kept = {name: field for name, field in record.items() if name not in names}
    changed: JsonValue = replace_record(value, envelope.record, kept)
    return changed


class _Idle(NamedTuple):
    """Whether an empty update need not be valid: one that had fields before the correction, and one that had none."""

    emptied: bool
    empty: bool


_NEVER = _Idle(emptied=False, empty=False)


def _content_reader(
    media_type: MediaType, prepare: PrepareBody | None, idle: _Idle
) -> Callable[[str, bytes, list[Violation]], JsonValue]:
    """A function that reads and validates bodies of `media_type`."""
    read, schema = body_reader(media_type), media_type.schema
    if read is None:
        return lambda _content_type, _body, _violations: None
    strips, parses = schema is not None and has_read_only(schema), is_always_json(media_type)

    def read_content(content_type: str, body: bytes, violations: list[Violation]) -> JsonValue:
        value = read_json(body) if parses else read(content_type, body)
        if value is None and not is_json(media_type.name):
            return None
        if strips and schema is not None:
            value = without_read_only(schema, value)
        if prepare is None or schema is None:
            return value if value == {} and idle.empty else _validated(media_type, value, violations)
        sent, (value, more) = value, prepare(schema, value)
        if value == {} and (idle.emptied if sent else idle.empty):
            return dict(more)
        value = _validated(media_type, value, violations)
        return {**value, **more} if more and isinstance(value, dict) else value

    return read_content


def _no_body_value(media_type: MediaType, violations: list[Violation]) -> JsonValue:
    """A missing body counts as {}, which need not be valid."""
    return _validated(media_type, {}, violations)


def _validated(media_type: MediaType, value: JsonValue, violations: list[Violation]) -> JsonValue:
    schema = media_type.schema
    if schema is not None and not schema.compiled.is_valid(value):
        violations += [Violation("body", path, message) for path, _, _, message in schema.violations(value)]
    return value

"""From a request to the values that its operation works with, or every violation of the contract in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from mock_server.errors import RefusedError, Violation, invalid, too_large
from mock_server.json_body import NotJsonError, read_json
from mock_server.media_types import chooser, is_json
from mock_server.messages import Request
from mock_server.parameters import ParameterGroup
from mock_server.query import decode, pairs
from openapi.contract import JsonValue, MediaType, Operation, Refusal, Refusals, RequestBody


class Values(NamedTuple):
    """What a valid request says. Parameters that were not sent have their default, or are missing.

    `body` is what a JSON body says; where none was sent, {} for an operation of a resource, else None.
    """

    path: dict[str, JsonValue]
    query: dict[str, JsonValue]
    header: dict[str, JsonValue]
    body: JsonValue


_BodyReader: TypeAlias = Callable[[Request, list[Violation]], JsonValue]


def build_reader(operation: Operation, refusals: Refusals, resource_name: str | None) -> Callable[[Request], Values]:
    """A function that reads `operation`'s requests.

    It raises RefusedError: for the media type, else for the body's length, else with every violation of the contract.
    A key that no record of the resource can have is an unknown one; an operation of no resource has no keys.
    """
    path = ParameterGroup("path", operation.parameters)
    query = ParameterGroup("query", operation.parameters, decode)
    header = ParameterGroup("header", operation.parameters)
    header_fields = [(name, name.lower()) for name in header.names]
    read_body = _body_reader(operation.body, refusals, resource_name is not None) if operation.body else _no_body

    def read(request: Request) -> Values:
        violations: list[Violation] = []
        in_path: list[Violation] = []
        body = read_body(request, violations)
        sent = ((name, request.headers.get(field)) for name, field in header_fields)
        values = Values(
            path.read({name: [text] for name, text in request.path_values.items()}, in_path),
            query.read(_query_texts(request.query, query.names), violations),
            header.read({name: [text] for name, text in sent if text is not None}, violations),
            body,
        )
        if violations or (in_path and resource_name is None):
            raise invalid([*violations, *in_path])
        if in_path:
            message = f"There is no {resource_name} at this path. {in_path[0].path}: {in_path[0].message}."
            raise RefusedError(Refusal.UNKNOWN_RECORD, message, in_path)
        return values

    return read


def _query_texts(query: str, names: frozenset[str]) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    if query:
        for name, text in pairs(query):
            if name in names:
                texts.setdefault(name, []).append(text)
    return texts


def _no_body(_request: Request, _violations: list[Violation]) -> JsonValue:
    return None


def _body_reader(declared: RequestBody, refusals: Refusals, in_resource: bool) -> _BodyReader:
    choose = chooser(declared.content)
    names = " or ".join(declared.content)
    most = refusals.max_body_bytes
    usual = next(iter(declared.content.values()))

    def read_body(request: Request, violations: list[Violation]) -> JsonValue:
        content_type, body = request.headers.get("content-type"), request.body
        if not declared.required and not content_type and body == b"":
            return _no_members(usual, violations) if in_resource else None
        media_type = choose(content_type or "")
        if media_type is None:
            got = f"is {content_type}" if content_type else "is not said"
            raise RefusedError(Refusal.MEDIA_TYPE, f"The media type {got}; send Content-Type: {names}, in UTF-8.")
        if body is None or len(body) > most:
            raise too_large(most)
        if body:
            return _read_content(media_type, body, violations)
        if declared.required:
            violations.append(Violation("body", "", "got nothing; a body is required"))
            return None
        return _no_members(media_type, violations) if in_resource else None

    return read_body


def _read_content(media_type: MediaType, body: bytes, violations: list[Violation]) -> JsonValue:
    if not is_json(media_type.name):
        return None
    try:
        value = read_json(body)
    except NotJsonError as error:
        violations.extend(Violation("body", pointer, message) for pointer, message in error.faults)
        return None
    return _judged(media_type, value, violations)


def _no_members(media_type: MediaType, violations: list[Violation]) -> JsonValue:
    """What no body at all says of a record: no member. A record may need some all the same."""
    return _judged(media_type, {}, violations)


def _judged(media_type: MediaType, value: JsonValue, violations: list[Violation]) -> JsonValue:
    if media_type.schema is not None and not media_type.schema.is_valid(value):
        violations.extend(
            Violation("body", violation.path, violation.message) for violation in media_type.schema.violations(value)
        )
    return value

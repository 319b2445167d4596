"""Checks requests and responses of the service: where they break the document, and whether it is documented there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from mock_server.http.errors import RefusedError
from mock_server.http.messages import Deviation, HttpRequest, Violation
from mock_server.http.parameters import decode, pairs
from mock_server.http.request_bodies import chooser
from mock_server.http.validation import Reader
from mock_server.upstream.client import ServiceResponse
from openapi.contract import Contract
from openapi.flattening import flat, types_of
from openapi.json_value import JsonValue
from openapi.media_types import is_json
from openapi.model.http import Header, Operation, Response
from openapi.model.refusals import Refusal
from openapi.pointers import join
from openapi.schemas import Schema
from openapi.strict_json import NotJsonError, read_json

MOST = 20
"""How many deviations of one message are listed."""

_WITHOUT_BODY = (204, 205, 304)


class Content(NamedTuple):
    """The body of a response: its JSON value, or why it has none ('' if it is not JSON)."""

    value: JsonValue = None
    problem: str | None = None


def content_of(fields: Iterable[tuple[str, str]], body: bytes) -> Content:
    """The content of a response with these header fields."""
    if not is_json(header_of(fields, "content-type") or "") or not body:
        return Content(problem="")
    try:
        return Content(read_json(body))
    except NotJsonError as error:
        found = error.problems[0]
        return Content(problem=f"is not valid JSON: line {found.line}, column {found.column}: {found.problem}")


def header_of(fields: Iterable[tuple[str, str]], name: str) -> str | None:
    """The value of a header field, repeated ones joined; `name` is in lower case. None if there is none."""
    found = [text for one, text in fields if one.lower() == name]
    return ", ".join(found) if found else None


class Judge:
    """Judges the exchanges of one operation. `reader` reads its requests."""

    def __init__(self, contract: Contract, operation: Operation, reader: Reader) -> None:
        self._contract = contract
        self._operation = operation
        self._reader = reader

    def request(self, request: HttpRequest) -> list[Deviation]:
        """Where a request breaks the document."""
        try:
            self._reader.strictly(request)
        except RefusedError as refused:
            violations = list(refused.violations)
            if refused.refusal is Refusal.MEDIA_TYPE:
                violations = violations or [Violation("header", "Content-Type", refused.message)]
            elif refused.refusal is Refusal.TOO_LARGE:
                violations = [Violation("body", "", refused.message)]
            return [self._of_request(one, request) for one in violations[:MOST]]
        return []

    def response(self, received: ServiceResponse, content: Content, *, is_head: bool) -> list[Deviation]:
        """Where a response breaks the document."""
        return list(self._of_response(received, content, is_head=is_head))[:MOST]

    def _of_request(self, violation: Violation, request: HttpRequest) -> Deviation:
        location, path, message = violation
        rests_on = self._operation.pointer
        if location == "body" and self._operation.body is not None:
            rests_on = self._body_keyword(violation, request) or self._operation.body.pointer
        for parameter in self._operation.parameters:
            if parameter.location == location and parameter.name == path:
                rests_on = parameter.pointer
                for text in _texts(location, path, request):
                    try:
                        value = parameter.read(text)
                    except ValueError:
                        rests_on = join(parameter.schema.pointer, "type")
                    else:
                        rests_on = _keyword(parameter.schema, value, "", message) or rests_on
        return self._deviation("request", location, path, message, rests_on)

    def _body_keyword(self, violation: Violation, request: HttpRequest) -> str | None:
        body = self._operation.body
        schema = body.json_schema() if body else None
        if schema is None or not request.body:
            return None
        try:
            value = read_json(request.body)
        except NotJsonError:
            return None
        return _keyword(schema, value, violation.path, violation.message)

    def _of_response(self, received: ServiceResponse, content: Content, *, is_head: bool) -> Iterator[Deviation]:
        declared = self._operation.response_for(received.status)
        if declared is None:
            names = ", ".join(self._operation.responses) or "none"
            message = f"got {received.status}, which the document does not declare; it has {names}"
            yield self._deviation("response", "status", "", message, self._status_pointer(received.status))
            return
        for header in declared.headers.values():
            yield from self._header(header, header_of(received.fields, header.name.lower()))
        if is_head or received.status in _WITHOUT_BODY:
            return
        yield from self._body(declared, received, content)

    def _status_pointer(self, status: int) -> str:
        """The node that an undeclared status breaks: a declared status of its class, preferably a documented one."""
        alike = [one.pointer for name, one in self._operation.responses.items() if name[:1] == str(status)[:1]]
        documented = [pointer for pointer in alike if self._contract.assumption_at(pointer) is None]
        return next(iter([*documented, *alike]), join(self._operation.pointer, "responses"))

    def _header(self, header: Header, text: str | None) -> Iterator[Deviation]:
        if text is None:
            if header.required:
                yield self._deviation("response", "header", header.name, "is missing", header.pointer)
            return
        for one in header.schema.violations(_header_value(header.schema, text)):
            yield self._deviation("response", "header", header.name, one.message, one.rests_on)

    def _body(self, declared: Response, received: ServiceResponse, content: Content) -> Iterator[Deviation]:
        if not declared.content:
            if received.body:
                message = "has a body, but the document declares none"
                yield self._deviation("response", "body", "", message, declared.pointer)
            return
        got = header_of(received.fields, "content-type")
        media_type = chooser(declared.content)(got or "")
        if media_type is None:
            message = f"got {got or 'none'}, expected {' or '.join(declared.content)}"
            pointer = join(declared.pointer, "content")
            yield self._deviation("response", "header", "Content-Type", message, pointer)
        elif content.problem:
            yield self._deviation("response", "body", "", content.problem, media_type.pointer)
        elif content.problem is None and media_type.schema is not None:
            yield from self._value(media_type.schema, content.value)

    def _value(self, schema: Schema, value: JsonValue) -> Iterator[Deviation]:
        if not schema.is_valid(value):
            for one in schema.violations(value):
                yield self._deviation("response", "body", one.path, one.message, one.rests_on)
        for path in sorted(undescribed(schema.document, schema.node, value, "")):
            yield Deviation("response", "body", path, "is not described", schema.pointer, "undocumented")

    def _deviation(self, message_kind: str, location: str, path: str, message: str, rests_on: str) -> Deviation:
        assumption = self._contract.assumption_at(rests_on)
        if assumption is None:
            return Deviation(message_kind, location, path, message, rests_on, "documented")
        return Deviation(message_kind, location, path, message, rests_on, "assumed", assumption.why)


def undescribed(document: Mapping[str, Any], node: Any, value: JsonValue, path: str) -> set[str]:
    """The fields of a value that its schema does not describe, with * for the index of an item.

    Only schemas of plain objects and arrays are looked into.
    """
    schema = flat(document, node)
    if any(word in schema for word in ("oneOf", "anyOf", "not", "patternProperties")):
        return set()
    if isinstance(value, list):
        items = schema.get("items")
        return set().union(*(undescribed(document, items, item, join(path, "*")) for item in value)) if items else set()
    if not isinstance(value, dict) or "properties" not in schema:
        return set()
    described = schema["properties"]
    # If the schema forbids other fields, they are violations.
    unknown = value.keys() - described.keys() if "additionalProperties" not in schema else set()
    inner = (
        undescribed(document, described[name], value[name], join(path, name)) for name in described if name in value
    )
    return {join(path, name) for name in unknown}.union(*inner)


def _keyword(schema: Schema, value: JsonValue, path: str, message: str) -> str | None:
    """The keyword of `schema` that `message` about the value at `path` comes from."""
    found = schema.violations(value)
    return next((one.rests_on for one in found if one.path == path and one.message == message), None)


def _texts(location: str, name: str, request: HttpRequest) -> list[str]:
    if location == "path":
        return [request.path_values[name]] if name in request.path_values else []
    if location == "header":
        text = request.headers.get(name.lower())
        return [] if text is None else [text]
    texts: list[str] = []
    for one, text in pairs(request.query) if location == "query" else ():
        if one == name:
            try:
                texts.append(decode(text))
            except ValueError:
                continue
    return texts


def _header_value(schema: Schema, text: str) -> JsonValue:
    kinds = set(types_of(schema.node))
    for kind, convert in _CONVERTERS.items():
        if kind in kinds:
            try:
                return convert(text)
            except ValueError:
                continue
    return text


_CONVERTERS: Mapping[str, type[int] | type[float]] = {"integer": int, "number": float}

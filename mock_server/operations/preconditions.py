"""Conditional requests: If-Match and If-None-Match against the entity tag of a record (RFC 9110, section 13)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b
from typing import TypeAlias

from mock_server.http.errors import RefusedError
from mock_server.http.messages import HttpResponse
from mock_server.http.validation import Values
from mock_server.operations.responses import record_writer
from mock_server.operations.scopes import key_reader
from mock_server.records.state import State
from mock_server.store.store import UnknownKeyError
from openapi.contract import Contract
from openapi.json_value import JsonValue
from openapi.model.http import Operation
from openapi.model.refusals import Refusal
from openapi.model.resource import Resource, Role

_Act: TypeAlias = Callable[[State, Values], HttpResponse]
_TagReader: TypeAlias = Callable[[State, JsonValue], str]

_TAGS = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_FAILED, _REQUIRED, _NOT_MODIFIED = 412, 428, 304


def with_preconditions(contract: Contract, resource: Resource, operation: Operation, act: _Act) -> _Act:
    """`act`, with the record's entity tag in the response, under the conditions of the request.

    An operation evaluates the conditional headers that it declares. A request that would be refused anyway is refused
    for that reason (section 13.2.1).
    """
    if not resource.etag:
        return act
    tag_of = _tag_reader(contract, resource)
    has_tag = operation.method != "DELETE" and any(name.lower() == "etag" for name in operation.success.headers)
    if operation.id == resource.operations[Role.READ]:
        return _conditional_read(operation, act)
    if operation.id == resource.operations.get(Role.CREATE):
        return _tagged_create(resource, tag_of, act) if has_tag else act
    if operation.id == resource.operations.get(Role.LIST) or not (_conditions(operation) or has_tag):
        return act
    return _conditional_write(contract, resource, operation, act, tag_of if has_tag else None)


def without_required_condition(contract: Contract, operation: Operation) -> Operation:
    """`operation` for the validation of its requests: a missing If-Match is valid if it has its own status."""
    found = contract.role_of(operation.id) or contract.action_of(operation.id)
    if found is None or not found[0].etag or not needs_condition(operation):
        return operation
    parameters = [
        replace(one, required=False) if one.name.lower() == "if-match" else one for one in operation.parameters
    ]
    return replace(operation, parameters=tuple(parameters))


def needs_condition(operation: Operation) -> bool:
    """Whether a request without If-Match is refused with 428 (RFC 6585, section 3)."""
    parameter = operation.header("If-Match")
    return parameter is not None and parameter.required and str(_REQUIRED) in operation.responses


def _conditions(operation: Operation) -> tuple[str, ...]:
    return tuple(name for name in ("if-match", "if-none-match") if operation.header(name))


def _tag(body: bytes) -> str:
    return f'"{blake2b(body, digest_size=12).hexdigest()}"'


def _tag_reader(contract: Contract, resource: Resource) -> _TagReader:
    """A function that returns the entity tag of a record: the one of its read."""
    read = contract.operations[resource.operations[Role.READ]]
    write = record_writer(read, resource.shown.get(Role.READ), resource.response(read.id))
    name = resource.name

    def tag_of(state: State, key: JsonValue) -> str:
        collection = state[name]
        return _tag(write(collection.as_read(collection.peek(key))).body)

    return tag_of


def _conditional_read(operation: Operation, act: _Act) -> _Act:
    conditions = _conditions(operation)

    def read(state: State, values: Values) -> HttpResponse:
        response = act(state, values)
        tag = _tag(response.body)
        if "if-match" in conditions:
            _check_match(values, tag)
        sent = values.headers.get("if-none-match") if "if-none-match" in conditions else None
        if sent is not None and _matches(sent, tag, weak=True):
            return HttpResponse(_NOT_MODIFIED, (("ETag", tag),), b"")
        return _tagged(response, tag)

    return read


def _tagged_create(resource: Resource, tag_of: _TagReader, act: _Act) -> _Act:
    name, key_of = resource.name, resource.key_of

    record_in = resource.response(resource.operations[Role.CREATE]).unwrap

    def create(state: State, values: Values) -> HttpResponse:
        with state[name].writing:
            response = act(state, values)
            shown = record_in(json.loads(response.body)) if response.body else {}
            key = key_of(shown)
            return response if key is None else _tagged(response, tag_of(state, key))

    return create


def _conditional_write(
    contract: Contract, resource: Resource, operation: Operation, act: _Act, tag_of_result: _TagReader | None
) -> _Act:
    name, key_of = resource.name, key_reader(contract, resource, operation)
    tag_of, conditions, is_needed = _tag_reader(contract, resource), _conditions(operation), needs_condition(operation)

    def write(state: State, values: Values) -> HttpResponse:
        # No other write of a client comes between the comparison and the change.
        with state[name].writing:
            try:
                key = key_of(state, values)
                tag = tag_of(state, key)
            except UnknownKeyError:
                return act(state, values)
            if is_needed and values.headers.get("if-match") is None:
                message = f"Send If-Match with the ETag of the {name}, such as {tag}."
                raise RefusedError(Refusal.CONFLICT, message, status=_REQUIRED)
            if "if-match" in conditions:
                _check_match(values, tag)
            other = values.headers.get("if-none-match") if "if-none-match" in conditions else None
            if other is not None and _matches(other, tag, weak=True):
                message = f"The {name} has the ETag {tag}, which If-None-Match excludes."
                raise RefusedError(Refusal.CONFLICT, message, status=_FAILED)
            response = act(state, values)
            return response if tag_of_result is None else _tagged(response, tag_of_result(state, key))

    return write


def _check_match(values: Values, tag: str) -> None:
    sent = values.headers.get("if-match")
    if sent is not None and not _matches(sent, tag, weak=False):
        message = f"If-Match is {sent}, but the ETag is now {tag}; read the record again, and send its new ETag."
        raise RefusedError(Refusal.CONFLICT, message, status=_FAILED)


def _matches(sent: str, tag: str, *, weak: bool) -> bool:
    """Whether a condition lists the tag; a weak comparison ignores W/ (section 8.8.3.2)."""
    if sent.strip() == "*":
        return True
    return any(opaque == tag and (weak or not mark) for mark, opaque in _TAGS.findall(sent))


def _tagged(response: HttpResponse, tag: str) -> HttpResponse:
    others = [field for field in response.headers if field[0].lower() != "etag"]
    return response._replace(headers=(*others, ("ETag", tag)))

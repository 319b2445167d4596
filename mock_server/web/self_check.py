"""A second check of the mock's responses, with jsonschema instead of jsonschema-rs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from mock_server.mock import Mock
from mock_server.web.router import HandledRequest, Match, Router
from mock_server.web.safe_patterns import SafeValidator
from openapi.contract import Contract
from openapi.json_value import JsonValue
from openapi.media_types import is_json
from openapi.model.http import Response
from openapi.model.refusals import Refusal
from openapi.path_templates import pattern

_DOCUMENT = "urn:document"


class InvalidResponseError(AssertionError):
    """A response of the mock that breaks the contract. The message names the request and what is wrong."""


class CheckedResponse(NamedTuple):
    """A response and its request. `path` is decoded except for %2F; the names of `headers` are in lower case."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def value(self) -> JsonValue:
        """The body's JSON value, or its text if it is not JSON."""
        return json.loads(self.body) if is_json(self.headers["content-type"]) else self.body.decode()


class ResponseChecker:
    """Checks responses against a contract."""

    def __init__(self, contract: Contract) -> None:
        self._refusals = contract.refusals
        self._operations = [
            (operation, pattern(contract.base_path + operation.path)) for operation in contract.operations.values()
        ]
        resource = DRAFT202012.create_resource(contract.document())
        self._registry: Registry[Any] = Registry().with_resource(_DOCUMENT, resource)
        self._validators: dict[str, Any] = {}

    def check(self, response: CheckedResponse) -> str | None:
        """What is wrong with a response; None if it is valid."""
        at_path = [operation for operation, template in self._operations if template.fullmatch(response.path)]
        method = "GET" if response.method == "HEAD" else response.method
        operation = next((operation for operation in at_path if operation.method == method), None)
        if operation is None:
            return self._check_undeclared(response, bool(at_path))
        declared = operation.response_for(response.status)
        if declared is None:
            return f"{operation.id} declares no status {response.status}, only {', '.join(operation.responses)}"
        return self._check_headers(response, declared) or self._check_body(response, declared)

    def _check_undeclared(self, response: CheckedResponse, is_path: bool) -> str | None:
        if response.method == "OPTIONS" and response.status in (200, 204):
            return "expected no body" if response.body else None
        unknown_method = self._refusals.statuses[Refusal.UNKNOWN_METHOD]
        unknown_path = self._refusals.statuses[Refusal.UNKNOWN_PATH]
        if is_path and (response.status != unknown_method or "allow" not in response.headers):
            return f"got {response.status}, expected {unknown_method} with Allow for a method that is not allowed"
        if not is_path and response.status != unknown_path:
            return f"got {response.status}, expected {unknown_path} for an unknown path"
        return None if self._refusals.unrouted == "html-page" else self._check_error(response)

    def _check_error(self, response: CheckedResponse) -> str | None:
        if response.headers.get("content-type") != self._refusals.media_type:
            return f"got Content-Type {response.headers.get('content-type')}, expected {self._refusals.media_type}"
        if response.method == "HEAD" or self._refusals.schema is None:
            return None
        return self._first_error(self._refusals.schema.pointer, response.value)

    def _check_headers(self, response: CheckedResponse, declared: Response) -> str | None:
        for name, header in declared.headers.items():
            text = response.headers.get(name.lower())
            if text is None and header.required:
                return f"the header {name} is missing"
            wrong = text and self._first_error(header.schema.pointer, _header_value(text, header.schema.node))
            if wrong:
                return f"header {name}: {wrong}"
        return None

    def _check_body(self, response: CheckedResponse, declared: Response) -> str | None:
        if response.method == "HEAD" or not declared.content:
            return "expected no body" if response.body else None
        got = response.headers.get("content-type", "")
        media_type = declared.content.get(got)
        if media_type is None:
            return f"got Content-Type {got or 'none'}, expected {', '.join(declared.content)}"
        return None if media_type.schema is None else self._first_error(media_type.schema.pointer, response.value)

    def _first_error(self, pointer: str, value: JsonValue) -> str | None:
        if pointer not in self._validators:
            schema = {"$ref": f"{_DOCUMENT}#{quote(pointer)}"}
            self._validators[pointer] = SafeValidator(
                schema, registry=self._registry, format_checker=Draft202012Validator.FORMAT_CHECKER
            )
        error = next(self._validators[pointer].iter_errors(value), None)
        return None if error is None else f"{error.json_path}: {error.message}"


def _header_value(text: str, schema: Mapping[str, JsonValue]) -> JsonValue:
    """The value of a header: a number if its schema is one."""
    return int(text) if schema.get("type") in ("integer", "number") and text.isdecimal() else text


class SelfCheck(Router):
    """A router that checks each of its responses, and raises InvalidResponseError for one that breaks the contract.

    It does not check responses that a request has forced and that the document does not declare.
    """

    def __init__(self, mock: Mock) -> None:
        super().__init__(mock)
        self._checker = ResponseChecker(mock.contract)
        self.failures: list[InvalidResponseError] = []

    def respond(self, match: Match) -> HandledRequest:
        """The response to a request. Raises what a handler raises, and InvalidResponseError."""
        handled = super().respond(match)
        status, headers, body, notes, _ = handled.response
        if notes.undeclared:
            return handled
        method = match.request.method
        checked = CheckedResponse(
            method=method,
            path=match.path,
            status=status,
            headers={name.lower(): value for name, value in headers},
            body=b"" if method == "HEAD" else body,
        )
        wrong = self._checker.check(checked)
        if wrong is not None:
            failure = InvalidResponseError(f"{method} {match.path} {status}: {wrong}\n{body[:500]!r}")
            self.failures.append(failure)
            raise failure
        return handled

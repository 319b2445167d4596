"""The mock as judged by somebody else: every answer against the contract, with jsonschema instead of jsonschema-rs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from urllib.parse import quote

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from mock_server.admin.access import ADMIN
from mock_server.sessions.journal_entries import aside_of
from openapi.contract import Contract, JsonValue, Response
from openapi.media_types import is_json
from openapi.path_templates import pattern

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

_DOCUMENT = "urn:document"
_OURS = (ADMIN, "/openapi.json", "/openapi.yaml")
"""Paths at which the mock answers beside the API."""


class InvalidAnswerError(AssertionError):
    """An answer of the mock that breaks the contract. The message says to which request, and how."""


class Answer(NamedTuple):
    """An answer and the request that it is to. `path` is decoded; the names of `headers` are in lower case."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def value(self) -> JsonValue:
        """What the body says: its JSON value, or its text where it is no JSON."""
        return json.loads(self.body) if is_json(self.headers["content-type"]) else self.body.decode()


class Judge:
    """Knows what a contract lets a server answer."""

    def __init__(self, contract: Contract) -> None:
        self._base_path = contract.base_path
        self._refusals = contract.refusals
        self._operations = [
            (operation, pattern(contract.base_path + operation.path)) for operation in contract.operations.values()
        ]
        resource = DRAFT202012.create_resource(contract.document())
        self._registry: Registry[Any] = Registry().with_resource(_DOCUMENT, resource)
        self._validators: dict[str, Draft202012Validator] = {}

    def judge(self, answer: Answer) -> str | None:
        """What is wrong with an answer; None if nothing is."""
        at_path = [operation for operation, template in self._operations if template.fullmatch(answer.path)]
        method = "GET" if answer.method == "HEAD" else answer.method
        operation = next((operation for operation in at_path if operation.method == method), None)
        if operation is None and answer.path.startswith(_OURS):
            return None
        if operation is None:
            return self._judge_undeclared(answer, bool(at_path))
        response = operation.response_for(answer.status)
        if response is None:
            return f"{operation.id} declares no status {answer.status}, it has {', '.join(operation.responses)}"
        return self._judge_headers(answer, response) or self._judge_body(answer, response)

    def _judge_undeclared(self, answer: Answer, is_path: bool) -> str | None:
        if answer.method == "OPTIONS" and answer.status == 204:
            return "a body where there is no content" if answer.body else None
        if is_path and (answer.status != 405 or "allow" not in answer.headers):
            return f"{answer.status} where a method is not allowed: 405 with Allow is right"
        if not is_path and answer.status != 404:
            # Whatever the user registered elsewhere is none of the contract's business.
            return f"{answer.status} for an unknown path" if answer.path.startswith(f"{self._base_path}/") else None
        if answer.headers.get("content-type") != self._refusals.media_type:
            return f"Content-Type {answer.headers.get('content-type')}, where {self._refusals.media_type} is right"
        if answer.method == "HEAD" or self._refusals.schema is None:
            return None
        return self._first_error(self._refusals.schema.pointer, answer.value)

    def _judge_headers(self, answer: Answer, response: Response) -> str | None:
        for name, header in response.headers.items():
            text = answer.headers.get(name.lower())
            if text is None and header.required:
                return f"the header {name} is missing"
            wrong = text and self._first_error(header.schema.pointer, _value_of(text, header.schema.node))
            if wrong:
                return f"header {name}: {wrong}"
        return None

    def _judge_body(self, answer: Answer, response: Response) -> str | None:
        if answer.method == "HEAD" or not response.content:
            return "a body where there is none" if answer.body else None
        media_type = response.content.get(answer.headers.get("content-type", ""))
        if media_type is None:
            return f"Content-Type {answer.headers.get('content-type')}, where {', '.join(response.content)} is declared"
        return None if media_type.schema is None else self._first_error(media_type.schema.pointer, answer.value)

    def _first_error(self, pointer: str, value: JsonValue) -> str | None:
        if pointer not in self._validators:
            schema = {"$ref": f"{_DOCUMENT}#{quote(pointer)}"}
            self._validators[pointer] = Draft202012Validator(
                schema, registry=self._registry, format_checker=Draft202012Validator.FORMAT_CHECKER
            )
        error = next(self._validators[pointer].iter_errors(value), None)
        return None if error is None else f"{error.json_path}: {error.message}"


def _value_of(text: str, schema: Mapping[str, JsonValue]) -> JsonValue:
    """What a header's text says where its schema wants a number."""
    return int(text) if schema.get("type") in ("integer", "number") and text.isdecimal() else text


class SelfCheck:
    """A WSGI application around a mock. It raises InvalidAnswerError at an answer that breaks the contract.

    What the document does not declare, and the mock was asked for all the same, is not judged.
    """

    def __init__(self, application: WSGIApplication, contract: Contract) -> None:
        self._application = application
        self._judge = Judge(contract)
        self.failures: list[InvalidAnswerError] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start(
            status: str, headers: list[tuple[str, str]], exc_info: _ExcInfo | None = None, /
        ) -> Callable[[bytes], object]:
            started.append((status, headers))
            return start_response(status, headers, exc_info)

        pieces = self._application(environ, start)
        body = b"".join(pieces)
        if aside_of(environ).undeclared:
            return [body]
        status, headers = started[-1]
        answer = Answer(
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"].encode("latin-1").decode(errors="replace"),
            status=int(status[:3]),
            headers={name.lower(): value for name, value in headers},
            body=body,
        )
        wrong = self._judge.judge(answer)
        if wrong is not None:
            failure = InvalidAnswerError(f"{answer.method} {answer.path} {status}: {wrong}\n{body[:500]!r}")
            self.failures.append(failure)
            raise failure
        return [body]

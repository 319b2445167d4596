"""Declared responses, without carrying out the operation.

A body is a valid example of the document, or else a generated value.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from mock_server.http.accept import preferred
from mock_server.http.errors import ErrorWriter, RefusedError
from mock_server.http.messages import HttpResponse, ResponseNotes
from mock_server.operations.bodies import content_type_of, encoded
from mock_server.sessions.samples import Sample
from openapi.json_value import JsonValue
from openapi.media_types import is_json
from openapi.model.http import Example, Header, MediaType, Operation, Response
from openapi.model.refusals import Refusal

UNDECLARED_HEADER = "X-Mock-Undeclared"
"""The header of an undeclared response; its value is the status."""

_WITHOUT_BODY = (204, 205, 304)


class UndeclaredResponseError(ValueError):
    """A response that the document does not declare. The message lists the declared ones."""


class _Choice(NamedTuple):
    status: int
    response: Response
    media_type: MediaType | None
    example: Example | None


class DeclaredResponses:
    """The declared responses of one operation, by status, by the name of an example, and by media type."""

    def __init__(self, operation: Operation, errors: ErrorWriter, sample: Sample) -> None:
        self._operation = operation
        self._errors = errors
        self._sample = sample
        self._successes: dict[str, HttpResponse] = {}

    def success(self, accept: str | None) -> HttpResponse:
        """The successful response in the media type that `accept` prefers.

        Raises RefusedError (406) if it has none, but only if there is a choice, or if the document declares 406:
        otherwise Accept is ignored (RFC 9110, section 12.5.1).
        """
        response = self._operation.success
        names = {content_type_of(media_type): media_type for media_type in response.content.values()}
        name = preferred(accept, list(names)) if names else ""
        if name is None and len(names) == 1 and self._operation.response_for(406) is None:
            (name,) = names
        if name is None:
            message = f"No response has an acceptable media type; accept {' or '.join(names)}."
            raise RefusedError(Refusal.INVALID, message, status=406)
        if name not in self._successes:
            media_type = names.get(name)
            choice = _Choice(int(response.status), response, media_type, valid_example(media_type))
            self._successes[name] = self._written(choice)
        return self._successes[name]

    def headers(self) -> tuple[tuple[str, str], ...]:
        """The headers of the successful response that are required or have an example, except Location."""
        declared = self._operation.success.headers
        found = ((name, self._header(header)) for name, header in declared.items() if name.lower() != "location")
        return tuple((name, text) for name, text in found if text is not None)

    def respond(self, status: int | None, example: str | None) -> HttpResponse:
        """The declared response with `status`, with `example`, or with both. Raises UndeclaredResponseError."""
        return self._written(self._chosen(status, example))

    def _written(self, choice: _Choice) -> HttpResponse:
        headers = tuple(self._headers(choice))
        if choice.media_type is None or choice.status in _WITHOUT_BODY:
            return HttpResponse(choice.status, headers, b"")
        if choice.example is None:
            return self._without_example(choice, choice.media_type, headers)
        body = encoded(choice.example.value, choice.media_type)
        return HttpResponse(choice.status, (("Content-Type", content_type_of(choice.media_type)), *headers), body)

    def forced(self, status: int | None, example: str | None) -> HttpResponse:
        """The declared response, or an error in the document's format for an undeclared status.

        Raises UndeclaredResponseError for an example that is not declared.
        """
        if status is None or example is not None or self._operation.response_for(status) is not None:
            return self.respond(status, example)
        if status in _WITHOUT_BODY:
            response = HttpResponse(status, (), b"")
        else:
            response = self._errors.write(status, f"This response was forced: status {status}.")
        headers = (*response.headers, (UNDECLARED_HEADER, str(status)))
        return response._replace(headers=headers, notes=ResponseNotes(undeclared=True))

    def own(self, status: int, body: JsonValue, headers: Mapping[str, str]) -> HttpResponse:
        """A response of `status` with the JSON value `body`, or a text if the Content-Type in `headers` says so."""
        declared = self._operation.response_for(status)
        media_type = next(iter(declared.content.values()), None) if declared else None
        kept = {name: text for name, text in headers.items() if name.lower() != "content-type"}
        given = next((text for name, text in headers.items() if name.lower() == "content-type"), None)
        content_type = given or (media_type.name if media_type else "application/json")
        is_text = isinstance(body, str) and not is_json(content_type)
        data = (body if is_text else json.dumps(body, ensure_ascii=False)).encode()
        fits = declared is not None and media_type is not None and media_type.name == content_type
        fits = fits and (media_type is None or media_type.schema is None or media_type.schema.is_valid(body))
        fields = [("Content-Type", content_type), *kept.items()]
        if not fits:
            fields.append((UNDECLARED_HEADER, str(status)))
        return HttpResponse(status, tuple(fields), data, ResponseNotes(undeclared=not fits))

    def _chosen(self, status: int | None, example: str | None) -> _Choice:
        operation = self._operation
        if status is not None and operation.response_for(status) is None and status != int(operation.success.status):
            raise UndeclaredResponseError(
                f"{operation.id} declares no status {status}, only {', '.join(operation.responses)}"
            )
        choices = list(self._choices(status))
        if example is not None:
            named = [choice for choice in choices if choice.example is not None and choice.example.name == example]
            if not named:
                raise UndeclaredResponseError(self._no_example(status, example, choices))
            return named[0]
        if not choices:
            raise UndeclaredResponseError(f"{operation.id} declares only ranges of statuses; name a status")
        return choices[0]._replace(example=valid_example(choices[0].media_type))

    def _no_example(self, status: int | None, example: str, choices: list[_Choice]) -> str:
        names = ", ".join(
            f"{choice.example.name} ({choice.status})" if status is None else choice.example.name
            for choice in choices
            if choice.example is not None
        )
        of_status = "" if status is None else f" of status {status}"
        return f"{self._operation.id} declares no example {example}{of_status}, only {names or 'none'}"

    def _choices(self, status: int | None) -> Iterator[_Choice]:
        """The possible responses, the successful one first."""
        operation = self._operation
        success = int(operation.success.status)
        if status is None or status == success:
            yield from _of_response(success, operation.success)
        for declared, response in operation.responses.items():
            if status == success or (status is not None and response is not operation.response_for(status)):
                continue
            if status is None and (not declared.isdecimal() or int(declared) == success):
                continue
            yield from _of_response(int(declared) if status is None else status, response)

    def _headers(self, choice: _Choice) -> Iterator[tuple[str, str]]:
        """The headers that are required or have an example."""
        for name, header in choice.response.headers.items():
            text = self._header(header)
            if text is not None:
                yield name, text
            elif header.required:
                raise UndeclaredResponseError(
                    f"header {name} of status {choice.status} has no example; "
                    f"add one to the document at {header.pointer}"
                )

    def _header(self, header: Header) -> str | None:
        if header.examples:
            return _header_text(header.examples[0].value)
        if not header.required:
            return None
        try:
            return _header_text(self._sample(header.schema))
        except ValueError:
            return None

    def _without_example(
        self, choice: _Choice, media_type: MediaType, headers: tuple[tuple[str, str], ...]
    ) -> HttpResponse:
        """An error in the document's format if that matches the schema; otherwise a generated body."""
        if choice.status >= 400:
            message = f"This response was forced: status {choice.status}."
            response = self._errors.write(choice.status, message, (), headers)
            fits = ("Content-Type", media_type.name) in response.headers
            if fits and (media_type.schema is None or media_type.schema.is_valid(json.loads(response.body))):
                return response
        fields = (("Content-Type", content_type_of(media_type)), *headers)
        if media_type.schema is None:
            return HttpResponse(choice.status, fields, b"")
        try:
            value = self._sample(media_type.schema)
        except ValueError as error:
            raise UndeclaredResponseError(
                f"status {choice.status} of {self._operation.id} has no example, and none can be generated "
                f"({error}); add one to the document at {media_type.pointer}"
            ) from None
        return HttpResponse(choice.status, fields, encoded(value, media_type))


def _of_response(status: int, response: Response) -> Iterator[_Choice]:
    if not response.content:
        yield _Choice(status, response, None, None)
    for media_type in response.content.values():
        for example in media_type.examples or (None,):
            yield _Choice(status, response, media_type, example)


def valid_example(media_type: MediaType | None) -> Example | None:
    """The first example that matches its schema."""
    examples = media_type.examples if media_type else ()
    schema = media_type.schema if media_type else None
    return next((one for one in examples if schema is None or schema.is_valid(one.value)), None)


def _header_text(value: JsonValue) -> str:
    if isinstance(value, list):
        return ",".join(map(_header_text, value))
    text = value if isinstance(value, str) else json.dumps(value)
    return "".join(character if 32 <= ord(character) < 127 else "?" for character in text)

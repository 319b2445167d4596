"""The responses that the document declares, given on request without carrying out the operation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from mock_server.http.errors import ErrorWriter
from mock_server.http.messages import HttpResponse, ResponseNotes
from openapi.contract import Example, JsonValue, MediaType, Operation, Response
from openapi.media_types import is_json

UNDECLARED_HEADER = "X-Mock-Undeclared"
"""The header of an answer that the document does not declare; its value is the status."""

_WITHOUT_BODY = (204, 205, 304)


class UndeclaredResponseError(ValueError):
    """A response that the document does not declare. The message lists the declared ones."""


class _Choice(NamedTuple):
    status: int
    response: Response
    media_type: MediaType | None
    example: Example | None


class DeclaredResponses:
    """The declared responses of one operation, by status and by the name of an example."""

    def __init__(self, operation: Operation, errors: ErrorWriter) -> None:
        self._operation = operation
        self._errors = errors

    def respond(self, status: int | None, example: str | None) -> HttpResponse:
        """The declared response with `status`, with `example`, or with both. Raises UndeclaredResponseError."""
        choice = self._chosen(status, example)
        headers = tuple(self._headers(choice))
        if choice.media_type is None:
            return HttpResponse(choice.status, headers, b"")
        if choice.example is None:
            return self._without_example(choice, choice.media_type, headers)
        value = choice.example.value
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        is_text = isinstance(value, str) and not is_json(choice.media_type.name)
        body = (value if is_text else text).encode()
        return HttpResponse(choice.status, (("Content-Type", choice.media_type.name), *headers), body)

    def forced(self, status: int | None, example: str | None) -> HttpResponse:
        """The declared answer, or an error in the document's shape for a status that is not declared.

        Raises UndeclaredResponseError for an example that is not declared.
        """
        if status is None or example is not None or self._operation.response_for(status) is not None:
            return self.respond(status, example)
        if status in _WITHOUT_BODY:
            response = HttpResponse(status, (), b"")
        else:
            response = self._errors.write(status, f"This answer was asked for: status {status}.")
        headers = (*response.headers, (UNDECLARED_HEADER, str(status)))
        return response._replace(headers=headers, notes=ResponseNotes(undeclared=True))

    def own(self, status: int, body: JsonValue, headers: Mapping[str, str]) -> HttpResponse:
        """An answer of `status` with the JSON value `body`, or with a text if the Content-Type of `headers` says so."""
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
        if status is not None and operation.response_for(status) is None:
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
        return choices[0]

    def _no_example(self, status: int | None, example: str, choices: list[_Choice]) -> str:
        names = ", ".join(
            f"{choice.example.name} ({choice.status})" if status is None else choice.example.name
            for choice in choices
            if choice.example is not None
        )
        of_status = "" if status is None else f" of status {status}"
        return f"{self._operation.id} declares no example {example}{of_status}, only {names or 'none'}"

    def _choices(self, status: int | None) -> Iterator[_Choice]:
        """The possible responses, successful ones first."""
        responses = self._operation.responses
        in_order = sorted(responses.items(), key=lambda entry: not entry[0].startswith("2"))
        for declared, response in in_order:
            if status is not None and response is not self._operation.response_for(status):
                continue
            if status is None and not declared.isdecimal():
                continue
            media_type = next(iter(response.content.values()), None)
            examples = media_type.examples if media_type else ()
            for example in examples or (None,):
                yield _Choice(int(declared) if status is None else status, response, media_type, example)

    def _headers(self, choice: _Choice) -> Iterator[tuple[str, str]]:
        """The required headers, with the values of their examples."""
        for name, header in choice.response.headers.items():
            if header.examples:
                yield name, str(header.examples[0].value)
            elif header.required:
                raise UndeclaredResponseError(
                    f"header {name} of status {choice.status} has no example; "
                    f"add one to the document at {header.pointer}"
                )

    def _without_example(
        self, choice: _Choice, media_type: MediaType, headers: tuple[tuple[str, str], ...]
    ) -> HttpResponse:
        """A response without an example: possible for errors only, whose format is known."""
        response = self._errors.write(choice.status, f"Forced response: status {choice.status}.", (), headers)
        value = json.loads(response.body)
        fitting = ("Content-Type", media_type.name) in response.headers
        if choice.status < 400 or not fitting or (media_type.schema and not media_type.schema.is_valid(value)):
            raise UndeclaredResponseError(
                f"status {choice.status} of {self._operation.id} has no example; "
                f"add one to the document at {media_type.pointer}"
            )
        return response

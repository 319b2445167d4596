"""Error responses of one operation, each with a body that the document allows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from mock_server.http.errors import MOST_VIOLATIONS, ErrorWriter, RefusedError
from mock_server.http.messages import HttpResponse, Violation
from mock_server.operations.bodies import content_type_of, encoded
from mock_server.operations.declared_responses import valid_example
from mock_server.sessions.samples import Sample
from openapi.json_value import JsonValue
from openapi.media_types import is_json
from openapi.model.http import MediaType, Operation
from openapi.model.refusals import Refusal

_MESSAGE_FIELDS = ("message", "detail", "error", "description", "title", "reason", "error_description", "msg")
_STATUS_FIELDS = ("status", "code", "statusCode", "status_code")
_LOCATION_FIELDS = ("in", "location")
_PATH_FIELDS = ("path", "pointer", "field", "property", "name", "param", "source")


class Refuser:
    """Writes the refusals of `operation`.

    A declared status gets a body that matches its schema: the document's error body if it matches, else an example or
    a generated value with the message in it. The notes say if the document does not declare the status.
    """

    def __init__(self, operation: Operation, errors: ErrorWriter, sample: Sample) -> None:
        self._operation = operation
        self._errors = errors
        self._sample = sample
        self._statuses = {refusal: errors.status_of(refusal, operation) for refusal in Refusal}
        self._others: dict[tuple[int, bool], MediaType | None] = {}

    def __call__(self, refused: RefusedError) -> HttpResponse:
        """The response to a refused request."""
        status = refused.status = refused.status or self._statuses[refused.refusal]
        response = self._errors.refusal(refused)
        shape = (status, bool(refused.violations))
        try:
            media_type = self._others[shape]
        except KeyError:
            if self._operation.response_for(status) is None:
                return response._replace(notes=response.notes._replace(undeclared=True))
            media_type = self._others[shape] = self._other_media_type(response)
        return response if media_type is None else self._in_shape(response, media_type, refused)

    def _other_media_type(self, response: HttpResponse) -> MediaType | None:
        """The media type that the document declares for the status; None if the usual body matches its schema."""
        declared = self._operation.response_for(response.status)
        content = declared.content if declared else {}
        usual = content.get(self._errors.media_type)
        if not content or (usual and (usual.schema is None or usual.schema.is_valid(json.loads(response.body)))):
            return None
        return next((one for name, one in content.items() if is_json(name)), next(iter(content.values())))

    def _in_shape(self, response: HttpResponse, media_type: MediaType, refused: RefusedError) -> HttpResponse:
        example = valid_example(media_type)
        try:
            value = example.value if example else self._sample(media_type.schema) if media_type.schema else ""
        except ValueError:
            return response._replace(notes=response.notes._replace(undeclared=True))
        value = _with_facts(value, media_type, refused.message, response.status)
        value = _with_violations(value, media_type, refused.violations)
        headers = (("Content-Type", content_type_of(media_type)), *refused.headers)
        return response._replace(headers=headers, body=encoded(value, media_type))


def _with_facts(value: JsonValue, media_type: MediaType, message: str, status: int) -> JsonValue:
    """`value` with the message and the status of the refusal in the fields that seem to be for them, if valid."""
    is_valid = media_type.schema.is_valid if media_type.schema else (lambda _value: True)
    if isinstance(value, str):
        return message if is_valid(message) else value
    if not isinstance(value, dict):
        return value
    for names, fact in ((_MESSAGE_FIELDS, message), (_STATUS_FIELDS, status)):
        for name in names:
            changed = {**value, name: fact}
            if isinstance(value.get(name), type(fact)) and is_valid(changed):
                value = changed
                break
    return value


def _with_violations(value: JsonValue, media_type: MediaType, violations: Sequence[Violation]) -> JsonValue:
    """`value` with the violations of the request in place of those in an example: a list of objects with a message.

    Without violations, the list is left out or empty, if the schema allows that.
    """
    is_valid = media_type.schema.is_valid if media_type.schema else (lambda _value: True)
    for name, listed in value.items() if isinstance(value, dict) else ():
        first = listed[0] if isinstance(listed, list) and listed else None
        said = _first_text(first, _MESSAGE_FIELDS)
        if not isinstance(value, dict) or not isinstance(first, dict) or said is None:
            continue
        location, path = (_first_text(first, names) for names in (_LOCATION_FIELDS, _PATH_FIELDS))
        items: list[JsonValue] = [
            {**first, **_named({location: one.location, path: one.path, said: one.message})}
            for one in violations[:MOST_VIOLATIONS]
        ]
        without = {other: member for other, member in value.items() if other != name}
        changed = ({**value, name: items},) if violations else (without, {**value, name: items})
        return next((one for one in changed if is_valid(one)), value)
    return value


def _first_text(item: JsonValue, names: Sequence[str]) -> str | None:
    """The first of the fields that `item` has with a text."""
    return next((name for name in names if isinstance(item, dict) and isinstance(item.get(name), str)), None)


def _named(facts: Mapping[str | None, str]) -> dict[str, str]:
    return {name: fact for name, fact in facts.items() if name is not None}

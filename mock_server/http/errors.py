"""Errors: why a request is refused, and the writer of error bodies in the document's format."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from json.encoder import encode_basestring as _encode_text
from typing import TypeAlias

from mock_server.http.messages import NOTHING, HttpResponse, ResponseNotes, Violation
from openapi.json_value import JsonValue
from openapi.model.http import Operation
from openapi.model.refusals import Refusal, Refusals
from openapi.reason_phrases import PHRASES
from openapi.wording import counted

MOST_VIOLATIONS = 100
"""How many violations a response lists."""

FAILURE = "Internal error in the mock, not in your request; see its log."
"""The message of a status 500."""

_MOST_IN_A_SENTENCE = 3

_FACTS = {"$message": "{message}", "$status": "{status}", "$title": "{title}", "$violations": "[{list}]"}
_FACTS_OF_ONE = {"$in": '"{0}"', "$path": "{1}", "$message": "{2}"}
"""The placeholders of the document's error body, and the replacement fields of `str.format` for them."""

_Write: TypeAlias = Callable[..., str]

_encode = json.JSONEncoder(ensure_ascii=False).encode


class RefusedError(Exception):
    """A request that is refused: a message for people, every violation, and headers for the response.

    `status` overrides the document's status for `refusal`.
    """

    def __init__(
        self,
        refusal: Refusal,
        message: str,
        violations: Sequence[Violation] = (),
        headers: tuple[tuple[str, str], ...] = (),
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.refusal = refusal
        self.message = message
        self.violations = violations
        self.headers = headers
        self.status = status


def invalid(violations: Sequence[Violation]) -> RefusedError:
    """The refusal of a request with these violations of the contract."""
    count = counted(len(violations), "mistake")
    return RefusedError(Refusal.INVALID, f"The request has {count}. {in_a_sentence(violations)}", violations)


def in_a_sentence(violations: Sequence[Violation]) -> str:
    """The first violations, with an ellipsis if there are more."""
    first = "; ".join([str(violation) for violation in violations[:_MOST_IN_A_SENTENCE]])
    return f"{first}; ..." if len(violations) > _MOST_IN_A_SENTENCE else f"{first}."


def too_large(most_bytes: int) -> RefusedError:
    """The refusal of a body of more than `most_bytes`."""
    return RefusedError(Refusal.TOO_LARGE, f"The body is larger than the allowed {most_bytes} bytes.")


class ErrorWriter:
    """Writes errors in the format that the document declares (`x-refusals`)."""

    def __init__(self, refusals: Refusals) -> None:
        self._refusals = refusals
        self.media_type = refusals.media_type
        self._headers = (("Content-Type", refusals.media_type),)
        self._with_violations = _writer(refusals.body, _FACTS)
        self._without = _without_violations(refusals, self._with_violations)
        self._one = _writer(refusals.violation, _FACTS_OF_ONE)

    def status(self, refusal: Refusal) -> int:
        """The status of a refusal."""
        return self._refusals.statuses[refusal]

    def status_of(self, refusal: Refusal, operation: Operation) -> int:
        """The status of a refusal by `operation`."""
        return self._refusals.status_of(refusal, operation)

    def refusal(self, refused: RefusedError) -> HttpResponse:
        """The response to a refused request."""
        status = refused.status or self.status(refused.refusal)
        notes = ResponseNotes(tuple(refused.violations), refused.message)
        return self.write(status, refused.message, refused.violations, refused.headers, notes)

    def write(
        self,
        status: int,
        message: str,
        violations: Sequence[Violation] = (),
        headers: tuple[tuple[str, str], ...] = (),
        notes: ResponseNotes = NOTHING,
    ) -> HttpResponse:
        """A response for an error of any status, in the document's format."""
        said, title = _encode_text(message), _title(status)
        if violations:
            write_one, encode = self._one, _encode_text
            listed = ",".join(
                [
                    write_one(location, encode(path), encode(text))
                    for location, path, text in violations[:MOST_VIOLATIONS]
                ]
            )
            body = self._with_violations(message=said, status=status, title=title, list=listed)
        else:
            body = self._without(message=said, status=status, title=title, list="")
        return HttpResponse(status, (*self._headers, *headers) if headers else self._headers, body.encode(), notes)


def _without_violations(refusals: Refusals, with_list: _Write) -> _Write:
    """Writes an error without violations: without the list, unless the schema requires it.

    An empty list of violations says nothing, and the document may not allow it.
    """
    left_out = _writer(refusals.body, _FACTS, leave_out="$violations")
    sample = {"message": '"x"', "status": 400, "title": '"x"', "list": ""}
    schema = refusals.schema
    if schema is None or schema.is_valid(json.loads(left_out(**sample))):
        return left_out
    return with_list if schema.is_valid(json.loads(with_list(**sample))) else left_out


def _writer(template: JsonValue, facts: Mapping[str, str], leave_out: str | None = None) -> _Write:
    """A function from facts as JSON to `template` with them, without the fields whose value is `leave_out`."""
    return _format(template, facts, leave_out).format


def _format(template: JsonValue, facts: Mapping[str, str], leave_out: str | None) -> str:
    if isinstance(template, dict):
        fields = [
            f"{_escaped(name)}:{_format(value, facts, leave_out)}"
            for name, value in template.items()
            if leave_out is None or value != leave_out
        ]
        return f"{{{{{','.join(fields)}}}}}"
    if isinstance(template, list):
        return f"[{','.join([_format(item, facts, leave_out) for item in template])}]"
    if isinstance(template, str) and template in facts:
        return facts[template]
    return _escaped(template)


def _escaped(value: JsonValue) -> str:
    return _encode(value).replace("{", "{{").replace("}", "}}")


@cache
def _title(status: int) -> str:
    """The reason phrase of a status, as JSON."""
    return _encode(PHRASES.get(status, f"Status {status}"))

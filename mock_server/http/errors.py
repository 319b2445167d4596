"""Why a request is refused, and the one writer that says so in the document's own words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from http import HTTPStatus
from json.encoder import encode_basestring as _encode_text

from mock_server.http.messages import NOTHING, HttpResponse, ResponseNotes, Violation
from openapi.contract import JsonValue, Refusal, Refusals

MOST_VIOLATIONS = 100
"""How many violations an answer lists; a body can hold hundreds of thousands, and nobody reads them."""

FAILURE = "The mock failed, and the request is not to blame; the line that the mock has printed says why."
"""The message of a status 500."""

_MOST_IN_A_SENTENCE = 3

_FACTS = {"$message": "%(message)s", "$status": "%(status)d", "$title": "%(title)s", "$violations": "[%(list)s]"}
_FACTS_OF_ONE = {"$in": "%(in)s", "$path": "%(path)s", "$message": "%(message)s"}
"""What stands for a fact in the document, and in the format that is made of it."""

_encode = json.JSONEncoder(ensure_ascii=False).encode


class RefusedError(Exception):
    """A request that is not carried out: why, in words for a person, every violation, and headers for the answer.

    `status` is one that the document has no word for; None is the status of the refusal.
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
    """The refusal of a request that breaks the contract in the named ways."""
    count = f"{len(violations)} mistake" + ("" if len(violations) == 1 else "s")
    return RefusedError(Refusal.INVALID, f"The request has {count}. {in_a_sentence(violations)}", violations)


def in_a_sentence(violations: Sequence[Violation]) -> str:
    """The first of the violations, and dots where there are more."""
    first = "; ".join([str(violation) for violation in violations[:_MOST_IN_A_SENTENCE]])
    return f"{first}; ..." if len(violations) > _MOST_IN_A_SENTENCE else f"{first}."


def too_large(most_bytes: int) -> RefusedError:
    """The refusal of a body of more than `most_bytes`."""
    return RefusedError(Refusal.TOO_LARGE, f"The body is longer than the {most_bytes} bytes allowed.")


class ErrorWriter:
    """Fills the document's error body (`x-refusals`)."""

    def __init__(self, refusals: Refusals) -> None:
        self._refusals = refusals
        self._content_type = ("Content-Type", refusals.media_type)
        self._with_violations = _format(refusals.body, _FACTS)
        self._without = _format(refusals.body, _FACTS, leave_out="$violations")
        self._one = _format(refusals.violation, _FACTS_OF_ONE)

    def status(self, refusal: Refusal) -> int:
        """The status of a refusal."""
        return self._refusals.statuses[refusal]

    def refusal(self, refused: RefusedError) -> HttpResponse:
        """The answer to a refused request."""
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
        """An error of any status, in the document's shape."""
        said = _encode_text(message)
        if violations:
            one, encode = self._one, _encode_text
            listed = ",".join(
                [
                    one % {"in": f'"{location}"', "path": encode(path), "message": encode(text)}
                    for location, path, text in violations[:MOST_VIOLATIONS]
                ]
            )
            body = self._with_violations % {"message": said, "status": status, "title": _title(status), "list": listed}
        else:
            body = self._without % {"message": said, "status": status, "title": _title(status), "list": ""}
        return HttpResponse(status, (self._content_type, *headers), body.encode(), notes)


def _format(template: JsonValue, facts: Mapping[str, str], leave_out: str | None = None) -> str:
    """The JSON text of `template` as a %-format, without the members whose value is `leave_out`.

    A list of no violations says nothing, and a document need not allow it.
    """
    if isinstance(template, dict):
        members = [
            f"{_escaped(name)}:{_format(value, facts, leave_out)}"
            for name, value in template.items()
            if leave_out is None or value != leave_out
        ]
        return f"{{{','.join(members)}}}"
    if isinstance(template, list):
        return f"[{','.join([_format(item, facts, leave_out) for item in template])}]"
    if isinstance(template, str) and template in facts:
        return facts[template]
    return _escaped(template)


def _escaped(value: JsonValue) -> str:
    return _encode(value).replace("%", "%%")


@cache
def _title(status: int) -> str:
    """The phrase of a status, as JSON."""
    try:
        return _encode(HTTPStatus(status).phrase)
    except ValueError:
        return f'"Status {status}"'

"""Why a request is refused, and the one writer that says so in the document's own words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from mock_server.messages import Aside, Reply, Violation
from openapi.contract import JsonValue, Refusal, Refusals

MOST_VIOLATIONS = 100
"""How many violations an answer lists; a body can hold hundreds of thousands, and nobody reads them."""

FAILURE = "The mock failed, and the request is not to blame; the line that the mock has printed says why."
"""The message of a status 500."""

_MOST_IN_A_SENTENCE = 3


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
    first = "; ".join(str(violation) for violation in violations[:_MOST_IN_A_SENTENCE])
    more = "; ..." if len(violations) > _MOST_IN_A_SENTENCE else "."
    return RefusedError(Refusal.INVALID, f"The request has {count}. {first}{more}", violations)


def too_large(most_bytes: int) -> RefusedError:
    """The refusal of a body of more than `most_bytes`."""
    return RefusedError(Refusal.TOO_LARGE, f"The body is longer than the {most_bytes} bytes allowed.")


class ErrorWriter:
    """Fills the document's error body (`x-refusals`)."""

    def __init__(self, refusals: Refusals) -> None:
        self._refusals = refusals
        self._content_type = ("Content-Type", refusals.media_type)

    def status(self, refusal: Refusal) -> int:
        """The status of a refusal."""
        return self._refusals.statuses[refusal]

    def refusal(self, refused: RefusedError) -> Reply:
        """The answer to a refused request."""
        status = refused.status or self.status(refused.refusal)
        reply = self.write(status, refused.message, refused.violations, refused.headers)
        return reply._replace(aside=Aside(violations=tuple(refused.violations), message=refused.message))

    def write(
        self,
        status: int,
        message: str,
        violations: Sequence[Violation] = (),
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Reply:
        """An error of any status, in the document's shape."""
        facts: dict[str, JsonValue] = {
            "$message": message,
            "$status": status,
            "$title": _title(status),
            "$violations": [self._violation(violation) for violation in violations[:MOST_VIOLATIONS]],
        }
        body = json.dumps(_fill(self._refusals.body, facts), ensure_ascii=False, separators=(",", ":"))
        return Reply(status, (self._content_type, *headers), body.encode())

    def _violation(self, violation: Violation) -> JsonValue:
        facts = {"$in": violation.location, "$path": violation.path, "$message": violation.message}
        return _fill(self._refusals.violation, facts)


def _fill(template: JsonValue, facts: Mapping[str, JsonValue]) -> JsonValue:
    if isinstance(template, dict):
        # A list of no violations says nothing, and a document need not allow it.
        kept = {name: value for name, value in template.items() if value != "$violations" or facts["$violations"]}
        return {name: _fill(value, facts) for name, value in kept.items()}
    if isinstance(template, list):
        return [_fill(item, facts) for item in template]
    return facts.get(template, template) if isinstance(template, str) else template


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"

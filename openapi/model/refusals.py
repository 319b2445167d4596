"""How requests are refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from openapi.json_value import JsonValue
from openapi.model.http import Operation
from openapi.schemas import Schema


class Refusal(Enum):
    """Why a request is refused, in the order in which the mock checks it."""

    UNKNOWN_PATH = "unknown-path"
    UNKNOWN_METHOD = "unknown-method"
    TOKEN = "token"
    RATE = "rate"
    MEDIA_TYPE = "media-type"
    TOO_LARGE = "too-large"
    INVALID = "invalid"
    MALFORMED_KEY = "malformed-key"
    UNKNOWN_RECORD = "unknown-record"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Refusals:
    """The document's `x-http` / `refusals`: the status of each refusal and how its body is filled.

    `body` and `violation` are JSON templates whose strings `$message`, `$status`, `$title`, `$violations`
    (in `body`) and `$in`, `$path`, `$message` (in `violation`) are placeholders. `schema` describes the body;
    None if the document doesn't say. `max_body_bytes` is the longest accepted request body. `unrouted` is what a
    request for an unknown path or with an unknown method gets: an error in the document's format, or an HTML page.
    """

    statuses: Mapping[Refusal, int]
    media_type: str
    schema: Schema | None
    body: JsonValue
    violation: JsonValue
    max_body_bytes: int
    pointer: str
    unrouted: Literal["described", "html-page"] = "described"

    def status_of(self, refusal: Refusal, operation: Operation) -> int:
        """The status of a refusal by `operation`: that of the document, or the closest one that the operation declares.

        Services that declare only 422 use it for invalid requests, and those that declare neither 413 nor 415 use 400
        or 422.
        """
        status = self.statuses[refusal]
        declares = operation.response_for
        if (
            status == 400
            and refusal is Refusal.INVALID
            and "400" not in operation.responses
            and "422" in operation.responses
        ):
            return 422
        if refusal in (Refusal.MEDIA_TYPE, Refusal.TOO_LARGE) and declares(status) is None:
            return next((other for other in (400, 422) if declares(other)), status)
        return status

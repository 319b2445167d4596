"""The reason phrases of statuses (RFC 9110, section 15), the same in every version of Python."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

# RFC 9110 has renamed these. Python before 3.13 has the names of RFC 2616 and RFC 4918, Node.js those of RFC 7231.
_RENAMED = {413: "Content Too Large", 414: "URI Too Long", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}
_EARLIER = {
    413: ("Payload Too Large", "Request Entity Too Large"),
    414: ("Request-URI Too Long",),
    416: ("Requested Range Not Satisfiable",),
    422: ("Unprocessable Entity",),
}

PHRASES: Mapping[int, str] = {status.value: status.phrase for status in HTTPStatus} | _RENAMED


def is_phrase(text: object, status: int) -> bool:
    """Whether `text` is the reason phrase of a status, in RFC 9110 or an earlier RFC."""
    return status in PHRASES and text in (PHRASES[status], *_EARLIER.get(status, ()))

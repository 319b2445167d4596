"""`x-http`: how requests are refused, and that the statuses are declared."""

from __future__ import annotations

from pathlib import Path

import pytest

from openapi import Refusal, load
from tests.openapi.support import GOOD, HEAD, PATHS, error_of, written


def test_a_document_without_it_has_the_defaults() -> None:
    """Without x-http the refusals are those of RFC 9457, in bodies of at most a mebibyte."""
    refusals = load(GOOD / "readings.yaml").refusals
    assert refusals.body == {
        "type": "about:blank",
        "title": "$title",
        "status": "$status",
        "detail": "$message",
        "errors": "$violations",
    }
    assert refusals.violation == {"in": "$in", "path": "$path", "detail": "$message"}
    assert refusals.max_body_bytes == 1 << 20


def test_customs_alone_leave_the_refusals_as_they_are(tmp_path: Path) -> None:
    """An x-http that says only how methods, parameters and answers are treated changes no refusal."""
    customs = (
        "x-http:\n"
        "  methods: {head: as-get-without-body, options: allowed-methods}\n"
        "  query: {unknown-parameters: ignored, repeated-parameters: refused}\n"
        "  answers: {unknown-members: allowed}\n"
    )
    assert load(written(tmp_path, HEAD + PATHS + customs)).refusals == load(GOOD / "readings.yaml").refusals


@pytest.mark.parametrize(
    ("customs", "pointer", "advice"),
    [
        ("{methods: {head: none}}", "/x-http/methods/head", "use one of as-get-without-body, refused"),
        ("{query: {repeated-parameters: frist}}", "/x-http/query/repeated-parameters", "did you mean first?"),
        ("{query: {out-of-bounds: clamped}}", "/x-http/query/out-of-bounds", "did you mean out-of-range?"),
        ("{bodies: {nulls: ignored}}", "/x-http/bodies/nulls", "use one of judged-by-their-schema, left-out"),
        ("{answers: {unknown-members: refused}}", "/x-http/answers/unknown-members", "write allowed"),
        ("{answers: {unknown-member: allowed}}", "/x-http/answers/unknown-member", "did you mean unknown-members?"),
    ],
)
def test_a_custom_that_is_not_served(tmp_path: Path, customs: str, pointer: str, advice: str) -> None:
    """An unknown key or word is refused, and the known ones are named."""
    error = error_of(written(tmp_path, HEAD + PATHS + f"x-http: {customs}\n"))
    assert (error.pointer, error.advice) == (pointer, advice)


def test_some_statuses_leave_the_others(tmp_path: Path) -> None:
    """A status that the document does not give is the default."""
    http = "x-http: {refusals: {statuses: {conflict: 422}, body: {e: $message}, violation: $message}}\n"
    statuses = load(written(tmp_path, HEAD + PATHS + http)).refusals.statuses
    assert (statuses[Refusal.CONFLICT], statuses[Refusal.INVALID], statuses[Refusal.TOKEN]) == (422, 400, 401)

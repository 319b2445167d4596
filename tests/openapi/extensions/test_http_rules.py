"""`x-http`: how requests are refused, and that the statuses are declared."""

from __future__ import annotations

from pathlib import Path

import pytest

from openapi import Refusal, load
from tests.openapi.support import GOOD, HEAD, PATHS, error_of, written


def test_without_x_http_the_defaults_apply() -> None:
    """Without x-http, errors follow RFC 9457 and bodies are limited to one mebibyte."""
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


def test_other_x_http_settings_leave_the_refusals_unchanged(tmp_path: Path) -> None:
    """An x-http that only sets how methods, parameters and responses are treated changes no refusal."""
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
def test_unknown_x_http_keys_and_values_are_refused(tmp_path: Path, customs: str, pointer: str, advice: str) -> None:
    """An unknown key or value is refused, and the error names the known ones."""
    error = error_of(written(tmp_path, HEAD + PATHS + f"x-http: {customs}\n"))
    assert (error.pointer, error.advice) == (pointer, advice)


def test_unlisted_statuses_keep_their_default(tmp_path: Path) -> None:
    """A status that the document does not set has its default."""
    http = "x-http: {refusals: {statuses: {conflict: 422}, body: {e: $message}, violation: $message}}\n"
    statuses = load(written(tmp_path, HEAD + PATHS + http)).refusals.statuses
    assert (statuses[Refusal.CONFLICT], statuses[Refusal.INVALID], statuses[Refusal.TOKEN]) == (422, 400, 401)

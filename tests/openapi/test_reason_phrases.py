"""Reason phrases of statuses."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from openapi.reason_phrases import PHRASES, is_phrase


def test_known_statuses_have_a_reason_phrase() -> None:
    """The statuses that Python knows have a phrase; four of them have that of RFC 9110 in every version of Python."""
    assert set(PHRASES) == set(HTTPStatus)
    assert [PHRASES[status] for status in (413, 414, 416, 422)] == [
        "Content Too Large",
        "URI Too Long",
        "Range Not Satisfiable",
        "Unprocessable Content",
    ]


@pytest.mark.parametrize("status", HTTPStatus)
def test_phrases_of_all_python_versions_are_known(status: HTTPStatus) -> None:
    """Python's own name of a status is its phrase, or was its phrase in an earlier version."""
    assert is_phrase(status.phrase, status)


@pytest.mark.parametrize(("text", "status"), [("Not Found", 400), ("", 599), (404, 404), ("Unprocessable", 422)])
def test_other_text_is_not_a_phrase_of_the_status(text: object, status: int) -> None:
    """Another status's phrase, part of a phrase and a number are not the phrase of a status."""
    assert not is_phrase(text, status)

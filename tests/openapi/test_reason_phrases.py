"""Reason phrases of statuses."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from openapi.reason_phrases import PHRASES, is_phrase


def test_every_status_has_one() -> None:
    """The statuses that Python knows have a phrase, and four of them that of RFC 9110 in every version of Python."""
    assert set(PHRASES) == set(HTTPStatus)
    assert [PHRASES[status] for status in (413, 414, 416, 422)] == [
        "Content Too Large",
        "URI Too Long",
        "Range Not Satisfiable",
        "Unprocessable Content",
    ]


@pytest.mark.parametrize("status", HTTPStatus)
def test_the_names_of_any_python_are_known(status: HTTPStatus) -> None:
    """The name of a status in the Python that runs is its phrase, or was it earlier."""
    assert is_phrase(status.phrase, status)


@pytest.mark.parametrize(("text", "status"), [("Not Found", 400), ("", 599), (404, 404), ("Unprocessable", 422)])
def test_other_texts_are_none(text: object, status: int) -> None:
    """Another status's phrase, part of one and a number are not the phrase of a status."""
    assert not is_phrase(text, status)

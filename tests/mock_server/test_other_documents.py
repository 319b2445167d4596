"""Documents of other APIs: nothing in the mock is about phones."""

from __future__ import annotations

from pathlib import Path

import pytest

from openapi import load
from tests.mock_server.support import Caller, FrozenClock, caller_of

DOCUMENTS = Path(__file__).with_name("documents")
BEARER = {"Authorization": "Bearer t"}


@pytest.fixture
def books(clock: FrozenClock) -> Caller:
    """A caller of an empty library."""
    return caller_of(load(DOCUMENTS / "books.yaml"), clock)


@pytest.fixture
def tags() -> Caller:
    """A caller with a token of a mock without tags."""
    return Caller(caller_of(load(DOCUMENTS / "tags.yaml"), token="t").app, BEARER)


def add(books: Caller, title: str, **members: object) -> int:
    """Add a book and return its id."""
    response = books("POST", "/v1/books", {"title": title, **members})
    assert response.status == 201, response
    key: int = response.body["id"]
    return key


def titles(books: Caller, query: str = "limit=50") -> list[str]:
    """The titles that a query lists."""
    response = books.get(f"/v1/books?{query}")
    assert response.status == 200, response
    return [book["title"] for book in response.body]


def test_integer_keys_count_up_and_are_never_reused(books: Caller) -> None:
    """Keys count from 1, and the key of a deleted record is not used again."""
    assert [add(books, "a"), add(books, "b")] == [1, 2]
    assert books("DELETE", "/v1/books/2") == (204, {}, None)
    assert add(books, "c") == 3
    assert books.get("/v1/books/3").body["title"] == "c"


@pytest.mark.parametrize("key", ["2", "0", "x", "1.0", "%31x", "-1", "9" * 30, "9" * 5000])
def test_a_key_of_the_wrong_type_is_unknown(books: Caller, key: str) -> None:
    """A key of the wrong type is an unknown key."""
    add(books, "a")
    assert books.get(f"/v1/books/{key}").status == 404


def test_integer_keys_are_read_in_any_notation(books: Caller) -> None:
    """Percent-encoded or with leading zeros, an integer is the same integer."""
    add(books, "a")
    assert books.get("/v1/books/%31").status == books.get("/v1/books/01").status == 200


def test_a_bare_array_is_ordered_by_a_field(books: Caller) -> None:
    """The record with the most pages comes first, ties newest first, and records without the field last."""
    for title, pages in (("none", None), ("ten", 10), ("two", 2), ("ten too", 10)):
        add(books, title, pages=pages)
    add(books, "missing")
    assert titles(books) == ["ten too", "ten", "two", "missing", "none"]


def test_lists_are_paged_by_offset_and_limit(books: Caller) -> None:
    """The offset counts from 0, the limit has its default, and 0 is a limit."""
    for index in range(5):
        add(books, f"{index}", pages=9 - index)
    assert titles(books, "") == ["0", "1", "2"]
    assert titles(books, "offset=3") == ["3", "4"]
    assert titles(books, "offset=1&limit=2") == ["1", "2"]
    assert titles(books, "offset=99999999999999999999") == titles(books, "limit=0") == []


def test_totals_and_ranges_are_in_headers(books: Caller) -> None:
    """Headers count all matches, and say which of them the page has."""
    for index in range(5):
        add(books, f"{index}", genre="poem" if index < 2 else "novel")

    def counts(query: str) -> tuple[str, str]:
        headers = books.get(f"/v1/books?{query}").headers
        return headers["X-Total-Count"], headers["Content-Range"]

    assert counts("") == ("5", "items 0-2/5")
    assert counts("offset=3") == ("5", "items 3-4/5")
    assert counts("genre=poem&limit=50") == ("2", "items 0-1/2")
    assert counts("offset=9") == ("5", "items */5")


def test_filters_of_other_types_match(books: Caller) -> None:
    """A boolean equals a boolean; a repeatable parameter matches any of its values."""
    for genre in ("novel", "poem", "play"):
        add(books, genre, genre=genre)
    books("PATCH", "/v1/books/1", data=b'{"lent":true}', headers={"Content-Type": "application/merge-patch+json"})
    assert titles(books, "lent=true") == ["novel"]
    assert titles(books, "lent=false") == ["play", "poem"]
    assert titles(books, "genre=novel&genre=play") == ["play", "novel"]
    assert books.violations("GET", "/v1/books?lent=1&genre=novel&genre=song") == [("query", "lent"), ("query", "genre")]


def test_body_defaults_are_applied(books: Caller) -> None:
    """A field with a default in the body's schema starts with it; one without is absent."""
    add(books, "a")
    assert books.get("/v1/books/1").body == {
        "id": 1,
        "title": "a",
        "genre": "novel",
        "lent": False,
        "shelved": "2026-03-01T12:00:00.123Z",
        "moved": "2026-03-01T12:00:00.123Z",
    }


def test_put_resets_omitted_fields(books: Caller, clock: FrozenClock) -> None:
    """A PUT resets omitted fields, except server-made ones, and moves the change time."""
    add(books, "a", genre="poem", pages=3, authors=["x"])
    books("PATCH", "/v1/books/1", data=b'{"lent":true}', headers={"Content-Type": "application/merge-patch+json"})
    clock.advance(1)
    response = books("PUT", "/v1/books/1", {"title": "b"})
    assert response.status == 200
    assert response.body == books.get("/v1/books/1").body
    assert response.body == {
        "id": 1,
        "title": "b",
        "genre": "novel",
        "lent": False,
        "shelved": "2026-03-01T12:00:00.123Z",
        "moved": "2026-03-01T12:00:01.123Z",
    }


def test_an_update_may_repeat_its_key(books: Caller) -> None:
    """The body may repeat the key of the path; another key is refused."""
    add(books, "a")
    headers = {"Content-Type": "application/merge-patch+json"}
    assert books("PATCH", "/v1/books/1", data=b'{"id":1}', headers=headers).status == 200
    response = books("PATCH", "/v1/books/1", data=b'{"id":2}', headers=headers)
    assert (response.status, response.body["errors"]) == (
        400,
        [{"in": "body", "path": "/id", "detail": "differs from the path; leave it out"}],
    )


def test_each_operation_has_its_media_type(books: Caller) -> None:
    """In this document PATCH accepts a merge patch, and PUT does not."""
    add(books, "a")
    assert books("PATCH", "/v1/books/1", {"title": "b"}).status == 415
    headers = {"Content-Type": "application/merge-patch+json"}
    assert books("PUT", "/v1/books/1", data=b'{"title":"b"}', headers=headers).status == 415


def test_refusals_default_to_problem_details(books: Caller) -> None:
    """Without `x-http` a refusal is a problem of RFC 9457."""
    response = books.get("/v1/books/7")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.body == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no book with the id 7.",
    }


def test_list_envelopes_may_be_nested(tags: Caller) -> None:
    """Items and counts are at the declared pointers, with any names."""
    for size, name in enumerate(["b", "a"]):
        assert tags("POST", "/tags/", {"name": name, "size": size}).status == 201
    assert tags.get("/tags/").body == {
        "data": {"%tags": [{"name": "b", "colour": "red", "size": 0}, {"name": "a", "colour": "red", "size": 1}]},
        "meta": {"count": 2},
    }


@pytest.mark.parametrize("key", ["plain", "with space", "ünï", "a?b#c", "%41", "a;b=c,d", "...", "nul\0", "🦜", "+"])
def test_the_client_may_choose_any_key(tags: Caller, key: str) -> None:
    """The Location of a new record leads to it, with any key; a response without content has no body."""
    response = tags("POST", "/tags/", {"name": key})
    assert (response.status, response.body) == (201, None)
    assert tags.get(response.headers["Location"]).body["name"] == key


def test_a_client_chosen_key_is_unique(tags: Caller) -> None:
    """A second record with the same key is a conflict."""
    tags("POST", "/tags/", {"name": "a", "size": 1})
    response = tags("POST", "/tags/", {"name": "a", "size": 2})
    assert (response.status, response.body["error"]["details"][0][:2]) == (409, ["body", "/name"])


def test_pairs_of_fields_may_be_unique(tags: Caller) -> None:
    """Only the same pair of values conflicts, in updates too; null equals no other value."""
    for members in ({"colour": "red"}, {"colour": "blue"}, {"colour": None}, {"colour": None, "name": "d"}):
        assert tags("POST", "/tags/", {"name": str(members["colour"]), **members}).status == 201, members
    response = tags("POST", "/tags/", {"name": "x", "colour": "blue"})
    assert [detail[:2] for detail in response.body["error"]["details"]] == [["body", "/colour"], ["body", "/size"]]
    assert tags("PUT", "/tags/d", {"name": "d", "colour": "blue"}).status == 409
    assert tags("PUT", "/tags/blue", {"name": "blue", "colour": "green"}).status == 200
    assert tags("PUT", "/tags/d", {"name": "d", "colour": "blue"}).status == 200


def test_a_missing_body_lacks_all_required_fields(tags: Caller) -> None:
    """Without a body, all required fields are missing."""
    for headers in ({}, {"Content-Type": "application/json"}):
        response = tags("POST", "/tags/", data=b"", headers=headers)
        assert (response.status, response.body["error"]["details"]) == (422, [["body", "/name", "name is required"]])


def test_a_trailing_slash_is_part_of_the_path(tags: Caller) -> None:
    """Without its trailing slash a path is unknown, and nothing is redirected."""
    for path in ("/tags", "/tags//"):
        response = tags.get(path)
        assert (response.status, response.headers["Content-Type"]) == (404, "application/vnd.error+json")
    assert tags("OPTIONS", "/tags/").headers["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_refusals_have_the_declared_status_and_body(tags: Caller) -> None:
    """Statuses and bodies of refusals are as the document says."""
    response = tags("POST", "/tags/", {"name": 1})
    assert (response.status, response.body["error"]["status"], response.body["error"]["title"]) == (
        422,
        422,
        "Unprocessable Content",
    )
    assert response.body["error"]["details"] == [["body", "/name", "expected string, got 1"]]


def test_an_operation_without_a_resource_returns_its_example(tags: Caller) -> None:
    """The operation requires no token, and returns its example, here a string."""
    client = tags.app.test_client()
    response = client.get("/health/7.txt", headers={"X-Depth": "3"})
    assert (response.status_code, response.content_type, response.text) == (200, "text/plain", "good")


def test_parameters_without_a_resource_are_validated(tags: Caller) -> None:
    """A missing or invalid header is named in the error, and so is an invalid value in the path."""
    assert tags.get("/health/7.txt").body["error"]["details"] == [["header", "X-Depth", "is required"]]
    response = tags("GET", "/health/x.txt", headers={"X-Depth": "9"})
    assert [detail[:2] for detail in response.body["error"]["details"]] == [["header", "X-Depth"], ["path", "part"]]

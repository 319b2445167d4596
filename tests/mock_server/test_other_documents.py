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
    answer = books("POST", "/v1/books", {"title": title, **members})
    assert answer.status == 201, answer
    key: int = answer.body["id"]
    return key


def titles(books: Caller, query: str = "limit=50") -> list[str]:
    """The titles that a query lists."""
    answer = books.get(f"/v1/books?{query}")
    assert answer.status == 200, answer
    return [book["title"] for book in answer.body]


def test_integer_keys_count_up_and_are_never_given_twice(books: Caller) -> None:
    """Keys count from 1; the key of a deleted record stays its own."""
    assert [add(books, "a"), add(books, "b")] == [1, 2]
    assert books("DELETE", "/v1/books/2") == (204, {}, None)
    assert add(books, "c") == 3
    assert books.get("/v1/books/3").body["title"] == "c"


@pytest.mark.parametrize("key", ["2", "0", "x", "1.0", "%31x", "-1", "9" * 30, "9" * 5000])
def test_a_key_that_no_record_has(books: Caller, key: str) -> None:
    """A key of the wrong kind is an unknown one."""
    add(books, "a")
    assert books.get(f"/v1/books/{key}").status == 404


def test_keys_are_read_as_their_schema_says(books: Caller) -> None:
    """Percent-encoded or with leading zeros, an integer is the same integer."""
    add(books, "a")
    assert books.get("/v1/books/%31").status == books.get("/v1/books/01").status == 200


def test_a_bare_array_in_the_order_of_a_member(books: Caller) -> None:
    """The most pages first, ties newest first, and what has none last."""
    for title, pages in (("none", None), ("ten", 10), ("two", 2), ("ten too", 10)):
        add(books, title, pages=pages)
    add(books, "missing")
    assert titles(books) == ["ten too", "ten", "two", "missing", "none"]


def test_offset_and_limit(books: Caller) -> None:
    """The offset counts from 0, the limit has its default, and 0 is a limit."""
    for index in range(5):
        add(books, f"{index}", pages=9 - index)
    assert titles(books, "") == ["0", "1", "2"]
    assert titles(books, "offset=3") == ["3", "4"]
    assert titles(books, "offset=1&limit=2") == ["1", "2"]
    assert titles(books, "offset=99999999999999999999") == titles(books, "limit=0") == []


def test_totals_and_ranges_in_headers(books: Caller) -> None:
    """Headers count all matches, and say which of them are on the page."""
    for index in range(5):
        add(books, f"{index}", genre="poem" if index < 2 else "novel")

    def counts(query: str) -> tuple[str, str]:
        headers = books.get(f"/v1/books?{query}").headers
        return headers["X-Total-Count"], headers["Content-Range"]

    assert counts("") == ("5", "items 0-2/5")
    assert counts("offset=3") == ("5", "items 3-4/5")
    assert counts("genre=poem&limit=50") == ("2", "items 0-1/2")
    assert counts("offset=9") == ("5", "items */5")


def test_filters_of_other_types(books: Caller) -> None:
    """A boolean equals a boolean; a parameter that may be repeated keeps what equals one of its values."""
    for genre in ("novel", "poem", "play"):
        add(books, genre, genre=genre)
    books("PATCH", "/v1/books/1", data=b'{"lent":true}', headers={"Content-Type": "application/merge-patch+json"})
    assert titles(books, "lent=true") == ["novel"]
    assert titles(books, "lent=false") == ["play", "poem"]
    assert titles(books, "genre=novel&genre=play") == ["play", "novel"]
    assert books.violations("GET", "/v1/books?lent=1&genre=novel&genre=song") == [("query", "lent"), ("query", "genre")]


def test_defaults_of_the_body(books: Caller) -> None:
    """What the schema of the body has a default for starts with it; what has none is not there."""
    add(books, "a")
    assert books.get("/v1/books/1").body == {
        "id": 1,
        "title": "a",
        "genre": "novel",
        "lent": False,
        "shelved": "2026-03-01T12:00:00.123Z",
        "moved": "2026-03-01T12:00:00.123Z",
    }


def test_put_puts_everything_back_to_its_start(books: Caller, clock: FrozenClock) -> None:
    """Fields that a PUT leaves out are reset, except server-made ones; the time of change moves."""
    add(books, "a", genre="poem", pages=3, authors=["x"])
    books("PATCH", "/v1/books/1", data=b'{"lent":true}', headers={"Content-Type": "application/merge-patch+json"})
    clock.advance(1)
    answer = books("PUT", "/v1/books/1", {"title": "b"})
    assert answer.status == 200
    assert answer.body == books.get("/v1/books/1").body
    assert answer.body == {
        "id": 1,
        "title": "b",
        "genre": "novel",
        "lent": False,
        "shelved": "2026-03-01T12:00:00.123Z",
        "moved": "2026-03-01T12:00:01.123Z",
    }


def test_the_key_in_the_body_of_an_update(books: Caller) -> None:
    """The key that the path says may be repeated in the body; another one is refused."""
    add(books, "a")
    headers = {"Content-Type": "application/merge-patch+json"}
    assert books("PATCH", "/v1/books/1", data=b'{"id":1}', headers=headers).status == 200
    answer = books("PATCH", "/v1/books/1", data=b'{"id":2}', headers=headers)
    assert (answer.status, answer.body["errors"]) == (
        400,
        [{"in": "body", "path": "/id", "detail": "differs from the path; leave it out"}],
    )


def test_the_media_type_of_each_operation(books: Caller) -> None:
    """PATCH takes a merge patch here, and PUT doesn't."""
    add(books, "a")
    assert books("PATCH", "/v1/books/1", {"title": "b"}).status == 415
    headers = {"Content-Type": "application/merge-patch+json"}
    assert books("PUT", "/v1/books/1", data=b'{"title":"b"}', headers=headers).status == 415


def test_problem_details_where_the_document_says_nothing(books: Caller) -> None:
    """Without `x-http` a refusal is a problem of RFC 9457."""
    answer = books.get("/v1/books/7")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.body == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no book with the id 7.",
    }


def test_a_nested_envelope(tags: Caller) -> None:
    """Items and counts are where the document says, with any names."""
    for size, name in enumerate(["b", "a"]):
        assert tags("POST", "/tags/", {"name": name, "size": size}).status == 201
    assert tags.get("/tags/").body == {
        "data": {"%tags": [{"name": "b", "colour": "red", "size": 0}, {"name": "a", "colour": "red", "size": 1}]},
        "meta": {"count": 2},
    }


@pytest.mark.parametrize("key", ["plain", "with space", "ünï", "a?b#c", "%41", "a;b=c,d", "...", "nul\0", "🦜", "+"])
def test_a_key_of_the_clients_own(tags: Caller, key: str) -> None:
    """The Location of a new record leads to it, with any key; a response without content has none."""
    answer = tags("POST", "/tags/", {"name": key})
    assert (answer.status, answer.body) == (201, None)
    assert tags.get(answer.headers["Location"]).body["name"] == key


def test_the_clients_own_key_is_unique(tags: Caller) -> None:
    """A second record with the same key is a conflict."""
    tags("POST", "/tags/", {"name": "a", "size": 1})
    answer = tags("POST", "/tags/", {"name": "a", "size": 2})
    assert (answer.status, answer.body["error"]["details"][0][:2]) == (409, ["body", "/name"])


def test_a_pair_that_is_unique(tags: Caller) -> None:
    """Only both values together are taken, a null equals no other value, and an update is refused too."""
    for members in ({"colour": "red"}, {"colour": "blue"}, {"colour": None}, {"colour": None, "name": "d"}):
        assert tags("POST", "/tags/", {"name": str(members["colour"]), **members}).status == 201, members
    answer = tags("POST", "/tags/", {"name": "x", "colour": "blue"})
    assert [detail[:2] for detail in answer.body["error"]["details"]] == [["body", "/colour"], ["body", "/size"]]
    assert tags("PUT", "/tags/d", {"name": "d", "colour": "blue"}).status == 409
    assert tags("PUT", "/tags/blue", {"name": "blue", "colour": "green"}).status == 200
    assert tags("PUT", "/tags/d", {"name": "d", "colour": "blue"}).status == 200


def test_a_body_that_may_be_left_out(tags: Caller) -> None:
    """Without a body, all required members are missing."""
    for headers in ({}, {"Content-Type": "application/json"}):
        answer = tags("POST", "/tags/", data=b"", headers=headers)
        assert (answer.status, answer.body["error"]["details"]) == (422, [["body", "/name", "name is required"]])


def test_a_path_that_ends_in_a_slash(tags: Caller) -> None:
    """The slash at the end is part of the path; without it nothing is there, and nothing is redirected."""
    for path in ("/tags", "/tags//"):
        answer = tags.get(path)
        assert (answer.status, answer.headers["Content-Type"]) == (404, "application/vnd.error+json")
    assert tags("OPTIONS", "/tags/").headers["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_the_documents_own_statuses_and_shape(tags: Caller) -> None:
    """Statuses and bodies of refusals are as the document says."""
    answer = tags("POST", "/tags/", {"name": 1})
    assert (answer.status, answer.body["error"]["status"], answer.body["error"]["title"]) == (
        422,
        422,
        "Unprocessable Content",
    )
    assert answer.body["error"]["details"] == [["body", "/name", "expected string, got 1"]]


def test_an_operation_of_no_resource_answers_its_example(tags: Caller) -> None:
    """It asks for no token, and answers with the example, here a text."""
    client = tags.app.test_client()
    answer = client.get("/health/7.txt", headers={"X-Depth": "3"})
    assert (answer.status_code, answer.content_type, answer.text) == (200, "text/plain", "good")


def test_header_and_path_parameters_of_no_resource(tags: Caller) -> None:
    """A header that is missing or wrong is named, and so is a value in the path."""
    assert tags.get("/health/7.txt").body["error"]["details"] == [["header", "X-Depth", "is required"]]
    answer = tags("GET", "/health/x.txt", headers={"X-Depth": "9"})
    assert [detail[:2] for detail in answer.body["error"]["details"]] == [["header", "X-Depth"], ["path", "part"]]

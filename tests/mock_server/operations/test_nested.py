"""Collections below a record of another resource."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mock_server.settings.settings import Settings
from mock_server.web.app import create_app
from openapi import load
from tests.mock_server.support import Caller
from tests.openapi.inference.support import loaded, shop
from tests.openapi.support import GOOD

UNKNOWN = "6f0c2d53-8a3b-4b43-9f0a-1f4a0f4f0a11"
SHELVES = "/v1/shelves"


@pytest.fixture(scope="module")
def app_caller() -> Caller:
    """A mock with shelves and books."""
    return Caller(create_app(load(GOOD / "shelves.yaml"), Settings(empty=True, seed=1)))


@pytest.fixture
def call(app_caller: Caller) -> Caller:
    """The mock without records."""
    app_caller.reset()
    return app_caller


def shelf(call: Caller, name: str = "Top") -> str:
    """The path of the books on a new shelf."""
    key: str = call("POST", SHELVES, {"name": name}).body["id"]
    return f"{SHELVES}/{key}/books"


def book(call: Caller, books: str, title: str = "Emma") -> dict[str, Any]:
    """A new book on a shelf."""
    response = call("POST", books, {"title": title})
    assert response.status == 201
    found: dict[str, Any] = response.body
    return found


def test_nested_lists_have_the_records_of_their_parent(call: Caller) -> None:
    """Each shelf lists its own books, and a book has no field of the shelf."""
    first, second = shelf(call), shelf(call)
    made = book(call, first)
    assert made.keys() == {"id", "title", "language"}
    assert call.get(first).body == [made]
    assert call.get(second).body == []
    assert call.get(f"{first}?find=em").body == [made]


@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
def test_a_record_is_found_only_below_its_parent(call: Caller, method: str) -> None:
    """A book is unknown below another shelf, and is not changed."""
    first, second = shelf(call), shelf(call)
    made = book(call, first)
    body = {"title": "Other"} if method in ("PATCH", "PUT") else None
    response = call(method, f"{second}/{made['id']}", body)
    assert response.status == 404
    assert response.body["detail"] == f'There is no book with the id "{made["id"]}".'
    assert call.get(f"{first}/{made['id']}").body == made


@pytest.mark.parametrize(
    ("method", "rest"), [("GET", ""), ("POST", ""), ("GET", f"/{UNKNOWN}"), ("DELETE", f"/{UNKNOWN}")]
)
def test_an_unknown_parent_is_404(call: Caller, method: str, rest: str) -> None:
    """Every operation below an unknown shelf is refused with 404, and names the shelf."""
    body = {"title": "Emma"} if method == "POST" else None
    response = call(method, f"{SHELVES}/{UNKNOWN}/books{rest}", body)
    assert response.status == 404
    assert response.body["detail"] == f'There is no shelf with the id "{UNKNOWN}".'


def test_changes_keep_the_parent(call: Caller) -> None:
    """An updated and a replaced book stay on their shelf."""
    books = shelf(call)
    path = f"{books}/{book(call, books)['id']}"
    assert call("PATCH", path, {"language": "de"}).body["language"] == "de"
    assert call("PUT", path, {"title": "Persuasion"}).body["language"] == "en"
    assert [one["title"] for one in call.get(books).body] == ["Persuasion"]


def test_deleting_a_parent_deletes_its_records(call: Caller) -> None:
    """A deleted shelf loses its books; those of other shelves stay."""
    first, second = shelf(call), shelf(call)
    path = f"{first}/{book(call, first)['id']}"
    kept = book(call, second)
    assert call("DELETE", first.removesuffix("/books")).status == 204
    assert call.get(first).status == 404
    assert call.get(path).status == 404
    assert call.get(second).body == [kept]
    assert [one["id"] for one in call.get("/__mock/records/book").body["records"]] == [kept["id"]]


def test_on_delete_refuse_protects_parents_with_records(tmp_path: Path) -> None:
    """With on-delete: refuse, a shelf with books can't be deleted."""
    file = tmp_path / "shelves.yaml"
    text = (GOOD / "shelves.yaml").read_text(encoding="utf-8")
    file.write_text(text.replace("on-delete: cascade", "on-delete: refuse"), encoding="utf-8")
    call = Caller(create_app(load(file), Settings(empty=True)))
    books = shelf(call)
    book(call, books)
    assert call("DELETE", books.removesuffix("/books")).status == 409
    assert len(call.get(books).body) == 1


def test_generated_records_have_parents() -> None:
    """Each generated book is on a generated shelf."""
    call = Caller(create_app(load(GOOD / "shelves.yaml"), Settings(seed=1)))
    shelves = [one["id"] for one in call.get(SHELVES).body]
    found = [one["id"] for key in shelves for one in call.get(f"{SHELVES}/{key}/books").body]
    everything = call.get("/__mock/records/book?limit=50").body["records"]
    assert sorted(found) == sorted(one["id"] for one in everything)
    assert {one["shelfId"] for one in everything} <= set(shelves)


def test_nested_collections_are_inferred(tmp_path: Path) -> None:
    """A collection below an item's path is nested; a field named like the path parameter has the parent's key."""
    document = shop()
    review = {
        "type": "object",
        "required": ["id", "articleId"],
        "properties": {"id": {"type": "integer"}, "articleId": {"type": "integer"}, "text": {"type": "string"}},
    }
    new = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
    response = {"description": "It.", "content": {"application/json": {"schema": review}}}
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "integer"}}
        for name in ("articleId", "number")
    ]
    document["components"]["schemas"]["Review"] = review
    document["paths"]["/articles/{articleId}/reviews"] = {
        "parameters": parameters[:1],
        "post": {
            "operationId": "addReview",
            "requestBody": {"content": {"application/json": {"schema": new}}},
            "responses": {"201": response},
        },
    }
    parameters[1]["name"] = "reviewId"
    document["paths"]["/articles/{articleId}/reviews/{reviewId}"] = {
        "parameters": parameters,
        "get": {"operationId": "getReview", "responses": {"200": response}},
    }
    contract = loaded(tmp_path, document)
    parent = contract.resources["review"].parent
    assert parent is not None
    assert (parent.resource, parent.field, parent.is_hidden) == ("article", "articleId", False)
    call = Caller(create_app(contract, Settings(empty=True)))
    assert call("POST", "/articles/1/reviews", {"text": "Fine"}).status == 404
    call("POST", "/articles", {"title": "Cup"})
    made = call("POST", "/articles/1/reviews", {"text": "Fine"}).body
    assert made == {"id": 1, "articleId": 1, "text": "Fine"}
    assert call.get("/articles/1/reviews/1").body == made

"""Responses that come from neither the records nor an example."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from mock_server import Settings, create_app
from openapi import load

DOCUMENT = """
openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /pets:
    get:
      responses:
        '200':
          description: Pets.
          headers:
            X-Rate: {required: true, schema: {type: integer, minimum: 5, maximum: 9}}
            X-Version: {schema: {type: string}, example: v2}
            X-Optional: {schema: {type: string}}
          content:
            application/json: {schema: {type: array, minItems: 1, items: {$ref: '#/components/schemas/Pet'}}}
            application/xml: {schema: {$ref: '#/components/schemas/Pet'}}
            text/plain: {example: a cat}
  /wrong-example:
    get: {responses: {default: {description: D., content: {application/json: {schema: {type: integer}, example: x}}}}}
  /range: {get: {responses: {2XX: {description: D., content: {'*/*': {schema: {type: boolean}}}}}}}
  /gone: {get: {responses: {'302': {description: D., headers: {Location: {schema: {type: string}, example: /pets}}}}}}
  /nothing: {get: {responses: {'404': {description: D.}}}}
components:
  schemas:
    Pet:
      type: object
      required: [id, name, secret]
      properties:
        id: {type: integer, readOnly: true}
        name: {type: string, maxLength: 8, nullable: true}
        secret: {type: string, writeOnly: true}
      additionalProperties: false
"""


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    """A client of a mock without resources."""
    file = tmp_path / "pets.yaml"
    file.write_text(DOCUMENT, "utf-8")
    return create_app(load(file), Settings(seed=3)).test_client()


def test_a_body_without_an_example_is_generated(client: FlaskClient) -> None:
    """Without an example the body is a generated value without writeOnly fields, the same one each time."""
    first, again = client.get("/pets"), client.get("/pets")
    assert (first.status_code, first.content_type) == (200, "application/json")
    assert first.data == again.data
    assert {name for pet in first.get_json() for name in pet} == {"id", "name"}


def test_declared_headers_are_sent(client: FlaskClient) -> None:
    """A header with an example is sent with it; a required one without an example has a generated value."""
    headers = client.get("/pets").headers
    assert 5 <= int(headers["X-Rate"]) <= 9
    assert headers["X-Version"] == "v2"
    assert "X-Optional" not in headers


@pytest.mark.parametrize(
    ("accept", "status", "content_type"),
    [
        ("text/plain", 200, "text/plain"),
        ("application/xml;q=0.9, text/*;q=0.1", 200, "application/xml"),
        ("text/html, */*;q=0.1", 200, "application/json"),
        ("application/*", 200, "application/json"),
        ("text/csv", 406, "application/problem+json"),
        ("application/json;q=0, text/plain;q=0.5", 200, "text/plain"),
        ("", 200, "application/json"),
    ],
)
def test_accept_chooses_the_media_type(client: FlaskClient, accept: str, status: int, content_type: str) -> None:
    """Accept selects a declared media type, the first of equals; without a match the response is 406."""
    response = client.get("/pets", headers={"Accept": accept})
    assert (response.status_code, response.content_type) == (status, content_type)


def test_accept_is_ignored_without_a_choice(client: FlaskClient) -> None:
    """If an operation has one media type and declares no 406, Accept is ignored."""
    response = client.get("/range", headers={"Accept": "text/csv"})
    assert (response.status_code, response.content_type) == (200, "application/json")


def test_generated_values_can_be_xml(client: FlaskClient) -> None:
    """A generated value is written as XML if the client accepts only XML."""
    body = client.get("/pets", headers={"Accept": "application/xml"}).get_data(as_text=True)
    assert "<Pet><id>" in body


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [("/wrong-example", 200, int), ("/range", 200, bool), ("/gone", 302, None), ("/nothing", 200, None)],
)
def test_the_lowest_success_status_is_used(client: FlaskClient, path: str, status: int, kind: Any) -> None:
    """Success is the lowest 2xx, then 2XX, 3xx and default; an example that breaks its schema is not sent."""
    response = client.get(path)
    assert response.status_code == status
    assert kind is None or isinstance(response.get_json(), kind)
    assert response.headers.get("Location") == ("/pets" if status == 302 else None)


def test_a_preferred_error_needs_no_valid_request(tmp_path: Path) -> None:
    """Prefer: code= and example= force an error for any request."""
    file = tmp_path / "strict.yaml"
    file.write_text(
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {/a: {post: {requestBody: {required: true, content: "
        "{application/json: {schema: {type: object, required: [x]}}}}, responses: {'422': {description: D., content: "
        "{application/json: {examples: {short: {value: 1}, taken: {value: 2}}}}}}}}}\n",
        "utf-8",
    )
    client = create_app(load(file), Settings(seed=1)).test_client()
    response = client.post("/a", json={}, headers={"Prefer": "code=422, example=taken"})
    assert (response.status_code, response.get_json()) == (422, 2)

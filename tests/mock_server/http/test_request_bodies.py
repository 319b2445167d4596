"""Bodies that are not plain JSON."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from mock_server import Settings, create_app
from openapi import load

DOCUMENT = """
openapi: 3.1.0
info: {title: T, version: '1'}
paths:
  /form: {post: {requestBody: {required: true, content: {application/x-www-form-urlencoded: {schema: FORM}}}}}
  /parts: {post: {requestBody: {required: true, content: {multipart/form-data: {schema: FORM}}}}}
  /csv:
    post:
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema:
              properties:
                tags: {type: array, items: {type: integer}}
                size: {type: object, properties: {wide: {type: integer}, unit: {type: string}}}
              required: [tags]
            encoding: {tags: {explode: false}, size: {style: pipeDelimited, explode: false}}
  /text: {post: {requestBody: {content: {text/plain: {schema: {type: string, maxLength: 3}}}}}}
  /bytes: {post: {requestBody: {content: {application/octet-stream: {schema: {type: string}}}}}}
  /any: {post: {requestBody: {content: {'*/*': {schema: {type: object, required: [a]}}}}}}
  /vendor: {post: {requestBody: {content: {application/vnd.x+json: {schema: {type: object, required: [a]}}}}}}
  /things:
    get: {operationId: list, responses: {'200': {description: D., content: {application/json: {schema: THINGS}}}}}
    post:
      operationId: create
      requestBody:
        required: true
        content: {application/json: {schema: NEW}, application/x-www-form-urlencoded: {schema: NEW}}
      responses: {'201': {description: D., content: {application/json: {schema: THING}}}}
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    patch:
      operationId: change
      requestBody:
        content: {application/json: {schema: NEW}, application/merge-patch+json: {schema: {type: object}}}
      responses: {'200': {description: D., content: {application/json: {schema: THING}}}}
components:
  schemas:
    Form:
      type: object
      required: [age]
      properties:
        age: {type: integer, maximum: 150}
        tags: {type: array, items: {type: string}, maxItems: 2}
        address: {type: object, properties: {zip: {type: integer}}, required: [zip]}
        photo: {type: string, format: binary}
      additionalProperties: false
    Base: {type: object, required: [id], properties: {id: {type: integer, readOnly: true}}}
    New:
      allOf: [{$ref: '#/components/schemas/Base'}]
      type: object
      required: [size]
      properties: {size: {type: integer}, box: {type: object, properties: {a: {type: integer}, b: {type: integer}}}}
    Thing:
      allOf: [{$ref: '#/components/schemas/New'}]
      properties: {size: {maximum: 9}}
x-resources:
  thing:
    record: '#/components/schemas/Thing'
    key: id
    collection: /things
    item: /things/{id}
    operations: {list: list, create: create, update: change}
    list: {answer: {items: ''}}
    members: {id: {make: integer}}
"""


GOOD = gzip.compress(b'{"a": 1}', mtime=0)
LONG = gzip.compress(b" " * 2_000_000, mtime=0)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A client of the mock of the document."""
    file: Path = tmp_path_factory.mktemp("bodies") / "document.yaml"
    text = DOCUMENT
    for word, schema in (("FORM", "Form"), ("NEW", "New"), ("THING", "Thing")):
        text = text.replace(f"{word}}}", f"{{$ref: '#/components/schemas/{schema}'}}}}")
    text = text.replace("THINGS}", "{type: array, items: {$ref: '#/components/schemas/Thing'}}}")
    file.write_text(text, "utf-8")
    return create_app(load(file), Settings(empty=True, seed=1)).test_client()


def problems(response: Any) -> list[tuple[str, str]]:
    """Where a refused request is wrong, and how."""
    return [(one["path"], one["detail"]) for one in response.get_json()["errors"]]


@pytest.mark.parametrize("path", ["/form", "/parts"])
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"age": "30", "tags": ["a", "b"]}, []),
        ({"age": "30", "address": '{"zip": 1}'}, []),
        ({"age": "x"}, [("/age", 'expected integer, got "x"')]),
        ({"tags": "a"}, [("/age", "age is required")]),
        ({"age": "30", "tags": ["a", "b", "c"]}, [("/tags", "3 items, maximum 2")]),
        ({"age": "30", "address": "{}"}, [("/address/zip", "zip is required")]),
        ({"age": "30", "agee": "1"}, [("/agee", "unknown field; did you mean age?")]),
    ],
)
def test_forms_are_validated(
    client: FlaskClient, path: str, fields: Mapping[str, Any], expected: list[tuple[str, str]]
) -> None:
    """The fields of a form become values of their types, and are validated as JSON is."""
    kind = "application/x-www-form-urlencoded" if path == "/form" else "multipart/form-data"
    response = client.post(path, data=fields, content_type=kind)
    assert response.status_code == (400 if expected else 200)
    assert not expected or problems(response) == expected


def test_a_file_is_the_value_of_its_field(client: FlaskClient) -> None:
    """A file is the value of its field."""
    parts = {"age": "3", "photo": (BytesIO(b"\x89PNG\xff"), "photo.png")}
    assert client.post("/parts", data=parts, content_type="multipart/form-data").status_code == 200


@pytest.mark.parametrize("head", ["form-data", 'attachment; filename="a"'])
def test_a_part_without_a_name_is_refused(client: FlaskClient, head: str) -> None:
    """Each part of a form needs a name, for text and for files."""
    body = f"--x\r\nContent-Disposition: {head}\r\n\r\n1\r\n--x--\r\n"
    response = client.post("/parts", data=body, content_type="multipart/form-data; boundary=x")
    assert response.status_code == 400
    assert "a part has no name; write Content-Disposition: form-data; name=" in response.text


@pytest.mark.parametrize(
    ("path", "data", "headers", "status"),
    [
        ("/parts", b"junk", {"Content-Type": "multipart/form-data; boundary=x"}, 400),
        ("/parts", b"junk", {"Content-Type": "multipart/form-data"}, 400),
        ("/form", b"age=%zz", {"Content-Type": "application/x-www-form-urlencoded"}, 400),
        ("/csv", b"tags=1,2", {"Content-Type": "application/x-www-form-urlencoded"}, 200),
        ("/csv", b"tags=1,x", {"Content-Type": "application/x-www-form-urlencoded"}, 400),
        ("/csv", b"size=wide%7C3%7Cunit%7Ccm", {"Content-Type": "application/x-www-form-urlencoded"}, 200),
        ("/csv", b"size=wide%7Cx%7Cunit%7Ccm", {"Content-Type": "application/x-www-form-urlencoded"}, 400),
        ("/csv", b'size={"wide":3,"unit":"c%7Cm"}', {"Content-Type": "application/x-www-form-urlencoded"}, 200),
        ("/csv", b"size=wide%7C3%7Cunit", {"Content-Type": "application/x-www-form-urlencoded"}, 400),
        ("/csv", b"other=1", {"Content-Type": "application/x-www-form-urlencoded"}, 200),
        ("/text", b"abc", {"Content-Type": "text/plain"}, 200),
        ("/text", b"abcd", {"Content-Type": "text/plain"}, 400),
        ("/bytes", b"\xff\x00", {"Content-Type": "application/octet-stream"}, 200),
        ("/any", b"{}", {"Content-Type": "application/json"}, 400),
        ("/any", b'{"a": 1}', {"Content-Type": "application/json"}, 200),
        ("/any", b"a=1", {"Content-Type": "application/x-www-form-urlencoded"}, 200),
        ("/any", b"<a/>", {"Content-Type": "application/xml"}, 200),
        ("/vendor", b"{}", {"Content-Type": "application/vnd.x+json"}, 400),
        (
            "/any",
            gzip.compress(b'{"a": 1}', mtime=0),
            {"Content-Type": "application/json", "Content-Encoding": "gzip"},
            200,
        ),
        ("/any", gzip.compress(b"{}", mtime=0), {"Content-Type": "application/json", "Content-Encoding": "gzip"}, 400),
        ("/any", b"{}", {"Content-Type": "application/json", "Content-Encoding": "gzip"}, 400),
        ("/any", b"{}", {"Content-Type": "application/json", "Content-Encoding": "br"}, 415),
        ("/any", LONG, {"Content-Type": "application/json", "Content-Encoding": "gzip"}, 413),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_bodies_are_read_by_media_type(
    client: FlaskClient, path: str, data: bytes, headers: dict[str, str], status: int
) -> None:
    """Each body is read by its media type and its encoding; unreadable bodies are accepted."""
    assert client.post(path, data=data, headers=headers).status_code == status


def test_read_only_fields_are_ignored(client: FlaskClient) -> None:
    """A required readOnly field may be missing from a request, and is ignored if sent."""
    first = client.post("/things", json={"size": 1, "id": 77})
    assert (first.status_code, first.get_json()) == (201, {"id": first.get_json()["id"], "size": 1})
    assert first.get_json()["id"] != 77
    form = client.post("/things", data={"size": "2"})
    assert form.get_json()["size"] == 2


def test_an_invalid_record_is_not_stored(client: FlaskClient) -> None:
    """A valid body that would produce an invalid record is refused, and nothing is stored."""
    before = client.get("/things").get_json()
    response = client.post("/things", json={"size": 10})
    assert (response.status_code, problems(response)) == (400, [("/size", "10 is greater than the maximum 9")])
    assert client.get("/things").get_json() == before


def test_merge_patches_merge_objects_and_remove_nulls(client: FlaskClient) -> None:
    """A JSON Merge Patch merges objects and removes what is null; the result must be a valid record."""
    key = client.post("/things", json={"size": 1, "box": {"a": 1, "b": 2}}).get_json()["id"]

    def patch(change: object) -> Any:
        headers = {"Content-Type": "application/merge-patch+json"}
        return client.patch(f"/things/{key}", data=json.dumps(change), headers=headers)

    assert patch({"box": {"a": None, "b": 3}}).get_json() == {"id": key, "size": 1, "box": {"b": 3}}
    assert patch({"size": None}).status_code == 400
    assert patch({"box": None}).get_json() == {"id": key, "size": 1}

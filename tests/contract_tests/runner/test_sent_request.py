"""Whether a request as sent is valid, which decides if a service may accept or refuse it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from contract_tests.runner.sent_request import is_valid_as_sent
from openapi import Operation, load

_SCHEMAS: dict[str, Any] = {
    "Words": {"type": "array", "items": {"type": "string"}},
    "Vote": {"type": "object", "required": ["of"], "properties": {"of": {"type": "integer"}}},
    "Deep": {"type": "object", "properties": {"tags": {"type": "array", "items": {"type": "object"}}}},
}


@pytest.fixture(scope="module")
def operation(tmp_path_factory: pytest.TempPathFactory) -> Operation:
    """An operation with parameters in every location and bodies of several media types."""
    content = {
        "application/json": {"schema": {"$ref": "#/components/schemas/Vote"}},
        "application/x-www-form-urlencoded": {"schema": {"$ref": "#/components/schemas/Vote"}},
        "multipart/form-data": {"schema": {"$ref": "#/components/schemas/Deep"}},
    }
    parameters = [
        {"name": "words", "in": "path", "required": True, "schema": {"$ref": "#/components/schemas/Words"}},
        {"name": "page", "in": "query", "required": True, "schema": {"type": "integer"}},
        {"name": "X-Turn", "in": "header", "schema": {"type": "integer"}},
        {"name": "seen", "in": "cookie", "schema": {"type": "boolean"}},
    ]
    post = {
        "parameters": parameters,
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "Done."}},
    }
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Sent", "version": "1"},
        "paths": {"/lists/{words}": {"post": post}},
        "components": {"schemas": _SCHEMAS},
    }
    file = tmp_path_factory.mktemp("sent") / "sent.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    (found,) = load(file).operations.values()
    return found


_JSON = {"Content-Type": "application/json"}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("target", "headers", "body", "expected"),
    [
        ("a,b?page=1", _JSON, '{"of": 1}', True),
        # An integer in place of the list is a list of one text.
        ("1?page=1", _JSON, '{"of": 1}', True),
        ("a?page=x", _JSON, '{"of": 1}', False),
        ("a", _JSON, '{"of": 1}', False),
        ("a?page=1&page=2", _JSON, '{"of": 1}', None),
        ("a?page=1", {**_JSON, "X-Turn": "x"}, '{"of": 1}', False),
        ("a?page=1", {**_JSON, "Cookie": "seen=maybe"}, '{"of": 1}', False),
        ("a?page=1", {**_JSON, "Cookie": "other=x; seen=true"}, '{"of": 1}', True),
        ("a?page=1", _JSON, '{"of": "1"}', False),
        ("a?page=1", _JSON, '{"of": 1,}', False),
        ("a?page=1", _JSON, None, False),
        ("a?page=1", _FORM, "of=1", True),
        ("a?page=1", _FORM, "of=x", False),
        ("a?page=1", {"Content-Type": "multipart/form-data; boundary=b"}, "--b--", None),
        ("a?page=1", {"Content-Type": "application/xml"}, "<of>1</of>", None),
    ],
)
def test_a_sent_request_is_valid_invalid_or_unclear(
    operation: Operation, target: str, headers: dict[str, str], body: str | None, expected: bool | None
) -> None:
    """A request is valid or invalid by its text and bytes, or neither if their meaning is unclear."""
    request = requests.Request("POST", f"http://127.0.0.1/api/lists/{target}", headers=headers, data=body).prepare()
    assert is_valid_as_sent(operation, "/api", request) is expected

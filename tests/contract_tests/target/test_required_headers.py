"""The headers that every request needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from contract_tests.target.required_headers import required_headers
from openapi import load


def document(*parameters: dict[str, Any]) -> dict[str, Any]:
    """A document whose only operation has these parameters."""
    operation = {"parameters": list(parameters), "responses": {"200": {"description": "Yes."}}}
    return {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/things": {"get": operation}}}


def test_required_headers_and_cookies_get_documented_values(tmp_path: Path) -> None:
    """Each has its default, its example, or a value of its schema; optional ones are not sent."""
    text, needed = {"type": "string"}, {"in": "header", "required": True}
    file = tmp_path / "things.json"
    file.write_text(
        json.dumps(
            document(
                {"name": "X-Account", **needed, "schema": text, "example": "A-17"},
                {"name": "X-Version", **needed, "schema": {"type": "integer", "default": 3}},
                {"name": "X-Region", **needed, "schema": {"enum": ["eu", "us"]}},
                {"name": "X-Deep", **needed, "schema": {"type": "boolean"}, "examples": {"one": {"value": True}}},
                {"name": "X-Trace", "in": "header", "schema": text, "example": "not sent"},
                {"name": "Accept", **needed, "schema": text},
                {"name": "If-Match", **needed, "schema": text},
                {"name": "tenant", "in": "cookie", "required": True, "schema": text, "example": "a b"},
            )
        )
    )
    headers = required_headers(load(file))
    assert headers.pop("X-Region") in ("eu", "us")
    assert headers == {"X-Account": "A-17", "X-Version": "3", "X-Deep": "true", "Cookie": "tenant=a%20b"}

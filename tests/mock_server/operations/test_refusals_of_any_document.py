"""Refusals, security schemes and methods of documents that were not written for the mock."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from mock_server import Settings, create_app
from openapi import load

HEAD = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n"
BODY = "requestBody: {required: true, content: {application/json: {schema: {type: object, required: [a]}}}}"


CODED = "{type: object, required: [code, message], properties: {code: {type: integer}, message: {type: string}}}"
LISTED = "{errors: [{in: query, path: q, message: m, n: 1}, {in: body, path: p, message: m, n: 2}]}"
CLOSED = "{properties: {fault: {enum: [bad]}}, required: [fault], additionalProperties: false}"


def client_of(folder: Path, text: str, token: str | None = None) -> FlaskClient:
    """A client of a mock of this document."""
    file = folder / "document.yaml"
    file.write_text(HEAD + text, "utf-8")
    return create_app(load(file), Settings(token=token, seed=1)).test_client(use_cookies=False)


@pytest.mark.parametrize(
    ("responses", "status", "expected"),
    [
        ("{}", 400, {"type": "about:blank", "status": 400}),
        ("{'422': {description: D.}}", 422, {"status": 422}),
        ("{default: {description: D.}, '422': {description: D.}}", 422, {"status": 422}),
        ("{'400': {description: D.}, '422': {description: D.}}", 400, {"status": 400}),
        (
            f"{{'400': {{description: D., content: {{application/json: {{schema: {CODED}}}}}}}}}",
            400,
            {"code": 400, "message": "The request has 1 mistake. body /a: a is required."},
        ),
        (
            f"{{'400': {{description: D., content: {{application/json: {{schema: {CLOSED}}}}}}}}}",
            400,
            {"fault": "bad"},
        ),
        (
            "{'400': {description: D., content: {application/json: {example: {error: x, hint: y}}}}}",
            400,
            {"error": "The request has 1 mistake. body /a: a is required.", "hint": "y"},
        ),
        (
            f"{{'400': {{description: D., content: {{application/json: {{example: {LISTED}}}}}}}}}",
            400,
            {"errors": [{"in": "body", "path": "/a", "message": "a is required", "n": 1}]},
        ),
    ],
)
def test_refusals_have_the_declared_schema(
    tmp_path: Path, responses: str, status: int, expected: dict[str, Any]
) -> None:
    """A refusal is problem details, or what the document declares for its status with the message in it."""
    client = client_of(tmp_path, f"paths: {{/a: {{post: {{{BODY}, responses: {responses}}}}}}}\n")
    response = client.post("/a", json={})
    assert response.status_code == status
    assert expected.items() <= response.get_json().items()


@pytest.mark.parametrize(
    ("responses", "status"),
    [("{}", 415), ("{'400': {description: D.}}", 400), ("{'400': {description: D.}, '415': {description: D.}}", 415)],
)
def test_unsupported_media_types_are_415_or_declared_400(tmp_path: Path, responses: str, status: int) -> None:
    """An unsupported media type is 415, or 400 if the document declares that and not 415."""
    client = client_of(tmp_path, f"paths: {{/a: {{post: {{{BODY}, responses: {responses}}}}}}}\n")
    assert client.post("/a", data="x", content_type="text/csv").status_code == status


SCHEMES = """
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    query: {type: apiKey, in: query, name: key}
    cookie: {type: apiKey, in: cookie, name: sid}
    basic: {type: http, scheme: basic}
    oauth: {type: oauth2, flows: {}}
    open: {type: openIdConnect, openIdConnectUrl: 'https://example.org'}
    tls: {type: mutualTLS}
"""
TOKEN = "ann:secret"
BASIC = {"Authorization": "Basic " + b64encode(TOKEN.encode()).decode()}
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    ("security", "query", "headers", "status"),
    [
        ("[{key: []}]", "", {"X-Key": TOKEN}, 200),
        ("[{key: []}]", "", {"X-Key": "other"}, 401),
        ("[{key: []}]", "", BEARER, 401),
        ("[{query: []}]", f"?key={TOKEN}", {}, 200),
        ("[{cookie: []}]", "", {"Cookie": f"a=1; sid={TOKEN}"}, 200),
        ("[{basic: []}]", "", BASIC, 200),
        ("[{basic: []}]", "", {"Authorization": "Basic ???"}, 401),
        ("[{oauth: [read]}]", "", BEARER, 200),
        ("[{open: []}]", "", {"Authorization": "Bearer other"}, 401),
        ("[{tls: []}]", "", {}, 200),
        ("[{key: [], basic: []}]", "", BASIC, 401),
        ("[{key: [], basic: []}]", "", {**BASIC, "X-Key": TOKEN}, 200),
        ("[{key: []}, {oauth: []}]", "", {"X-Key": TOKEN}, 200),
        ("[{key: []}, {oauth: []}]", "", BEARER, 200),
        ("[{key: []}, {oauth: []}]", "", {}, 401),
        ("[]", "", {}, 200),
    ],
)
def test_tokens_follow_the_security_schemes(
    tmp_path: Path, security: str, query: str, headers: dict[str, str], status: int
) -> None:
    """With a token, each operation requires all security schemes of one of its alternatives."""
    paths = f"paths: {{/a: {{get: {{security: {security}, responses: {{'200': {{description: D.}}}}}}}}}}\n"
    assert client_of(tmp_path, paths + SCHEMES, TOKEN).get(f"/a{query}", headers=headers).status_code == status
    assert client_of(tmp_path, paths + SCHEMES).get("/a").status_code == 200


def test_declared_head_and_options_are_served(tmp_path: Path) -> None:
    """HEAD and OPTIONS operations of the document are served as declared."""
    responses = "responses: {'204': {description: D., headers: {X-Mine: {schema: {type: string}, example: 'yes'}}}}"
    client = client_of(
        tmp_path, f"paths: {{/a: {{head: {{{responses}}}, options: {{{responses}}}}}, /b: {{get: {{}}}}}}\n"
    )
    assert client.head("/a").headers["X-Mine"] == "yes"
    assert client.options("/a").headers["X-Mine"] == "yes"
    assert client.head("/b").status_code == 200
    assert client.options("/b").headers["Allow"] == "GET, HEAD, OPTIONS"


def test_a_document_without_operations_has_no_path(tmp_path: Path) -> None:
    """A document with only webhooks has no path; the error for an unknown path says so."""
    response = client_of(tmp_path, "paths: {}\n").get("/things")
    assert response.status_code == 404
    assert b"The document has no operations." in response.data

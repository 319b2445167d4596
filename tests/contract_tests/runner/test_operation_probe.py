"""Operations outside resources: each is checked, and a run that checked nothing never says that the contract holds."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from tests.contract_tests.support import check

_BOOKS: dict[str, Any] = {
    "get": {
        "parameters": [{"name": "q", "in": "query", "schema": {"type": "integer"}}],
        "responses": {
            "200": {
                "description": "The pages.",
                "content": {"application/json": {"schema": {"type": "array", "items": {"type": "integer"}}}},
            },
            "400": {"description": "Refused."},
        },
    }
}
_SEND: dict[str, Any] = {
    "post": {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"type": "object", "required": ["to"], "properties": {"to": {"type": "string"}}}
                }
            },
        },
        "responses": {"202": {"description": "Taken."}, "400": {"description": "Refused."}},
    }
}


def written(folder: Path, paths: dict[str, Any]) -> str:
    """The path of a document without operationIds and resources."""
    file = folder / "stateless.json"
    document = {"openapi": "3.1.0", "info": {"title": "Stateless", "version": "1"}, "paths": paths}
    file.write_text(json.dumps(document), encoding="utf-8")
    return str(file)


@pytest.fixture
def failing() -> Iterator[str]:
    """The address of a service that responds to everything with 500 and a page."""
    with served(Response("<h1>Internal error</h1>", 500, content_type="text/html")) as url:
        yield url


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The address of a service that runs the WSGI application."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_document_without_resources_is_checked(tmp_path: Path) -> None:
    """The mock of a document without resources has no findings, and the result names each operation."""
    spec = written(tmp_path, {"/books": _BOOKS, "/messages": _SEND})
    ended = check("--spec", spec, "--profile", "quick", "--seed", "1", "--scripts", str(tmp_path))
    assert ended.code == 0, ended.err
    assert "SCHEMA-CASES (GET /books) ok" in ended.err
    assert "SCHEMA-CASES (POST /messages) ok" in ended.err
    assert "properties  2 hold, 0 broken" in ended.err


def test_a_failing_service_without_resources_is_broken(tmp_path: Path, failing: str) -> None:
    """A service that responds to everything with 500 breaks a document without resources."""
    spec = written(tmp_path, {"/books": _BOOKS})
    ended = check("--spec", spec, "--target", failing, "--profile", "quick", "--scripts", str(tmp_path))
    assert ended.code == 1
    assert "BROKEN SCHEMA-SERVER-ERROR" in ended.err
    assert "get_books fails with 500." in ended.err
    assert "INTERNALERROR" not in ended.err


@Request.application
def _too_large(request: Request) -> Response:
    """Lists no page, and refuses an invalid query with the status of a request that is too large."""
    if re.fullmatch(rb"(q=-?[0-9]+)?", request.query_string):
        return Response("[]", content_type="application/json")
    return Response(status=413)


def test_an_invalid_request_may_be_refused_with_any_error_status(tmp_path: Path) -> None:
    """An invalid request may be refused with any status from 400 on, such as 413."""
    responses = {"200": _BOOKS["get"]["responses"]["200"], "4XX": {"description": "Refused."}}
    spec = written(tmp_path, {"/books": {"get": {**_BOOKS["get"], "responses": responses}}})
    with served(_too_large) as url:
        ended = check("--spec", spec, "--target", url, "--profile", "quick", "--seed", "1", "--scripts", str(tmp_path))
    assert ended.code == 0, ended.err
    assert "413 (" in ended.err


def test_a_run_that_checks_nothing_is_not_a_success(tmp_path: Path, failing: str) -> None:
    """Operations that write are not sent to a foreign service; if nothing is checked, the run is not a success."""
    spec = written(tmp_path, {"/messages": _SEND})
    ended = check("--spec", spec, "--target", failing, "--allow-writes", "--profile", "quick")
    assert (ended.code, "Nothing was checked." in ended.err) == (5, True)

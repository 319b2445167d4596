"""/docs, a page to read and try the document, and /openapi.json and .yaml, the document itself.

The page consists of Swagger UI's packaged files and loads nothing from other hosts.
"""

from __future__ import annotations

import json
from functools import partial
from importlib.resources import files
from pathlib import Path

import yaml
from flask import Flask, Response, redirect, request
from werkzeug.exceptions import BadRequest

from mock_server.mock import Mock
from mock_server.sessions.session import DEFAULT, SessionNameError
from mock_server.web.docs_document import document_to_try

_OWN = Path(__file__).with_name("reference_page")
_SWAGGER_UI = Path(str(files("flask_swagger_ui"))) / "dist"
_FILES = {
    "docs.css": _OWN,
    "docs.js": _OWN,
    "favicon-32x32.png": _SWAGGER_UI,
    "swagger-ui-bundle.js": _SWAGGER_UI,
    "swagger-ui.css": _SWAGGER_UI,
}
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
}
_HEADERS = {
    "Cache-Control": "no-cache",
    # Swagger UI's style sheet contains its images.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def add_docs(app: Flask, mock: Mock) -> None:
    """Add the document and the page to `app`, unless the contract has operations at the same paths."""
    contract = mock.contract
    paths = {contract.base_path + operation.path for operation in contract.operations.values()}

    def as_json() -> Response:
        return Response(contract.encoded, content_type="application/json")

    def as_yaml() -> Response:
        text = yaml.safe_dump(json.loads(contract.encoded), sort_keys=False, allow_unicode=True, width=120)
        return Response(text, content_type="application/yaml")

    for path, view in (("/openapi.json", as_json), ("/openapi.yaml", as_yaml)):
        if path not in paths:
            app.add_url_rule(path, path, view)
    if any(path == "/docs" or path.startswith("/docs/") for path in paths):
        return
    app.add_url_rule("/docs", "docs", lambda: _file(_OWN / "docs.html"))
    app.add_url_rule("/docs/", "docs/", lambda: redirect(f"{request.script_root}/docs"))
    app.add_url_rule("/docs/openapi.json", "docs/openapi.json", partial(_document, mock))
    names = ",".join(f'"{name}"' for name in _FILES)
    app.add_url_rule(f"/docs/<any({names}):name>", "docs/file", lambda name: _file(_FILES[name] / name))


def _document(mock: Mock) -> Response:
    """The document for the page: with this mock, in this session, as its only server."""
    try:
        session = mock.sessions.get(request.headers.get("X-Mock-Session", DEFAULT))
    except SessionNameError as error:
        raise BadRequest(f"{error}.") from None
    document = document_to_try(mock.contract, session.state, request.script_root + (mock.contract.base_path or "/"))
    return Response(json.dumps(document), content_type="application/json")


def _file(file: Path) -> Response:
    """The file as a response; 304 (RFC 9110, section 15.4.5) if the browser has it already."""
    response = Response(file.read_bytes(), content_type=_TYPES[file.suffix], headers=_HEADERS)
    response.add_etag()
    response.make_conditional(request)
    return response

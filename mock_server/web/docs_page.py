"""/docs: the document as a page to read and to try, made of Swagger UI's packaged files; nothing is fetched."""

from __future__ import annotations

import json
from functools import partial
from importlib.resources import files
from pathlib import Path

from flask import Flask, Response, redirect, request

from openapi.contract import Contract

_OURS = Path(__file__).with_name("reference_page")
_THEIRS = Path(str(files("flask_swagger_ui"))) / "dist"
_FILES = {
    "docs.css": _OURS,
    "docs.js": _OURS,
    "favicon-32x32.png": _THEIRS,
    "swagger-ui-bundle.js": _THEIRS,
    "swagger-ui.css": _THEIRS,
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


def add_reference(app: Flask, contract: Contract) -> None:
    """Add the page and its parts, where the contract has no operation of its own under /docs."""
    paths = {contract.base_path + operation.path for operation in contract.operations.values()}
    if any(path == "/docs" or path.startswith("/docs/") for path in paths):
        return

    def document() -> Response:
        # Whatever servers the document names, what is tried here is tried on this mock, and in this session.
        served = {**contract.document(), "servers": [{"url": request.script_root + (contract.base_path or "/")}]}
        return Response(json.dumps(served), content_type="application/json")

    app.add_url_rule("/docs", "docs", lambda: _file(_OURS / "docs.html"))
    app.add_url_rule("/docs/", "docs/", lambda: redirect(f"{request.script_root}/docs"))
    app.add_url_rule("/docs/openapi.json", "docs/openapi.json", document)
    for name, folder in _FILES.items():
        app.add_url_rule(f"/docs/{name}", f"docs/{name}", partial(_file, folder / name))


def _file(file: Path) -> Response:
    """The file as an answer: 304 (RFC 9110, section 15.4.5) for a browser that has it."""
    response = Response(file.read_bytes(), content_type=_TYPES[file.suffix], headers=_HEADERS)
    response.add_etag()
    response.make_conditional(request)
    return response

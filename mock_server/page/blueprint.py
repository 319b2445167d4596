"""The entry point of the page: which clients get HTML, which need the token, and the static files."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from flask import Blueprint, Response, request

from mock_server.admin.access import ADMIN, PAGE_ASSETS
from mock_server.admin.blueprint import AdminContext, MissingTokenError, error_response
from mock_server.page.contract import add_contract_page
from mock_server.page.records import add_records_page
from mock_server.page.rendering import HEADERS, Renderer
from mock_server.page.requests import add_requests_page
from mock_server.page.rules import add_rules_page
from mock_server.page.session import add_session_pages

_ASSETS = Path(__file__).with_name("assets")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_FIRST_PAGE = "page/requests"


def add_page(blueprint: Blueprint, context: AdminContext) -> None:
    """Add the page's views. They share the access control and the errors of `blueprint`."""
    renderer = Renderer(context)

    @blueprint.before_request
    def show_page() -> Response | None:
        if request.path == ADMIN and request.method == "GET" and _is_for_a_browser():
            return first_page()
        return None

    @blueprint.errorhandler(MissingTokenError)
    def ask_for_token(error: MissingTokenError) -> Response:
        return renderer.sign_in(error.status) if _is_for_a_browser() else error_response(error)

    @blueprint.get("/page/")
    def page() -> Response:
        return first_page()

    for name, files in _assets().items():
        path = f"{PAGE_ASSETS.removeprefix(ADMIN.rstrip('/'))}{name}"
        blueprint.add_url_rule(path, f"asset {name}".replace(".", "-"), partial(_asset, files))

    for part in (add_requests_page, add_records_page, add_rules_page, add_session_pages, add_contract_page):
        part(blueprint, renderer)


def is_home_visit() -> bool:
    """Whether a browser asks for the root of the mock."""
    return request.path == "/" and request.method == "GET" and _is_for_a_browser()


def first_page() -> Response:
    """The URL of the page."""
    return Response(status=302, headers={"Location": f"{request.script_root}{ADMIN}{_FIRST_PAGE}"})


def _is_for_a_browser() -> bool:
    """Whether the client prefers HTML to JSON."""
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def _assets() -> dict[str, list[Path]]:
    """The files of each asset. The scripts are one asset, which the browser loads after the first paint.

    htmx starts soon after it is loaded, and must know its extension by then.
    """
    others = sorted(file for file in _ASSETS.iterdir() if file.suffix != ".js")
    scripts = [_ASSETS / name for name in ("htmx.min.js", "hx-sse.min.js", "page.js")]
    return {**{file.name: [file] for file in others}, "scripts.js": scripts}


def _asset(files: list[Path]) -> Response:
    """The files as a response; 304 (RFC 9110, section 15.4.5) for a browser that has them."""
    content = b"\n".join(file.read_bytes() for file in files)
    response = Response(content, content_type=_TYPES[files[-1].suffix], headers=HEADERS)
    response.add_etag()
    response.make_conditional(request)
    return response

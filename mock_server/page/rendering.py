"""Renders templates as responses, with the page's frame and headers."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from flask import Response, request
from jinja2 import Environment, PackageLoader, StrictUndefined

from mock_server.admin.access import ADMIN
from mock_server.admin.blueprint import AdminContext
from openapi.json_value import JsonValue

HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Tab(NamedTuple):
    """An entry of the navigation: its path under /__mock/page/, and its name."""

    path: str
    name: str


TABS = (
    Tab("requests", "Requests"),
    Tab("records", "Records"),
    Tab("rules", "Rules"),
    Tab("network", "Network"),
    Tab("clock", "Clock"),
    Tab("sessions", "Sessions"),
    Tab("contract", "Contract"),
)


class Renderer:
    """Renders the templates. All values are escaped."""

    def __init__(self, context: AdminContext) -> None:
        self.context = context
        self._templates = Environment(
            loader=PackageLoader("mock_server.page"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.globals["api"] = api
        self._templates.filters["pretty"] = pretty
        self._templates.filters["compact"] = lambda value: json.dumps(value, ensure_ascii=False)
        self._templates.filters["thousands"] = lambda number: f"{number:,}"

    def page(self, template: str, tab: str, **values: Any) -> Response:
        """A whole page, in the frame; `tab` is the path of its entry in the navigation."""
        mock, session = self.context.mock, self.context.session
        frame = {
            "contract": mock.contract,
            "session": session,
            "sessions": [one.name for one in mock.sessions.all()],
            "tabs": TABS,
            "tab": tab,
            "has_docs": self._has_docs(),
        }
        return self._sent(template, 200, {**frame, **values})

    def part(self, template: str, **values: Any) -> Response:
        """A part of a page, to insert into an existing page."""
        return self._sent(template, 200, {"contract": self.context.mock.contract, **values})

    def text(self, template: str, **values: Any) -> str:
        """`template` rendered as text."""
        return self._templates.get_template(template).render(**values)

    def sign_in(self, status: int) -> Response:
        """The page that asks for the admin token, and shows nothing else."""
        return self._sent("sign_in.html", status, {})

    def _sent(self, template: str, status: int, values: dict[str, Any]) -> Response:
        return Response(self.text(template, **values), status, HEADERS, content_type="text/html; charset=utf-8")

    def _has_docs(self) -> bool:
        paths = {
            self.context.mock.contract.base_path + one.path for one in self.context.mock.contract.operations.values()
        }
        return not any(path == "/docs" or path.startswith("/docs/") for path in paths)


def api(path: str) -> str:
    """The URL path of `path` below /__mock/, in the session that the page shows."""
    return f"{request.script_root}{ADMIN}{path}"


def pretty(value: JsonValue) -> str:
    """A JSON value for people to read."""
    return json.dumps(value, ensure_ascii=False, indent=2)

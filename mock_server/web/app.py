"""The Flask application: `/__mock/`, `/docs`, the document, and everything that its user registers.

Requests that match none of Flask's rules are handed to the router of the operations. The mock's own server asks the
router directly while the user has registered nothing on the application.
"""

from __future__ import annotations

from collections.abc import Iterable, Sized
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote, unquote

from flask import Flask, Request, request, signals
from werkzeug.exceptions import (
    BadHost,
    HTTPException,
    InternalServerError,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
)
from werkzeug.routing import MapAdapter, RequestRedirect, Rule
from werkzeug.wrappers import Response

from mock_server.admin.accepted import add_accepted
from mock_server.admin.access import ADMIN
from mock_server.admin.blueprint import ADMIN_RULES, build_admin
from mock_server.admin.ignored import add_ignored
from mock_server.admin.journal import add_requests
from mock_server.admin.recordings import add_recordings
from mock_server.admin.records import add_snapshots, add_state
from mock_server.admin.rules import add_rules
from mock_server.admin.session import add_clock, add_sessions, add_settings
from mock_server.admin.single_records import add_single_records
from mock_server.admin.upstream import add_upstream
from mock_server.clock import Clock
from mock_server.http.errors import FAILURE, too_large
from mock_server.http.raw_request import RawRequest
from mock_server.mock import Mock, build_mock
from mock_server.page.blueprint import add_page, first_page, is_home_visit
from mock_server.settings.settings import Settings
from mock_server.stderr import failure_line, print_line
from mock_server.web.docs_page import add_docs
from mock_server.web.forwarding_router import ForwardingRouter
from mock_server.web.router import SESSION_PREFIX, Match, Router
from openapi.contract import Contract

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from mock_server.web.self_check import SelfCheck

MATCH = "mock_server.match"
"""The key in a WSGI environment for the request's `Match`. The mock's own server sets it."""

HANDLED = "mock_server.handled"
"""The key for the `HandledRequest`, once the router has answered."""

_ADMIN_PARTS = (
    add_state,
    add_single_records,
    add_snapshots,
    add_requests,
    add_recordings,
    add_rules,
    add_clock,
    add_settings,
    add_sessions,
    add_upstream,
    add_accepted,
    add_ignored,
)
_SIGNALS = (
    signals.request_started,
    signals.request_finished,
    signals.request_tearing_down,
    signals.appcontext_pushed,
    signals.appcontext_popped,
    signals.appcontext_tearing_down,
    signals.got_request_exception,
)

_ExcInfo: TypeAlias = tuple[type, BaseException, TracebackType] | tuple[None, None, None]


class MockApp(Flask):
    """A Flask application with its `mock` and the `router` of the mock's operations.

    `self_check` is the router itself if it checks each of its responses. The mock's own server sees by `registries`,
    which had `own_registrations` entries at first, and by the `receivers` of signals what the user has registered.
    """

    def __init__(self, mock: Mock) -> None:
        super().__init__("mock_server", static_folder=None, template_folder=None)
        self.mock = mock
        # One byte more than allowed, so that the operation sees that the body is too long.
        self.config["MAX_CONTENT_LENGTH"] = mock.contract.refusals.max_body_bytes + 1
        # A path with a double slash is a different path, so Flask must not redirect.
        self.url_map.merge_slashes = False
        self.self_check: SelfCheck | None = None
        if mock.settings.self_check:
            self.self_check = import_module("mock_server.web.self_check").SelfCheck(mock)
            # A failed check reaches the caller as an exception.
            self.config["PROPAGATE_EXCEPTIONS"] = True
        # Set if requests may have to wait for the service behind the mock.
        self.forwarding = ForwardingRouter(mock, mock.upstream) if mock.upstream else None
        self.router = self.self_check or self.forwarding or Router(mock)
        self._has_page = mock.settings.admin and mock.settings.ui
        self._error_handlers: list[object] = []
        self._register_admin()
        add_docs(self, mock)
        # Flask and blinker add to these and never replace them.
        self.receivers = [signal.receivers for signal in _SIGNALS]
        self.registries: list[Sized] = [
            self.before_request_funcs,
            self.after_request_funcs,
            self.teardown_request_funcs,
            self.teardown_appcontext_funcs,
            self.url_value_preprocessors,
            self.view_functions,
            self._error_handlers,
            vars(self),
        ]
        self.own_registrations = 0
        self.own_registrations = sum(map(len, self.registries))

    def _register_admin(self) -> None:
        """Register the views of /__mock/. Their rules are in a separate map."""
        ui = self.mock.settings.ui
        other_rules, self.url_map = self.url_map, ADMIN_RULES[ui]
        self.register_blueprint(build_admin(self.mock, (*_ADMIN_PARTS, add_page) if ui else _ADMIN_PARTS))
        self._admin_rules, self.url_map = self.url_map, other_rules

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """The rules for the request, once its host has been checked."""
        adapter = super().create_url_adapter(request)
        if request is not None and f"{request.path}/".startswith(ADMIN):
            return self._admin_rules.bind_to_environ(request.environ)
        return adapter

    def register_error_handler(self, code_or_exception: Any, f: Any) -> None:
        """Register an error handler, as Flask does."""
        self._error_handlers.append(f)
        super().register_error_handler(code_or_exception, f)

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one WSGI request (PEP 3333)."""
        # A server may ignore an Upgrade (RFC 9110, section 7.8); Flask would look for rules for WebSockets.
        environ.pop("HTTP_UPGRADE", None)
        match: Match | None = environ.get(MATCH)
        if match is None:
            match = self.router.find(_raw_request(environ))
            environ[MATCH] = match._replace(prefix=environ["SCRIPT_NAME"] + match.prefix)
        if match.prefix:
            environ["SCRIPT_NAME"] += match.prefix
            environ["PATH_INFO"] = "/" + environ["PATH_INFO"].removeprefix(SESSION_PREFIX).partition("/")[2]
            environ["HTTP_X_MOCK_SESSION"] = match.session
        return super().wsgi_app(environ, start_response)

    def preprocess_request(self) -> Any:
        """Answer a preflight, else run the user's hooks; they see an operation as the endpoint of its operationId."""
        match: Match = request.environ[MATCH]
        origin, cors = match.request.get("origin"), self.router.cors
        if cors is not None and origin is not None and not match.path.startswith(ADMIN):
            preflight = cors.preflight(request.method, origin, match.request)
            if preflight is not None:
                return _response(preflight.status, preflight.headers, b"")
        if match.route is not None and request.routing_exception is not None:
            request.url_rule = Rule(self.mock.contract.base_path or "/", endpoint=match.route.operation_id)
            request.view_args = dict(match.values)
        return super().preprocess_request()

    def dispatch_request(self) -> Any:
        """Call the view of Flask's rule for the request; if there is none, hand it to the router."""
        match: Match = request.environ[MATCH]
        error = request.routing_exception
        has_operation = match.route is not None and isinstance(error, NotFound | MethodNotAllowed | BadHost)
        if not has_operation and not isinstance(error, NotFound):
            return super().dispatch_request()
        if match.route is None and self._has_page and is_home_visit():
            return first_page()
        if match.route is not None and match.route.operation_id in self.view_functions:
            return self.view_functions[match.route.operation_id](**match.values)
        return self._handed_over(match)

    def _handed_over(self, match: Match) -> Response:
        route, sent = match.route, match.request
        if route is not None and route.takes_body and sent.body == b"":
            try:
                sent.body = request.get_data()
            except RequestEntityTooLarge:
                sent.body = None
        handled = request.environ[HANDLED] = self.router.respond(match)
        response = _response(*handled.response[:3])
        if route is None and handled.response.status == 404:
            raise NotFound(response=response)
        if route is None and handled.response.status == 405:
            raise MethodNotAllowed(match.allowed, response=response)
        return response

    def make_response(self, rv: Any) -> Any:
        """A response; an HTTP error without its own response gets one in the document's format."""
        if not isinstance(rv, HTTPException) or isinstance(rv, RequestRedirect):
            return super().make_response(rv)
        if rv.response is not None:
            return super().make_response(rv.response)
        if rv.code is None:
            return super().make_response(rv)
        message, headers = self._described(rv)
        handled = request.environ[HANDLED] = self.router.error(request.environ[MATCH], rv.code, message)
        return _response(handled.response.status, (*handled.response.headers, *headers), handled.response.body)

    def _described(self, error: HTTPException) -> tuple[str, list[tuple[str, str]]]:
        """The message of an HTTP error, and the headers that its response needs."""
        match error:
            case BadHost():
                return "The Host header is not a valid host name.", []
            case InternalServerError():
                return FAILURE, []
            case RequestEntityTooLarge():
                return too_large(self.mock.contract.refusals.max_body_bytes).message, []
            case MethodNotAllowed(valid_methods=methods) if methods:
                allowed = ", ".join(sorted(methods))
                return f"{request.method} is not allowed here; use one of {allowed}.", [("Allow", allowed)]
            case _:
                return error.description or error.name, []

    def process_response(self, response: Any) -> Any:
        """Run the user's hooks, then add CORS headers unless a hook has added them."""
        response, match = super().process_response(response), request.environ[MATCH]
        origin, cors = match.request.get("origin"), self.router.cors
        if cors is None or origin is None or match.path.startswith(ADMIN):
            return response
        if "Access-Control-Allow-Origin" not in response.headers:
            response.headers.extend(cors.headers(origin))
        return response

    def log_exception(self, exc_info: _ExcInfo) -> None:
        """Print an error in the mock's code, or in what was registered on it, in one line."""
        print_line(failure_line(request.environ["REQUEST_METHOD"], request.environ[MATCH].path, exc_info[1]))


class _PlainResponse(Response):
    """A response without a default media type."""

    default_mimetype = None


def _response(status: int, headers: Iterable[tuple[str, str]], body: bytes) -> Response:
    return _PlainResponse(body, status, list(headers))


def _raw_request(environ: WSGIEnvironment) -> RawRequest:
    """The request in a WSGI environment, its path as sent if the server passes that on in addition."""
    path, root = environ.get("PATH_INFO", ""), quote(environ.get("SCRIPT_NAME", ""), encoding="latin-1")
    uri: str = environ.get("REQUEST_URI") or environ.get("RAW_URI") or ""
    sent = uri.partition("?")[0].removeprefix(root)
    if unquote(sent, encoding="latin-1") != path:
        sent = quote(path, encoding="latin-1")
    query = environ.get("QUERY_STRING", "")
    names = [name for name in environ if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")]
    fields = [(name.removeprefix("HTTP_").replace("_", "-").lower(), environ[name]) for name in names]
    version = environ.get("SERVER_PROTOCOL", "HTTP/1.1").removeprefix("HTTP/")
    peer = environ.get("REMOTE_ADDR", "")
    request = RawRequest(environ["REQUEST_METHOD"], f"{sent}?{query}" if query else sent, version, fields, peer)
    request.head_bytes = len(request.target) + sum(len(name) + len(value) for name, value in fields)
    return request


def create_app(
    contract: Contract | Path | None = None, settings: Settings | None = None, clock: Clock | None = None
) -> MockApp:
    """The application that mocks `contract` (a path: the document there; None: `settings.spec` or the phone API).

    Raises SpecError for a document that can't be served, SeedError for invalid initial records, and SettingsError for a
    setting that names what the document does not have.
    """
    return MockApp(build_mock(contract, settings, clock))

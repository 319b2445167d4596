"""The Flask application: one route per operation of the contract, and the mock's own answers to everything else.

What is registered on it (blueprints, `before_request`, error handlers) works as in any Flask application; an error
handler of yours for a status goes before the mock's. The mock's own server asks `direct` first, which knows a
shorter way to an operation as long as nothing is registered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias

from flask import Flask, request
from werkzeug.exceptions import (
    BadHost,
    HTTPException,
    InternalServerError,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
)
from werkzeug.routing import Map, RuleFactory
from werkzeug.wrappers import Response

from mock_server.admin.blueprint import build_admin
from mock_server.admin.journal import add_requests
from mock_server.admin.records import add_snapshots, add_state
from mock_server.admin.rules import add_rules
from mock_server.admin.session import add_clock, add_sessions, add_settings
from mock_server.admin.single_records import add_single_records
from mock_server.clock import Clock
from mock_server.document import add_document
from mock_server.http.errors import FAILURE, RefusedError, too_large
from mock_server.http.messages import NOTHING, HttpRequest, HttpResponse
from mock_server.mock import Mock, build_mock
from mock_server.operations.handlers import Handler
from mock_server.page.blueprint import add_page, first_page, is_home_visit
from mock_server.sessions.journal_entries import ASIDE, NOTED, RAISED, asked_of, leave_prefix, note, session_of
from mock_server.settings.settings import Settings
from mock_server.stderr import failure_line, print_line
from mock_server.web.cors import Cors
from mock_server.web.docs_page import add_reference
from mock_server.web.path_suggestions import PathSuggestions
from mock_server.web.router import Router
from openapi.contract import Contract, Operation, Refusal
from openapi.path_templates import Route, route

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from mock_server.web.self_check import SelfCheck

_MESSAGES: dict[type, str] = {BadHost: "The header Host names no host.", InternalServerError: FAILURE}

_ADMIN_PARTS = (
    add_state,
    add_single_records,
    add_snapshots,
    add_requests,
    add_rules,
    add_clock,
    add_settings,
    add_sessions,
)

_View: TypeAlias = Callable[..., Response]
_ExcInfo: TypeAlias = tuple[type, BaseException, TracebackType] | tuple[None, None, None]


class _Rules(Map):
    """A router's map that knows how many rules it has, whoever added them."""

    size = 0

    def add(self, rulefactory: RuleFactory) -> None:
        """Add rules, as `Map` does."""
        self.size += 1
        super().add(rulefactory)


class MockApp(Flask):
    """A Flask application that keeps the mock it answers with in `mock`, and its own judge in `self_check`.

    `direct` is the short way to the operations; None where every answer is to be judged.
    """

    url_map: _Rules
    url_map_class = _Rules
    direct: Router | None = None

    def __init__(self, mock: Mock) -> None:
        super().__init__("mock_server", static_folder=None, template_folder=None)
        self.mock = mock
        # One more than is taken: the exchange sees that it is too long, and refuses it in its turn.
        self.config["MAX_CONTENT_LENGTH"] = mock.contract.refusals.max_body_bytes + 1
        # A path that is nearly right is unknown, not elsewhere.
        self.url_map.merge_slashes = False
        self._answer: WSGIApplication = super().wsgi_app
        self.self_check: SelfCheck | None = None
        self.cors = Cors(self._answer, mock.contract) if mock.settings.cors else None
        if self.cors is not None:
            self._answer = self.cors
        if mock.settings.self_check:
            self._answer = self.self_check = import_module("mock_server.web.self_check").SelfCheck(
                self._answer, mock.contract
            )

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one WSGI request (PEP 3333)."""
        # An offer of another protocol may be ignored (RFC 9110, section 7.8); the router would look for its routes.
        environ.pop("HTTP_UPGRADE", None)
        if environ["PATH_INFO"].startswith("/__s/"):
            leave_prefix(environ)
        return self._answer(environ, start_response)

    def log_exception(self, exc_info: _ExcInfo) -> None:
        """Print an error in the code of the mock, or in what was registered on it, in one line."""
        print_line(failure_line(request.environ["REQUEST_METHOD"], _sent_path(), exc_info[1]))


class _PlainResponse(Response):
    """A response of no type but the one it is given."""

    default_mimetype = None


class _FieldsOf:
    """The header fields of a WSGI request, as `messages.Headers` wants them."""

    __slots__ = ("_environ",)

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._environ = environ

    def get(self, name: str, /) -> str | None:
        key = name.upper().replace("-", "_")
        return self._environ.get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}")


def create_app(
    contract: Contract | Path | None = None, settings: Settings | None = None, clock: Clock | None = None
) -> MockApp:
    """The application that mocks `contract` (a path: the document there; None: `settings.spec`, or the packaged one).

    Raises SpecError for a document that can't be served, SeedError for records it can't begin with, and SettingsError
    for a setting that speaks of what the document has not.
    """
    return app_of(build_mock(contract, settings, clock))


def app_of(mock: Mock) -> MockApp:
    """The application that answers with `mock`."""
    app = MockApp(mock)
    by_path: dict[str, list[Operation]] = {}
    for operation in app.mock.contract.operations.values():
        by_path.setdefault(operation.path, []).append(operation)
    for path, operations in by_path.items():
        _add_path(app, route(app.mock.contract.base_path + path), operations)
    app.register_blueprint(build_admin(app.mock, (*_ADMIN_PARTS, add_page) if mock.settings.ui else _ADMIN_PARTS))
    add_document(app, app.mock.contract)
    add_reference(app, app.mock.contract)
    app.register_error_handler(HTTPException, _error_handler(app.mock))
    app.direct = None if mock.settings.self_check else Router(app, app.cors)
    return app


def _add_path(app: MockApp, at: Route, operations: list[Operation]) -> None:
    methods = {operation.method for operation in operations}
    methods |= {"HEAD", "OPTIONS"} if "GET" in methods else {"OPTIONS"}
    allowed = sorted(methods)
    headers = [("Allow", ", ".join(allowed))]

    def add(name: str, view: _View, *methods: str) -> None:
        slashed = at.rule.endswith("/")
        view = _exact(view, frozenset(methods), allowed, slashed)
        app.add_url_rule(
            at.rule, name, view, methods=methods, provide_automatic_options=False, strict_slashes=not slashed
        )

    for operation in operations:
        handle = app.mock.exchange.handlers[operation.id]
        view = _view(app.mock, operation, handle, at.names)
        add(operation.id, view, operation.method, *(["HEAD"] if operation.method == "GET" else []))
    add(f"OPTIONS {at.rule}", lambda **_: _PlainResponse(status=204, headers=headers), "OPTIONS")


def _exact(view: _View, methods: frozenset[str], allowed: list[str], slashed: bool) -> _View:
    """`view` without the router's leniency: methods are case-sensitive (RFC 9110, section 9.1), and slashes count."""

    def exact_view(**texts: str) -> Response:
        path: str = request.environ["PATH_INFO"]
        if path.startswith("//") or (slashed and (path[-1] != "/" or path[-2:] == "//")):
            raise NotFound
        if request.environ["REQUEST_METHOD"] not in methods:
            raise MethodNotAllowed(allowed)
        return view(**texts)

    return exact_view


def _view(mock: Mock, operation: Operation, handle: Handler, names: dict[str, str]) -> _View:
    takes_body, refuse = operation.body is not None, mock.exchange.refusers[operation.id]

    def view(**texts: str) -> Response:
        environ = request.environ
        if RAISED in environ:
            raise environ[RAISED]
        body: bytes | None = b""
        if takes_body:
            try:
                body = request.get_data()
            except RequestEntityTooLarge:
                body = None
        path_values = {names[variable]: text for variable, text in texts.items()}
        query = environ["QUERY_STRING"]
        wishes = "HTTP_PREFER" in environ or "__" in query
        try:
            session = session_of(mock, environ)
        except RefusedError as refused:
            return _response(refuse(refused), environ)
        reply = handle(session, HttpRequest(path_values, query, _FieldsOf(environ), body, wishes))
        environ[NOTED] = note(session, asked_of(environ, body), operation.id, path_values, reply)
        return _response(reply, environ)

    return view


def _response(reply: HttpResponse, environ: WSGIEnvironment) -> Response:
    headers = list(reply.headers)
    if environ["SCRIPT_NAME"]:
        # Whoever follows it stays in the session.
        headers = [(name, environ["SCRIPT_NAME"] + value if name == "Location" else value) for name, value in headers]
    if reply.aside is not NOTHING:
        environ[ASIDE] = reply.aside
    return _PlainResponse(reply.body, reply.status, headers)


def _error_handler(mock: Mock) -> Callable[[HTTPException], Response]:
    """A function that says any HTTP error in the document's shape."""
    errors, hints, most_body_bytes = (
        mock.exchange.errors,
        PathSuggestions(mock.contract),
        mock.contract.refusals.max_body_bytes,
    )

    def handle(error: HTTPException) -> Response:
        if isinstance(error.response, Response):
            return error.response
        if isinstance(error, NotFound) and mock.settings.admin and mock.settings.ui and is_home_visit():
            return first_page()
        environ = request.environ
        try:
            session = session_of(mock, environ)
        except RefusedError as refused:
            return _response(errors.refusal(refused), environ)
        refusal = _refusal(error, hints, most_body_bytes)
        if refusal is not None:
            reply = errors.refusal(refusal)
        else:
            message = _MESSAGES.get(type(error)) or error.description or error.name
            reply = errors.write(error.code or 500, message)
        environ[NOTED] = note(session, asked_of(environ, b""), "", {}, reply)
        return _response(reply, environ)

    return handle


def _refusal(error: HTTPException, hints: PathSuggestions, most_body_bytes: int) -> RefusedError | None:
    """The refusal that `error` stands for; None where it stands for none."""
    method = request.environ["REQUEST_METHOD"]
    # Whoever gave the error a description of their own has said what they had to say.
    if isinstance(error, NotFound) and error.description == NotFound.description:
        return RefusedError(Refusal.UNKNOWN_PATH, hints.unknown_path(method, _sent_path()))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        allowed = ", ".join(sorted(error.valid_methods))
        message = f"{method} is not allowed here; use one of {allowed}."
        return RefusedError(Refusal.UNKNOWN_METHOD, message, headers=(("Allow", allowed),))
    if isinstance(error, RequestEntityTooLarge):
        return too_large(most_body_bytes)
    return None


def _sent_path() -> str:
    """The path of the request, percent-decoded, with every slash that was sent."""
    path: str = request.environ["PATH_INFO"]
    return path.encode("latin-1").decode(errors="replace")

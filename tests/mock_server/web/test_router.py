"""The router: the same responses with and without Flask, which takes part once a user registers something."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
from flask import Blueprint, Response, signals
from flask import request as flask_request
from flask.sessions import SecureCookieSessionInterface
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from mock_server.http.raw_request import RawRequest
from mock_server.server.dispatcher import Dispatcher
from mock_server.server.server import MockServer
from mock_server.sessions.journal import Filter
from mock_server.settings.settings import Settings
from mock_server.web.app import MockApp, create_app
from mock_server.web.router import HandledRequest
from openapi import Contract
from tests.mock_server.support import NUMBER, PHONES, FrozenClock

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

JSON = ("content-type", "application/json")
ORIGIN = ("origin", "http://localhost:5173")
REGISTER = json.dumps({"number": NUMBER, "name": "é"}).encode()

Register = Callable[[MockApp, list[str]], object]


def incoming(method: str, target: str, body: bytes | None = b"", *fields: tuple[str, str]) -> RawRequest:
    """A request as the server reads it."""
    request = RawRequest(method, target, "1.1", [("host", "127.0.0.1:4010"), *fields], "127.0.0.1")
    request.body = body
    return request


def dispatcher(app: MockApp) -> Dispatcher:
    """The server's dispatcher."""
    return Dispatcher(app, ("127.0.0.1", 4010), "http")


def seeded(contract: Contract) -> MockApp:
    """A mock with fixed choices and times."""
    return create_app(contract, Settings(seed=7, log="off"), FrozenClock())


REQUESTS = [
    incoming("GET", PHONES),
    incoming("GET", f"{PHONES}?limit=3&page=2&search=a"),
    incoming("GET", f"{PHONES}?limit=1000&page=x"),
    incoming("HEAD", PHONES),
    incoming("GET", PHONES, b"", ORIGIN),
    incoming("GET", f"{PHONES}/nobody"),
    incoming("GET", f"{PHONES}/a%20b%C3%A9%FF"),
    incoming("GET", f"{PHONES}/a%2Fb"),
    incoming("GET", f"{PHONES}/"),
    incoming("GET", f"/{PHONES}"),
    incoming("GET", "/api/Phones"),
    incoming("GET", "/"),
    incoming("GET", "*"),
    incoming("PUT", PHONES),
    incoming("get", PHONES),
    incoming("OPTIONS", PHONES),
    incoming("OPTIONS", PHONES, b"", ORIGIN, ("access-control-request-method", "POST")),
    incoming("POST", PHONES, REGISTER, JSON),
    incoming("POST", PHONES, REGISTER, JSON, ORIGIN),
    incoming("POST", PHONES, b'{"number":"0171","nmae":"x","type":"shard"}', JSON),
    incoming("POST", PHONES, b'{"number":', JSON),
    incoming("POST", PHONES, b"", JSON),
    incoming("POST", PHONES, REGISTER, ("content-type", "text/plain")),
    incoming("POST", PHONES, REGISTER),
    incoming("POST", PHONES, b" " * 1_048_577, JSON),
    incoming("POST", PHONES, None, JSON, ("content-length", "10000000000")),
    incoming("POST", PHONES, b'{"number":"+447700900429"}', JSON),
    incoming("GET", PHONES, b"", ("x-mock-session", "other")),
    incoming("GET", PHONES, b"", ("x-mock-session", "no name")),
    incoming("GET", f"/__s/mine{PHONES}"),
    incoming("GET", PHONES, b"", ("prefer", "code=401")),
    incoming("GET", f"{PHONES}?__code=418"),
    incoming("GET", PHONES, b"", ("upgrade", "websocket"), ("connection", "upgrade")),
    incoming("GET", PHONES, b"", ("host", "a b")),
    incoming("GET", PHONES, b"", ("host", "x" * 5000)),
    incoming("GET", PHONES, b"", ("accept", "a"), ("accept", "b"), ("x_y", "1")),
]


def facts(handled: HandledRequest) -> tuple[Any, ...]:
    """What can be seen of a response."""
    response, entry = handled.response, handled.entry
    fields = sorted((name.lower(), value) for name, value in response.headers)
    if entry is not None:
        # Two functions that rebuild the same body are not equal.
        kept = entry.response._replace(body=entry.response_body, rebuild=None)
        entry = entry._replace(fields=sorted(entry.fields), response=kept)
    return response.status, fields, response.body, response.notes, entry


def hooked(app: MockApp) -> MockApp:
    """The same application with a hook that does nothing, so that Flask takes part in each request."""
    app.before_request(lambda: None)
    return app


def test_flask_changes_no_response(contract: Contract) -> None:
    """Each request gets the same response and the same journal entry with and without Flask."""
    short, long = seeded(contract), hooked(seeded(contract))
    for request in REQUESTS:
        one, other = dispatcher(short).respond(request), dispatcher(long).respond(request)
        if request.method == "HEAD":
            assert (one.response.body != b"", other.length) == (True, len(one.response.body))
            one = one._replace(response=one.response._replace(body=b""))
        assert facts(one) == facts(other), request.target
    entries = [list(app.mock.sessions.default.journal.newest_first(Filter())) for app in (short, long)]
    assert len(entries[0]) == len(entries[1]) > len(REQUESTS) // 2


def test_operations_bypass_flask(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without user hooks, only /, /__mock/, /docs and the document go through Flask."""
    app = seeded(contract)
    passed: list[str] = []

    def wsgi_app(_app: MockApp, environ: WSGIEnvironment, _start: StartResponse) -> Iterable[bytes]:
        passed.append(environ["PATH_INFO"])
        return ()

    monkeypatch.setattr(MockApp, "wsgi_app", wsgi_app)
    for request in [
        *REQUESTS,
        incoming("GET", "/__mock/health"),
        incoming("GET", "/docs"),
        incoming("GET", "/__s/x/openapi.json"),
    ]:
        dispatcher(app).respond(request)
    assert passed == ["/", "/__mock/health", "/docs", "/__s/x/openapi.json"]


TEMPLATES = [
    "/things",
    "/things/mine",
    "/things/{key}",
    "/things/{key}/{part}",
    "/things/{key}.json",
    "/a-{x}-{y}/end/",
]


@pytest.mark.parametrize(
    ("path", "method", "template", "values"),
    [
        ("/things", "GET", "/things", {}),
        ("/things/mine", "GET", "/things/mine", {}),
        ("/things/min%65", "GET", "/things/mine", {}),
        ("/things/mine", "DELETE", None, {}),
        ("/things/yours", "GET", "/things/{key}", {"key": "yours"}),
        ("/things/a%2Fb", "GET", "/things/{key}", {"key": "a/b"}),
        ("/things/a%2Fb/c", "GET", "/things/{key}/{part}", {"key": "a/b", "part": "c"}),
        ("/things/%C3%A9", "GET", "/things/{key}", {"key": "\u00e9"}),
        ("/things/x.json", "GET", "/things/{key}.json", {"key": "x"}),
        ("/things/.json", "GET", "/things/{key}", {"key": ".json"}),
        ("/a-1-2/end/", "GET", "/a-{x}-{y}/end/", {"x": "1", "y": "2"}),
        ("/a-1-2/end", "GET", None, {}),
        ("/things/", "GET", None, {}),
        ("//things", "GET", None, {}),
        ("/Things", "GET", None, {}),
        ("things", "GET", None, {}),
        ("*", "GET", None, {}),
        ("/things", "get", None, {}),
    ],
)
def test_concrete_paths_precede_templates(
    tmp_path: Path, path: str, method: str, template: str | None, values: dict[str, str]
) -> None:
    """A concrete path precedes a template, a %2F stays in its segment, and slashes and case matter."""
    app = create_app(document(tmp_path), Settings(watch=False))
    match = app.router.find(incoming(method, path))
    assert match.values == values
    assert (match.route.operation_id if match.route else None) == (f"{method} {template}" if template else None)


def document(folder: Path) -> Path:
    """A document with an operation GET and an operation DELETE at each of TEMPLATES."""
    paths: dict[str, Any] = {}
    for template in TEMPLATES:
        names = re.findall(r"\{(\w+)\}", template)
        parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
        paths[template] = {
            method.lower(): {
                "operationId": f"{method} {template}",
                "parameters": parameters,
                "responses": {"204": {"description": "Done."}},
            }
            for method in ("GET", "DELETE")
            if (method, template) != ("DELETE", "/things/mine")
        }
    file = folder / "document.json"
    file.write_text(json.dumps({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}))
    return file


def test_405_lists_the_methods_of_the_path(tmp_path: Path) -> None:
    """405 lists the methods of the most specific path, HEAD and OPTIONS among them."""
    app = create_app(document(tmp_path), Settings(watch=False))
    response = dispatcher(app).respond(incoming("PUT", "/things/mine")).response
    assert (response.status, ("Allow", "GET, HEAD, OPTIONS") in response.headers) == (405, True)


def test_encoded_slashes_work_with_wsgi_servers(contract: Contract) -> None:
    """A key with %2F works through any WSGI server that passes the path on as sent, and under a mount point."""
    app = create_app(contract, Settings(empty=True))
    mounted = Client(DispatcherMiddleware(app, {"/here": app}))
    created = mounted.post("/here/__s/mine/api/phones", json={"number": NUMBER})
    assert created.status_code == 201
    location = created.headers["Location"]
    assert location.startswith("/here/__s/mine/api/phones/")
    assert mounted.get(location).json == created.json
    assert mounted.get("/here/api/phones/a%2Fb").status_code == 404
    assert '"a/b"' in mounted.get("/here/api/phones/a%2Fb").text.replace("\\", "")


def before_request(app: MockApp, seen: list[str]) -> None:
    """A hook before each request."""
    app.before_request(lambda: seen.append("x"))


def after_request(app: MockApp, seen: list[str]) -> None:
    """A hook after each request."""

    def hook(response: Response) -> Response:
        seen.append("x")
        return response

    app.after_request(hook)


def teardown_request(app: MockApp, seen: list[str]) -> None:
    """A hook at the end of each request."""
    app.teardown_request(lambda _error: seen.append("x"))


def teardown_appcontext(app: MockApp, seen: list[str]) -> None:
    """A hook at the end of each context."""
    app.teardown_appcontext(lambda _error: seen.append("x"))


def url_value_preprocessor(app: MockApp, seen: list[str]) -> None:
    """A hook that sees the path's values."""
    app.url_value_preprocessor(lambda _endpoint, _values: seen.append("x"))


def blueprint(app: MockApp, seen: list[str]) -> None:
    """A blueprint with a hook for the whole application."""
    mine = Blueprint("mine", __name__)
    mine.before_app_request(lambda: seen.append("x"))
    app.register_blueprint(mine)


def rule(app: MockApp, seen: list[str]) -> None:
    """A Flask rule that overrides an operation."""

    def view() -> Response:
        seen.append("x")
        return Response("mine")

    app.add_url_rule(f"{PHONES}/mine", "mine", view)


def view_function(app: MockApp, seen: list[str]) -> None:
    """A view that replaces an operation's."""

    def view(**_values: str) -> Response:
        seen.append("x")
        return Response("mine")

    app.view_functions["getPhone"] = view


def middleware(app: MockApp, seen: list[str]) -> None:
    """A WSGI application around this one."""
    inner = app.wsgi_app

    def around(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        seen.append("x")
        return inner(environ, start_response)

    app.__dict__["wsgi_app"] = around


def session_interface(app: MockApp, seen: list[str]) -> None:
    """A Flask session interface that opens sessions in its own way."""

    class Interface(SecureCookieSessionInterface):
        def open_session(self, *_: object) -> None:
            seen.append("x")

    app.session_interface = Interface()


REGISTRATIONS: list[Register] = [
    before_request,
    after_request,
    teardown_request,
    teardown_appcontext,
    url_value_preprocessor,
    blueprint,
    rule,
    view_function,
    middleware,
    session_interface,
]


def ask(server: MockServer) -> None:
    """GET a phone."""
    requests.get(f"{server.url}/phones/mine", timeout=5)


@pytest.mark.parametrize("register", REGISTRATIONS)
def test_hooks_registered_before_the_start_run(contract: Contract, register: Register) -> None:
    """A hook that a user registers before the start runs for operations."""
    seen: list[str] = []
    server = MockServer(contract, empty=True)
    register(server.app, seen)
    with server:
        ask(server)
    assert seen == ["x"]


@pytest.mark.parametrize("register", REGISTRATIONS)
def test_hooks_registered_while_serving_run(contract: Contract, register: Register) -> None:
    """A hook that a user registers between two requests runs from the second request on."""
    seen: list[str] = []
    with MockServer(contract, empty=True) as server:
        ask(server)
        register(server.app, seen)
        ask(server)
    assert seen == ["x"]


@pytest.mark.parametrize(
    "signal",
    [
        signals.request_started,
        signals.request_finished,
        signals.request_tearing_down,
        signals.appcontext_pushed,
        signals.appcontext_popped,
        signals.appcontext_tearing_down,
    ],
    ids=lambda signal: signal.name,
)
def test_flask_signals_are_sent(contract: Contract, signal: Any) -> None:
    """Receivers of Flask's signals are called while connected."""
    seen: list[str] = []

    def listener(_sender: object, **_facts: object) -> None:
        seen.append("x")

    with MockServer(contract, empty=True) as server:
        with signal.connected_to(listener):
            ask(server)
        ask(server)
    assert seen == ["x"]


def test_untrusted_hosts_are_refused(contract: Contract) -> None:
    """Untrusted hosts get an error from the next request on."""
    with MockServer(contract, empty=True) as server:
        ask(server)
        server.app.config["TRUSTED_HOSTS"] = ["elsewhere.example"]
        assert requests.get(f"{server.url}/phones", timeout=5).status_code == 400


class Once:
    """A clock that fails once."""

    failures = 0

    def now(self) -> datetime:
        """Fail the first time, then return the time."""
        self.failures += 1
        if self.failures == 1:
            raise ZeroDivisionError("oh")
        return FrozenClock().now()


def test_an_unexpected_error_is_500_and_logged(contract: Contract, capsys: pytest.CaptureFixture[str]) -> None:
    """An exception is a 500 in the document's format, a line on stderr and a journal entry."""
    app = create_app(contract, Settings(empty=True, log="off"), Once())
    handled = dispatcher(app).respond(incoming("GET", PHONES))
    assert (handled.response.status, handled.entry and handled.entry.status) == (500, 500)
    assert capsys.readouterr().err.startswith("GET '/api/phones': ZeroDivisionError: oh (test_router.py, line ")


def test_user_error_handlers_get_unexpected_errors(contract: Contract) -> None:
    """An exception in an operation reaches the user's error handler, and the operation is not tried again."""
    clock = Once()
    app = create_app(contract, Settings(empty=True, log="off"), clock)

    @app.errorhandler(ZeroDivisionError)
    def handle(_error: ZeroDivisionError) -> Response:
        return Response(b'{"mine":true}', 503)

    handled = dispatcher(app).respond(incoming("GET", PHONES))
    assert (handled.response.status, handled.response.body, clock.failures) == (503, b'{"mine":true}', 1)


def test_unexpected_errors_send_the_flask_signal(contract: Contract) -> None:
    """A receiver of got_request_exception gets the exception of an operation."""
    seen: list[BaseException] = []

    def listener(_sender: object, exception: BaseException, **_facts: object) -> None:
        seen.append(exception)

    app = create_app(contract, Settings(empty=True, log="off"), Once())
    with signals.got_request_exception.connected_to(listener):
        handled = dispatcher(app).respond(incoming("GET", PHONES))
    assert (handled.response.status, [repr(error) for error in seen]) == (500, ["ZeroDivisionError('oh')"])


def test_operations_are_endpoints(contract: Contract) -> None:
    """Hooks see an operation as an endpoint named by its operationId, with its path values."""
    seen: list[object] = []
    app = create_app(contract, Settings(empty=True, log="off"))
    app.before_request(lambda: seen.append((flask_request.endpoint, flask_request.view_args)))
    for request in (incoming("GET", f"{PHONES}/x"), incoming("DELETE", f"{PHONES}/y"), incoming("GET", "/docs")):
        dispatcher(app).respond(request)
    assert seen == [("getPhone", {"uuid": "x"}), ("deletePhone", {"uuid": "y"}), ("docs", {})]

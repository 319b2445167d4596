"""The short way to an operation: its answers are those of the way through Flask, which is taken where it must be."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests
from flask import Blueprint, Response, signals
from flask.sessions import SecureCookieSessionInterface

from mock_server.http.raw_request import RawRequest
from mock_server.server.dispatcher import Dispatcher
from mock_server.server.server import MockServer
from mock_server.sessions.journal import Filter
from mock_server.settings.settings import Settings
from mock_server.web.app import MockApp, create_app
from mock_server.web.router import HandledRequest
from openapi import Contract
from tests.mock_server.support import NUMBER, PHONES, StandingClock

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

JSON = ("content-type", "application/json")
ORIGIN = ("origin", "http://localhost:5173")
REGISTER = json.dumps({"number": NUMBER, "name": "é"}).encode()

Register = Callable[[MockApp, list[str]], object]


def came(method: str, target: str, body: bytes | None = b"", *fields: tuple[str, str]) -> RawRequest:
    """A request as the server has taken it in."""
    request = RawRequest(method, target, "1.1", [("host", "127.0.0.1:4010"), *fields], "127.0.0.1")
    request.body = body
    return request


def gateway(app: MockApp) -> Dispatcher:
    """What the server asks for answers."""
    return Dispatcher(app, ("127.0.0.1", 4010), "http")


def seeded(contract: Contract) -> MockApp:
    """A mock whose every choice and time is decided."""
    return create_app(contract, Settings(seed=7, log="off"), StandingClock())


REQUESTS = [
    came("GET", PHONES),
    came("GET", f"{PHONES}?limit=3&page=2&search=a"),
    came("GET", f"{PHONES}?limit=1000&page=x"),
    came("HEAD", PHONES),
    came("GET", PHONES, b"", ORIGIN),
    came("GET", f"{PHONES}/nobody"),
    came("GET", f"{PHONES}/a%20b%C3%A9%FF"),
    came("GET", f"{PHONES}/a%2Fb"),
    came("GET", f"{PHONES}/"),
    came("GET", f"/{PHONES}"),
    came("GET", "/api/Phones"),
    came("GET", "/"),
    came("GET", "*"),
    came("PUT", PHONES),
    came("get", PHONES),
    came("OPTIONS", PHONES),
    came("OPTIONS", PHONES, b"", ORIGIN, ("access-control-request-method", "POST")),
    came("POST", PHONES, REGISTER, JSON),
    came("POST", PHONES, REGISTER, JSON, ORIGIN),
    came("POST", PHONES, b'{"number":"0171","nmae":"x","type":"shard"}', JSON),
    came("POST", PHONES, b'{"number":', JSON),
    came("POST", PHONES, b"", JSON),
    came("POST", PHONES, REGISTER, ("content-type", "text/plain")),
    came("POST", PHONES, REGISTER),
    came("POST", PHONES, b" " * 1_048_577, JSON),
    came("POST", PHONES, None, JSON, ("content-length", "10000000000")),
    came("POST", PHONES, b'{"number":"+447700900429"}', JSON),
    came("GET", PHONES, b"", ("x-mock-session", "other")),
    came("GET", PHONES, b"", ("x-mock-session", "no name")),
    came("GET", f"/__s/mine{PHONES}"),
    came("GET", PHONES, b"", ("prefer", "code=401")),
    came("GET", f"{PHONES}?__code=418"),
    came("GET", PHONES, b"", ("upgrade", "websocket"), ("connection", "upgrade")),
    came("GET", PHONES, b"", ("host", "a b")),
    came("GET", PHONES, b"", ("host", "x" * 5000)),
    came("GET", PHONES, b"", ("accept", "a"), ("accept", "b"), ("x_y", "1")),
]


def facts(answered: HandledRequest) -> tuple[Any, ...]:
    """What can be seen of an answer."""
    reply, entry = answered.reply, answered.entry
    fields = sorted((name.lower(), value) for name, value in reply.headers)
    return reply.status, fields, reply.body, reply.aside, entry and entry._replace(fields=sorted(entry.fields))


def test_both_ways_lead_to_the_same(contract: Contract) -> None:
    """Every request has the same answer, and leaves the same entry in the journal, with the short way and without."""
    short, long = seeded(contract), seeded(contract)
    long.direct = None
    for request in REQUESTS:
        one, other = gateway(short).answer(request), gateway(long).answer(request)
        if request.method == "HEAD":
            assert (one.reply.body != b"", other.length) == (True, len(one.reply.body))
            one = one._replace(reply=one.reply._replace(body=b""))
        assert facts(one) == facts(other), request.target
    entries = [list(app.mock.sessions.default.journal.newest_first(Filter())) for app in (short, long)]
    assert len(entries[0]) == len(entries[1]) > len(REQUESTS) // 2


def test_operations_are_reached_without_flask(contract: Contract) -> None:
    """A usual request is answered by the short way; what is no operation, or another's business, is not."""
    direct = seeded(contract).direct
    assert direct is not None
    assert [direct.answer(request) is not None for request in REQUESTS[:8]] == [True] * 7 + [False]
    assert not any(direct.answer(request) for request in REQUESTS[8:17])


def test_a_judge_sees_every_answer(contract: Contract) -> None:
    """With a judge there is no short way round it."""
    assert create_app(contract, Settings(self_check=True)).direct is None


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
    """A hook that sees what stands in the path."""
    app.url_value_preprocessor(lambda _endpoint, _values: seen.append("x"))


def blueprint(app: MockApp, seen: list[str]) -> None:
    """A blueprint with a hook for the whole application."""
    mine = Blueprint("mine", __name__)
    mine.before_app_request(lambda: seen.append("x"))
    app.register_blueprint(mine)


def rule(app: MockApp, seen: list[str]) -> None:
    """A rule of the router's that goes before the operation's."""

    def view() -> Response:
        seen.append("x")
        return Response("mine")

    app.add_url_rule(f"{PHONES}/mine", "mine", view)


def view_function(app: MockApp, seen: list[str]) -> None:
    """Another view in the place of the operation's."""

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
    """Sessions of Flask's that are opened in another way."""

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
    """Ask for what may be a phone."""
    requests.get(f"{server.url}/phones/mine", timeout=5)


@pytest.mark.parametrize("register", REGISTRATIONS)
def test_what_is_registered_before_the_start(contract: Contract, register: Register) -> None:
    """Whatever a user registers before the mock serves has its say."""
    seen: list[str] = []
    server = MockServer(contract, empty=True)
    register(server.app, seen)
    with server:
        ask(server)
    assert seen == ["x"]


@pytest.mark.parametrize("register", REGISTRATIONS)
def test_what_is_registered_while_it_serves(contract: Contract, register: Register) -> None:
    """Whatever a user registers between two requests has its say from the second one on."""
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
def test_signals(contract: Contract, signal: Any) -> None:
    """Who listens to one of Flask's signals hears it, as long as they listen."""
    seen: list[str] = []

    def listener(_sender: object, **_facts: object) -> None:
        seen.append("x")

    with MockServer(contract, empty=True) as server:
        with signal.connected_to(listener):
            ask(server)
        ask(server)
    assert seen == ["x"]


def test_trusted_hosts(contract: Contract) -> None:
    """Hosts that are set not to be trusted are refused, from the next request on."""
    with MockServer(contract, empty=True) as server:
        ask(server)
        server.app.config["TRUSTED_HOSTS"] = ["elsewhere.example"]
        assert requests.get(f"{server.url}/phones", timeout=5).status_code == 400


class Once:
    """A clock that works again after it has failed once."""

    failures = 0

    def now(self) -> datetime:
        """Fail, or tell the time."""
        self.failures += 1
        if self.failures == 1:
            raise ZeroDivisionError("oh")
        return StandingClock().now()


def test_an_error_that_nobody_foresaw(contract: Contract) -> None:
    """What fails on the short way reaches the error handler that a user has for it, and is not tried a second time."""
    clock = Once()
    app = create_app(contract, Settings(empty=True, log="off"), clock)

    @app.errorhandler(ZeroDivisionError)
    def handle(_error: ZeroDivisionError) -> Response:
        return Response(b'{"mine":true}', 503)

    answered = gateway(app).answer(came("GET", PHONES))
    assert (answered.reply.status, answered.reply.body, clock.failures) == (503, b'{"mine":true}', 1)

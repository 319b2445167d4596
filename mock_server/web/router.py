"""The short way to an operation: without Flask, where nobody can tell the difference.

Flask makes two contexts, a request and a session for each request, and asks what its users have registered. Where they
have registered nothing, that is most of what an answer costs. So each request is looked at first: if it names an
operation beyond doubt, and nobody has a hand in the application, its handler is called at once. Everything else
goes through Flask. An error that nobody foresaw does too: there are the handlers for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sized
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from flask import signals

from mock_server.http.errors import RefusedError
from mock_server.http.messages import HttpRequest, HttpResponse
from mock_server.http.raw_request import RawRequest
from mock_server.mock import Mock
from mock_server.operations.handlers import Handler
from mock_server.sessions.journal import Asked, Entry
from mock_server.sessions.journal_entries import note, session_named
from mock_server.web.cors import Cors
from openapi.contract import Operation

if TYPE_CHECKING:
    from mock_server.web.app import MockApp

_USUAL_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]{1,60}")
"""Hosts in which the router finds nothing to object to."""

_SEGMENT = re.compile(r"\{[^{}]+\}|[^{}]*")
_SIGNALS = (
    signals.request_started,
    signals.request_finished,
    signals.request_tearing_down,
    signals.appcontext_pushed,
    signals.appcontext_popped,
    signals.appcontext_tearing_down,
)

_Hooks: TypeAlias = Mapping[str | None, object]
_View: TypeAlias = Callable[..., object]


class HandledRequest(NamedTuple):
    """A reply, and the entry that the journal has of it if it keeps one.

    `length` is that of the body that was left out, where the request was a HEAD and its length is known.
    """

    reply: HttpResponse
    entry: Entry | None
    length: int | None = None


class Route(NamedTuple):
    """An operation at the end of a path."""

    operation_id: str
    takes_body: bool
    handle: Handler
    refuse: Callable[[RefusedError], HttpResponse]
    view: _View
    names: tuple[str, ...]


class _Node:
    """A place in the tree of paths: what may follow, segment by segment, and what is there, by method."""

    __slots__ = ("any", "ends", "literal", "unclear")

    def __init__(self) -> None:
        self.literal: dict[str, _Node] = {}
        self.any: _Node | None = None
        self.ends: dict[str, Route] = {}
        self.unclear = False

    def below(self, segment: str) -> _Node:
        """The place after `segment` of a template."""
        if not _SEGMENT.fullmatch(segment):
            self.unclear = True
            return _Node()
        if segment.startswith("{"):
            self.any = self.any or _Node()
            return self.any
        return self.literal.setdefault(segment, _Node())


class Router:
    """The short way through an application, as it is when this is made: what is added later is noticed."""

    def __init__(self, app: MockApp, cors: Cors | None) -> None:
        self._app = app
        self._mock: Mock = app.mock
        self._cors = cors
        self._root = _Node()
        self._rules = app.url_map.size
        self._session_interface = app.session_interface
        # Flask and its signals edit these, and never put others in their place.
        self._empty: tuple[Sized, ...] = (app.teardown_appcontext_funcs, *(signal.receivers for signal in _SIGNALS))
        self._hooks: tuple[_Hooks, _Hooks, _Hooks, _Hooks] = (
            app.before_request_funcs,
            app.after_request_funcs,
            app.teardown_request_funcs,
            app.url_value_preprocessors,
        )
        for operation in app.mock.contract.operations.values():
            self._add(operation)

    def _add(self, operation: Operation) -> None:
        # A dot in an endpoint is the name of a blueprint to Flask, and blueprints have hooks of their own.
        if "." in operation.id:
            return
        node, names = self._root, []
        for segment in (self._mock.contract.base_path + operation.path).split("/")[1:]:
            node = node.below(segment)
            if segment.startswith("{"):
                names.append(segment[1:-1])
        exchange = self._mock.exchange
        node.ends[operation.method] = Route(
            operation.id,
            operation.body is not None,
            exchange.handlers[operation.id],
            exchange.refusers[operation.id],
            self._app.view_functions[operation.id],
            tuple(names),
        )

    def answer(self, came: RawRequest) -> HandledRequest | None:
        """The answer to a request; None where Flask must be asked."""
        path = came.path if came.path.isascii() else came.path.encode("latin-1").decode(errors="replace")
        node, values = self._root, list[str]()
        for segment in path.split("/")[1:]:
            following = node.literal.get(segment)
            if node.any is not None and segment:
                # Two places at once: which goes first is the router's business.
                if following is not None or node.unclear:
                    return None
                following = node.any
                values.append(segment)
            if following is None:
                return None
            node = following
        method = came.method
        end = node.ends.get(method if method != "HEAD" else "GET")
        host = came.get("host")
        if end is None or not self._is_untouched(end) or (host is not None and not _USUAL_HOST.fullmatch(host)):
            return None
        return self._answered(came, path, end, dict(zip(end.names, values, strict=True)) if values else {})

    def _is_untouched(self, end: Route) -> bool:
        """Whether nobody has registered what has a say in requests to an operation, or taken its place."""
        app, (before, after, teardown, processors) = self._app, self._hooks
        return not (
            any(self._empty)
            or None in before
            or None in after
            or None in teardown
            or None in processors
            or app.view_functions[end.operation_id] is not end.view
            or app.url_map.size != self._rules
            or app.session_interface is not self._session_interface
            or app.config["TRUSTED_HOSTS"] is not None
            or "wsgi_app" in vars(app)
        )

    def _answered(self, came: RawRequest, path: str, end: Route, values: dict[str, str]) -> HandledRequest:
        body = came.body if end.takes_body else b""
        wishes = "__" in came.query or came.get("prefer") is not None
        entry = None
        try:
            session = session_named(self._mock, came.get("x-mock-session"))
        except RefusedError as refused:
            reply = end.refuse(refused)
        else:
            reply = end.handle(session, HttpRequest(values, came.query, came, body, wishes))
            asked = Asked(came.method, path, came.query, came.fields, body)
            entry = note(session, asked, end.operation_id, values, reply)
        origin = came.get("origin")
        if origin is not None and self._cors is not None:
            reply = reply._replace(headers=(*reply.headers, *self._cors.exposed_to(origin)))
        return HandledRequest(reply, entry)

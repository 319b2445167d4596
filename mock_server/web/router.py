"""Answers every request to an operation, whether it comes from the mock's own server or through WSGI and Flask.

It matches the path (`/__s/NAME/` in front names a session), calls the operation's handler, responds with 404 or 405,
adds the CORS headers and writes the journal. It does not use Flask; `mock_server.web.app` decides what else may answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from mock_server.http.errors import RefusedError
from mock_server.http.live import Poll
from mock_server.http.messages import HttpRequest, HttpResponse, Violation
from mock_server.http.raw_request import RawRequest
from mock_server.mock import Mock
from mock_server.operations.handlers import Handler
from mock_server.sessions.journal import Entry
from mock_server.sessions.session import Session, SessionNameError
from mock_server.web.cors import Cors
from mock_server.web.path_suggestions import PathSuggestions
from openapi.model.http import Operation
from openapi.model.refusals import Refusal
from openapi.path_templates import placeholders, regex

FLASK_PATHS = frozenset({"__mock", "docs", "openapi.json", "openapi.yaml"})
"""The first segments of the paths that Flask answers. It answers the root, too: it sends browsers to the page."""

SESSION_PREFIX = "/__s/"
_HTML = "text/html; charset=utf-8"
_OPTIONS_STATUSES: Mapping[str, int | None] = {
    "allowed-methods": 204,
    "allowed-methods-with-200": 200,
    "refused": None,
}


class Route(NamedTuple):
    """An operation at the end of a path template. `names` are the template's placeholders, in order."""

    operation_id: str
    takes_body: bool
    handle: Handler
    refuse: Callable[[RefusedError], HttpResponse]
    names: tuple[str, ...]


class Match(NamedTuple):
    """Where a request belongs.

    `prefix` is the `/__s/NAME` in front of the path, `session` the name of the session (None: the default one). `path`
    is the rest, percent-decoded except for %2F. `route` is None if no operation has this path and method; `allowed`
    are the methods of the operations that have the path. `values` are the decoded strings at the placeholders.
    """

    request: RawRequest
    prefix: str
    session: str | None
    path: str
    route: Route | None
    values: Mapping[str, str]
    allowed: tuple[str, ...]
    is_flask_path: bool


class HandledRequest(NamedTuple):
    """A response, and its journal entry (None if the journal is off).

    `length` is the length of the body that Flask left out of the response to a HEAD. A body that never ends goes on
    with what `live` returns.
    """

    response: HttpResponse
    entry: Entry | None
    length: int | None = None
    live: Poll | None = None


class _Node:
    """A node in the tree of path segments: what may follow, and the operations that end here, by method."""

    __slots__ = ("is_ambiguous", "literals", "mixed", "placeholder", "routes")

    def __init__(self) -> None:
        self.is_ambiguous = False
        self.literals: dict[str, _Node] = {}
        self.mixed: dict[str, tuple[re.Pattern[str], _Node]] = {}
        self.placeholder: _Node | None = None
        self.routes: dict[str, Route] = {}

    def child(self, segment: str) -> _Node:
        """The node below this one for a segment of a template; made if it is new."""
        if "{" not in segment:
            child = self.literals.setdefault(segment, _Node())
        elif regex(segment, "*") == "*":
            child = self.placeholder = self.placeholder or _Node()
        else:
            pattern = regex(segment, "(.+)")
            child = self.mixed.setdefault(pattern, (re.compile(pattern, re.DOTALL), _Node()))[1]
        self.is_ambiguous = bool(self.mixed or (self.literals and self.placeholder))
        return child

    def find(self, method: str, segments: list[str], index: int, values: list[str], nodes: list[_Node]) -> Route | None:
        """The route of `method` at the end of `segments`; literal segments go before placeholders.

        Appends the strings at the placeholders to `values`, and to `nodes` each node at the path without the method.
        """
        node, end = self, len(segments)
        while index < end and not node.is_ambiguous:
            segment = segments[index]
            child = node.literals.get(segment)
            if child is None and segment and node.placeholder is not None:
                child = node.placeholder
                values.append(segment)
            if child is None:
                return None
            node = child
            index += 1
        if index == end:
            route = node.routes.get(method)
            if route is None and node.routes:
                nodes.append(node)
            return route
        before = len(values)
        for child, captured in node.next(segments[index]):
            values += captured
            route = child.find(method, segments, index + 1, values, nodes)
            if route is not None or nodes:
                # A literal path is matched before a template (OAS 3.1.1, section 4.8.8), independent of its methods.
                return route
            del values[before:]
        return None

    def next(self, segment: str) -> list[tuple[_Node, Sequence[str]]]:
        """The nodes that `segment` may lead to, each with the strings at its placeholders."""
        literal = self.literals.get(segment)
        found: list[tuple[_Node, Sequence[str]]] = [] if literal is None else [(literal, ())]
        if not segment:
            return found
        for pattern, node in self.mixed.values():
            match = pattern.fullmatch(segment)
            if match is not None:
                found.append((node, match.groups()))
        if self.placeholder is not None:
            found.append((self.placeholder, (segment,)))
        return found


class Router:
    """Routes the requests to the operations of a mock."""

    def __init__(self, mock: Mock) -> None:
        self._mock = mock
        self._root = _Node()
        self._errors = mock.handlers.errors
        self._suggestions = PathSuggestions(mock.contract)
        self.cors = Cors(mock.contract) if mock.settings.cors else None
        conventions = mock.contract.conventions
        self._supports_head = conventions["methods/head"] != "refused"
        self._has_page = mock.contract.refusals.unrouted == "html-page"
        self._options = _OPTIONS_STATUSES[conventions["methods/options"]]
        for operation in mock.contract.operations.values():
            self._add(operation)

    def _add(self, operation: Operation) -> None:
        path, handlers = self._mock.contract.base_path + operation.path, self._mock.handlers
        node = self._root
        for segment in path.split("/")[1:]:
            node = node.child(segment)
        node.routes[operation.method] = Route(
            operation.id,
            operation.body is not None,
            handlers.by_operation[operation.id],
            handlers.refusers[operation.id],
            tuple(placeholders(path)),
        )

    def find(self, request: RawRequest) -> Match:
        """Where `request` belongs."""
        raw, prefix, session = request.raw_path, "", request.get("x-mock-session")
        if raw.startswith(SESSION_PREFIX):
            name, _, rest = raw.removeprefix(SESSION_PREFIX).partition("/")
            raw, prefix, session = f"/{rest}", SESSION_PREFIX + name, _decoded(name)
        segments = raw.split("/")
        if "%" in raw or not raw.isascii():
            # Decoded one by one: a %2F is part of its segment.
            segments = [_decoded(segment) for segment in segments]
            path = "/".join([segment.replace("/", "%2F") for segment in segments])
        else:
            path = raw
        if segments[0] or len(segments) == 1:
            return Match(request, prefix, session, path, None, {}, (), False)
        values: list[str] = []
        nodes: list[_Node] = []
        route = self._root.find(request.method, segments, 1, values, nodes)
        if route is None and request.method == "HEAD" and self._supports_head:
            # HEAD is GET without a body, unless the document has its own HEAD.
            values, nodes = [], []
            route = self._root.find("GET", segments, 1, values, nodes)
        by_name = dict(zip(route.names, values, strict=True)) if values and route is not None else {}
        allowed = () if route is not None else self._allowed(nodes)
        is_flask_path = segments[1] in FLASK_PATHS or raw == "/"
        return Match(request, prefix, session, path, route, by_name, allowed, is_flask_path)

    def respond(self, match: Match) -> HandledRequest:
        """The response to a request, which is in the journal afterwards. Raises what a handler raises."""
        request, cors = match.request, self.cors
        origin = request.get("origin")
        if origin is None or cors is None:
            return self._respond(match)
        preflight = cors.preflight(request.method, origin, request)
        if preflight is not None:
            return HandledRequest(preflight, None)
        handled = self._respond(match)
        headers = (*handled.response.headers, *cors.headers(origin))
        return handled._replace(response=handled.response._replace(headers=headers))

    def error(self, match: Match, status: int, message: str) -> HandledRequest:
        """An error without an operation, in the document's format; in the journal afterwards."""
        return self._refused(match, self._errors.write(status, message), b"")

    def _respond(self, match: Match) -> HandledRequest:
        request, prefix, name, path, route, values, _, _ = match
        if route is None:
            return self._without_operation(match)
        body = request.body if route.takes_body else b""
        try:
            session = self._mock.sessions.default if name is None else self._session(name)
        except RefusedError as refused:
            return HandledRequest(route.refuse(refused), None)
        has_preferences = "__" in request.query or request.get("prefer") is not None
        response = route.handle(
            session, HttpRequest(values, request.query, request, body, has_preferences, request.raw_path)
        )
        if prefix:
            response = response._replace(headers=tuple([prefixed(prefix, field) for field in response.headers]))
        return HandledRequest(response, session.journal.add(request, path, body, route.operation_id, values, response))

    def _without_operation(self, match: Match) -> HandledRequest:
        """The response to a request whose path, or whose method there, is not in the document."""
        method, allowed = match.request.method, ", ".join(match.allowed)
        if method == "OPTIONS" and allowed and self._options:
            return HandledRequest(HttpResponse(self._options, (("Allow", allowed),), b""), None)
        if allowed:
            message = f"{method} is not allowed here; use one of {allowed}."
            refused = RefusedError(Refusal.UNKNOWN_METHOD, message, headers=(("Allow", allowed),))
        else:
            refused = RefusedError(Refusal.UNKNOWN_PATH, self._suggestions.unknown_path(method, match.path))
        response = self._errors.refusal(refused)
        if self._has_page:
            fields = [field for field in response.headers if field[0] != "Content-Type"]
            page = f"<h1>{response.status}</h1>".encode()
            response = response._replace(headers=(("Content-Type", _HTML), *fields), body=page)
        return self._refused(match, response, b"")

    def _allowed(self, nodes: list[_Node]) -> tuple[str, ...]:
        """The methods at a path: those of its operations, HEAD with GET (RFC 9110, section 9.3.2), and OPTIONS.

        HEAD and OPTIONS only if the document does not refuse them.
        """
        methods = {method for node in nodes for method in node.routes}
        more = {"OPTIONS"} if self._options else set()
        if "GET" in methods and self._supports_head:
            more.add("HEAD")
        return tuple(sorted(methods | more)) if methods else ()

    def _refused(self, match: Match, response: HttpResponse, body: bytes) -> HandledRequest:
        try:
            session = self._session(match.session)
        except RefusedError as refused:
            return HandledRequest(self._errors.refusal(refused), None)
        return HandledRequest(response, session.journal.add(match.request, match.path, body, "", {}, response))

    def _session(self, name: str | None) -> Session:
        """The session called `name`; None is the default one. Raises RefusedError for an invalid name."""
        if name is None:
            return self._mock.sessions.default
        try:
            return self._mock.sessions.get(name)
        except SessionNameError as error:
            violation = Violation("header", "X-Mock-Session", str(error))
            raise RefusedError(Refusal.INVALID, f"{error}.", [violation]) from None


def _decoded(segment: str) -> str:
    return unquote_to_bytes(segment.encode("latin-1")).decode(errors="replace")


def prefixed(prefix: str, field: tuple[str, str]) -> tuple[str, str]:
    """A header field; a client that follows a Location or a Link stays in its session."""
    name, value = field
    if name == "Link":
        return name, value.replace("</", f"<{prefix}/")
    return (name, prefix + value) if name == "Location" else field

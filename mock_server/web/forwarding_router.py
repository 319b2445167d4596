"""A router that forwards requests to the service behind the mock."""

from __future__ import annotations

from typing import NamedTuple

from mock_server.http.errors import RefusedError
from mock_server.http.messages import HttpRequest, HttpResponse
from mock_server.mock import Mock
from mock_server.sessions.session import Session
from mock_server.upstream.client import ServiceResponse, UpstreamError
from mock_server.upstream.judge import header_of
from mock_server.upstream.upstream import Pending, Upstream
from mock_server.web.router import HandledRequest, Match, Route, Router, prefixed


class _Begun(NamedTuple):
    """A request that is answered, or that the service has to answer."""

    session: Session
    route: Route
    result: HttpResponse | Pending


class ForwardingRouter(Router):
    """Routes the requests to operations, some of them to the service.

    `respond` waits for the service; `respond_later` does not block the event loop.
    """

    def __init__(self, mock: Mock, upstream: Upstream) -> None:
        super().__init__(mock)
        self._upstream = upstream

    async def respond_later(self, match: Match) -> HandledRequest:
        """The response to a request, which is in the journal afterwards. Raises what a handler raises."""
        begun = None if match.request.method == "OPTIONS" else self._begin(match)
        if begun is None:
            return self.respond(match)
        outcome: ServiceResponse | UpstreamError | None = None
        if isinstance(begun.result, Pending):
            try:
                outcome = await self._upstream.client.send(begun.result.outgoing)
            except UpstreamError as error:
                outcome = error
        handled = self._finished(match, begun, outcome)
        origin = match.request.get("origin")
        if self.cors is None or origin is None:
            return handled
        headers = (*handled.response.headers, *self.cors.headers(origin))
        return handled._replace(response=handled.response._replace(headers=headers))

    def _respond(self, match: Match) -> HandledRequest:
        begun = self._begin(match)
        if begun is None:
            return super()._respond(match)
        outcome: ServiceResponse | UpstreamError | None = None
        if isinstance(begun.result, Pending):
            try:
                outcome = self._upstream.client.send_now(begun.result.outgoing)
            except UpstreamError as error:
                outcome = error
        return self._finished(match, begun, outcome)

    def _begin(self, match: Match) -> _Begun | None:
        """The first step of a response; None if there is no operation or no session."""
        request, route = match.request, match.route
        if route is None:
            return None
        try:
            session = self._session(match.session)
        except RefusedError:
            return None
        body = request.body if route.takes_body else b""
        has_preferences = "__" in request.query or request.get("prefer") is not None
        values = HttpRequest(match.values, request.query, request, body, has_preferences, request.raw_path)
        result = self._upstream.begin(session, route.operation_id, values, request, match.prefix)
        return _Begun(session, route, result)

    def _finished(self, match: Match, begun: _Begun, outcome: ServiceResponse | UpstreamError | None) -> HandledRequest:
        request, route, response = match.request, begun.route, begun.result
        if isinstance(response, Pending):
            if outcome is None:
                raise TypeError("a pending request needs an outcome")
            response = self._upstream.finish(response, outcome)
        elif match.prefix:
            response = response._replace(headers=tuple(prefixed(match.prefix, field) for field in response.headers))
        body = request.body if route.takes_body else b""
        entry = begun.session.journal.add(request, match.path, body, route.operation_id, match.values, response)
        return HandledRequest(response, entry, _length(outcome) if request.method == "HEAD" else None)


def _length(outcome: ServiceResponse | UpstreamError | None) -> int | None:
    """The length in the service's response to a HEAD, which has no body."""
    if not isinstance(outcome, ServiceResponse) or header_of(outcome.fields, "content-encoding") is not None:
        return None
    text = header_of(outcome.fields, "content-length") or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None

"""Answers requests from the service behind the mock, or from the mock, by the session's modes.

A request is answered in two steps, so that the server is not blocked while the service works: `begin` returns either
the mock's response or a `Pending` request to send, and `finish` makes the response from the service's response.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from mock_server.http.errors import RefusedError
from mock_server.http.local_names import is_own_name, is_own_origin
from mock_server.http.messages import HttpRequest, HttpResponse
from mock_server.http.parameters import decode, pairs
from mock_server.http.raw_request import RawRequest
from mock_server.http.validation import LenientResult, Reader, Values
from mock_server.operations.handlers import Handlers
from mock_server.operations.prefer_header import without_preferences
from mock_server.operations.simulation import Pipeline, Simulation
from mock_server.recording.recorder import Recorder
from mock_server.records.state import State
from mock_server.sessions.session import Session
from mock_server.settings.session_settings import UpstreamMode
from mock_server.settings.settings import Settings
from mock_server.upstream.client import Outgoing, ServiceResponse, UpstreamClient, UpstreamError
from mock_server.upstream.comparison import Comparison, Side
from mock_server.upstream.concealment import Concealment
from mock_server.upstream.fields import forwarded_fields, returned_fields
from mock_server.upstream.findings import Findings
from mock_server.upstream.judge import Content, Judge, content_of
from mock_server.upstream.keys import Keys
from mock_server.upstream.learning import Learner
from mock_server.upstream.modes import READS, allowed_modes, mode_of
from openapi.contract import Contract
from openapi.model.http import Operation
from openapi.model.refusals import Refusal

SOURCE_HEADER = "X-Mock-Source"
"""The header with the source of a response."""

_TO_FORWARD = HttpResponse(0, (), b"")
"""The placeholder for the service's response while the simulation decides."""


class Pending(NamedTuple):
    """A request that the service has to answer. `draft` has the additions of the simulation to the response."""

    outgoing: Outgoing
    session: Session
    operation: Operation
    request: HttpRequest
    mode: UpstreamMode
    draft: HttpResponse
    own_host: str
    prefix: str


class _Parts(NamedTuple):
    """The parts that one operation needs."""

    operation: Operation
    pipeline: Pipeline
    simulation: Simulation
    judge: Judge
    comparison: Comparison
    statuses: frozenset[int]


class Upstream:
    """The service behind the mock of one contract. Raises TypeError if `settings` name none."""

    def __init__(
        self, contract: Contract, handlers: Handlers, settings: Settings, recorder: Recorder, client: UpstreamClient
    ) -> None:
        if settings.upstream is None:
            raise TypeError("the settings name no upstream service")
        self._contract = contract
        self._handlers = handlers
        self._own_name = settings.host
        self._recorder = recorder
        self.settings = settings.upstream
        self.client = client
        self.findings = Findings()
        self._keys = Keys(contract, recorder)
        self.learner = Learner(contract, recorder, self._keys) if settings.upstream.learn else None
        scheme = "https" if settings.tls or settings.tls_cert else "http"
        self._concealment = Concealment(settings.upstream, scheme, contract.base_path)
        self._parts = {one.id: self._parts_of(one) for one in contract.operations.values()}

    def _parts_of(self, operation: Operation) -> _Parts:
        pipeline = self._handlers.pipelines[operation.id]
        forwarding = Pipeline(None, _tolerant(pipeline.reader), _to_forward, pipeline.refuse)
        resource, role = self._contract.role_of(operation.id) or (None, None)
        return _Parts(
            operation,
            pipeline,
            Simulation(operation, forwarding, self._handlers.declared[operation.id], self._handlers.errors),
            Judge(self._contract, operation, pipeline.reader),
            Comparison(operation, resource, role),
            frozenset(int(status) for status in operation.responses if status.isdecimal()),
        )

    def modes(self, session: Session) -> Mapping[str, UpstreamMode]:
        """The mode of each operation in a session."""
        modes, writes = session.settings.modes, self.settings.writes
        return {name: mode_of(modes, one, writes=writes) for name, one in self._contract.operations.items()}

    def allowed_modes(self, operation_id: str) -> list[UpstreamMode]:
        """The modes that an operation may have."""
        return allowed_modes(self._contract.operations[operation_id], writes=self.settings.writes)

    def begin(
        self, session: Session, operation_id: str, request: HttpRequest, raw: RawRequest, prefix: str
    ) -> HttpResponse | Pending:
        """The mock's response to a request, or the request to send to the service."""
        parts = self._parts[operation_id]
        mode = mode_of(session.settings.modes, parts.operation, writes=self.settings.writes)
        if mode is UpstreamMode.MOCK:
            return _by_mock(self._response(session, parts.operation, request))
        try:
            _check_sender(raw, self._own_name)
            if parts.pipeline.admit is not None:
                parts.pipeline.admit(request)
        except RefusedError as refused:
            return _by_mock(parts.pipeline.refuse(refused))
        if request.body is None:
            return _by_mock(self._response(session, parts.operation, request))
        draft = _TO_FORWARD
        if request.has_preferences or not session.is_plain:
            draft = parts.simulation.handle(session, request)
            request = request._replace(query=without_preferences(request.query))
        if draft.status:
            return _by_mock(draft)
        outgoing = self._outgoing(parts, request, raw, prefix)
        host = raw.get("host") or "localhost"
        return Pending(outgoing, session, parts.operation, request, mode, draft, host, prefix)

    def finish(self, pending: Pending, outcome: ServiceResponse | UpstreamError) -> HttpResponse:
        """The response to the client."""
        operation, parts = pending.operation, self._parts[pending.operation.id]
        deviations = parts.judge.request(pending.request)
        differences: list[str] = []
        failed = isinstance(outcome, UpstreamError)
        if isinstance(outcome, UpstreamError):
            error = self._handlers.errors.write(outcome.status, outcome.message)
            status, headers, body, message = outcome.status, error.headers, error.body, outcome.message
        else:
            received = self._concealed(pending, outcome)
            content, message = content_of(received.fields, received.body), ""
            is_head = pending.outgoing.method == "HEAD"
            deviations += parts.judge.response(received, content, is_head=is_head)
            self._learn(pending, received, content)
            if pending.mode is UpstreamMode.COMPARE:
                differences = self._differences(pending, received, content)
            status, headers, body = received.status, tuple(received.fields), received.body
        self.findings.note(operation.id, deviations, differences, failed=failed)
        notes = pending.draft.notes._replace(
            source="upstream",
            message=message,
            deviations=tuple(deviations),
            differences=tuple(differences),
            undeclared=operation.response_for(status) is None,
        )
        return HttpResponse(status, (*headers, *pending.draft.headers, (SOURCE_HEADER, "upstream")), body, notes)

    def _outgoing(self, parts: _Parts, request: HttpRequest, raw: RawRequest, prefix: str) -> Outgoing:
        operation = parts.operation
        path = raw.raw_path.removeprefix(prefix).removeprefix(self._contract.base_path)
        keys = {one.parameter for schemes in operation.security for one in schemes if one.location == "query"}
        query = request.query
        if keys:
            query = "&".join(one for one in query.split("&") if next((name for name, _ in pairs(one)), "") not in keys)
        return Outgoing(
            raw.method,
            path + (f"?{query}" if query else ""),
            forwarded_fields(raw.fields, operation),
            raw.body or b"",
            follows=operation.method in READS,
            expected=parts.statuses,
        )

    def _concealed(self, pending: Pending, received: ServiceResponse) -> ServiceResponse:
        """The response without the service's address and credentials, and without connection-specific fields."""
        host, prefix = pending.own_host, pending.prefix
        fields = [
            (name, self._concealment.hide_text(text, host, prefix)) for name, text in returned_fields(received.fields)
        ]
        return received._replace(fields=fields, body=self._concealment.hide(received.body, host, prefix))

    def _learn(self, pending: Pending, received: ServiceResponse, content: Content) -> None:
        if self.learner is not None and content.problem is None:
            key = self._keys.in_path(pending.operation, pending.request)
            self.learner.learn(pending.session, pending.operation, key, received, content.value)

    def _response(self, session: Session, operation: Operation, request: HttpRequest) -> HttpResponse:
        """The mock's response to a client that may have keys of the service."""
        if self.learner is not None:
            self.learner.settle(session)
            request = self._keys.translated(session.state, operation, request)
        return self._handlers.by_operation[operation.id](session, request)

    def _differences(self, pending: Pending, received: ServiceResponse, content: Content) -> list[str]:
        """How the mock's response to a request differs in kind from that of the service."""
        parts, session, request = self._parts[pending.operation.id], pending.session, pending.request
        if self.learner is not None:
            self.learner.settle(session)
            request = request._replace(query=self._recorder.redacted_query(request.query, pending.operation))
        # A record that only the service has is not a difference in kind.
        translate = self._keys.translated_to_some if received.status < 300 else self._keys.translated
        request = translate(session.state, pending.operation, request)
        try:
            response = parts.pipeline.act(session.state, parts.pipeline.reader.strictly(request))
        except RefusedError as refused:
            response = parts.pipeline.refuse(refused)
        theirs = Side(received.status, tuple(received.fields), content.value)
        ours = Side(response.status, response.headers, content_of(response.headers, response.body).value)
        return parts.comparison.differences(theirs, ours, _texts(pending.request.query))


def _by_mock(response: HttpResponse) -> HttpResponse:
    headers = (*response.headers, (SOURCE_HEADER, "mock"))
    return response._replace(headers=headers, notes=response.notes._replace(source="mock"))


def _to_forward(_state: State, _values: Values) -> HttpResponse:
    return _TO_FORWARD


def _tolerant(reader: Reader) -> Reader:
    """A reader that accepts any request: rules match the values that can be read."""

    def read(request: HttpRequest) -> Values:
        try:
            values = reader.leniently(request).values
        except RefusedError:
            values = None
        return values or Values({}, {}, {}, {}, request.headers, None)

    return Reader(read, lambda request: LenientResult(read(request), []))


def _check_sender(raw: RawRequest, own_name: str) -> None:
    """Raise RefusedError for a request of a page that is not on this machine: the mock acts with its user's rights."""
    origin, host = raw.get("origin"), raw.get("host")
    if not is_own_origin(origin, own_name):
        message = f"Requests of pages of {origin} are not forwarded; send it from a page on localhost."
        raise RefusedError(Refusal.TOKEN, message, status=403)
    if origin is None and raw.get("sec-fetch-site") == "cross-site":
        # A browser names no origin for an image or a link.
        message = "Requests of pages of other sites are not forwarded; send it from a page on localhost."
        raise RefusedError(Refusal.TOKEN, message, status=403)
    if not is_own_name(host, own_name):
        message = f"Requests with the Host {host!r} are not forwarded; use localhost or 127.0.0.1."
        raise RefusedError(Refusal.TOKEN, message, status=403)


def _texts(query: str) -> dict[str, str]:
    """The decodable parameters of a query by name."""
    texts: dict[str, str] = {}
    for name, text in pairs(query):
        try:
            texts[name] = decode(text)
        except ValueError:
            continue
    return texts

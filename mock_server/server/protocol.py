"""HTTP/1.1 connections: answers requests immediately if it can, without a task or ASGI messages.

uvicorn's protocol, with httptools as its parser, keeps the connection and handles everything that takes time: requests
that wait for an earlier response, large and chunked bodies, `Expect: 100-continue`, late and broken responses. All of
it runs in the thread of the event loop.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from httptools import (
    HttpParserCallbackError,
    HttpParserError,
    HttpParserInvalidMethodError,
    HttpParserInvalidURLError,
    HttpParserUpgrade,
    HttpRequestParser,
)
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from mock_server.http.errors import FAILURE
from mock_server.http.messages import HttpResponse
from mock_server.http.raw_request import RawRequest, field_name, framing_problem
from mock_server.server.delayed_response import AsgiChannel, PendingRequest
from mock_server.server.dispatcher import Dispatcher, fields_and_body, head
from mock_server.server.request_head import with_a_known_method, with_a_sendable_target, without_offer
from mock_server.stderr import FAILURES, failure_line, print_line
from mock_server.web.router import HandledRequest

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

_LONGEST_IDLE_S = 3600

_LONGEST_HEAD_BYTES = 64 * 1024
_LONGEST_WAITED_FOR_BYTES = 64 * 1024
_FRAMING_PER_BYTE = 16
"""The most bytes of chunk framing per byte of a body: a chunk of one byte has five, and may have an extension."""


def protocol_settings() -> Config:
    """The configuration of uvicorn's protocol: HTTP only, without uvicorn's own headers."""
    settings = Config(
        _respond_in_turn,
        http=Connection,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=_LONGEST_IDLE_S,
    )
    settings.load()
    return settings


async def _respond_in_turn(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """The ASGI application: answers the request that the connection has left in the scope's state."""
    pending, dispatcher, transport = scope["state"]["pending"]
    await pending.respond(dispatcher, AsgiChannel(receive, send, transport))


class Connection(HttpToolsProtocol):
    """A connection whose requests a dispatcher answers.

    Besides `server_state.connections` it uses parts of uvicorn's protocol that are not public: the parser's callbacks,
    `scope`, `cycle` and `pipeline`. So pyproject.toml bounds uvicorn's version.
    """

    def __init__(self, settings: Config, state: ServerState, dispatcher: Dispatcher) -> None:
        super().__init__(settings, state, {})
        self.logger = FAILURES
        self.access_log = False
        self._dispatcher = dispatcher
        # A request to a service behind the mock has to wait for its response.
        self._responds_at_once = dispatcher.application.forwarding is None
        self._renamed_method: str | None = None
        self._completed = 0
        self._is_between = True
        self._is_in_head = False
        self._head_bytes = 0
        self._line = b""
        self._received_bytes = 0
        self._message_bytes = 0
        self._body_bytes = 0
        self._is_refused = False
        self._direct: RawRequest | None = None
        self._pending: PendingRequest | None = None
        self._fields: list[tuple[str, str]] = []
        self._body: list[bytes] = []
        self._without_offer = b""

    # Requests.

    def data_received(self, data: bytes) -> None:
        """Parse the bytes, and answer the requests that are complete."""
        if self._is_refused:
            return
        begins, completed = self._is_between, self._completed
        self._received_bytes = len(data)
        if begins:
            # The request line must be complete before it is known what to rewrite.
            data = self._line + data
            is_whole = b"\n" in data.lstrip(b"\r\n")
            self._line = b"" if is_whole or len(data) > _LONGEST_HEAD_BYTES else data
            if self._line:
                return
        try:
            self._feed(data)
        except HttpParserError as error:
            is_first = begins and completed == self._completed
            self._recover(error, data if is_first else b"")
        if not self._is_between:
            # After another request in the same packet, the size of this one's part is unknown, and small.
            self._check_size(len(data) if completed == self._completed else 0)

    def _check_size(self, received: int) -> None:
        """Bound the head of a request, and the trailers and chunk extensions around its body."""
        if self._is_in_head:
            self._head_bytes += received
            if self._head_bytes > _LONGEST_HEAD_BYTES:
                self._refuse(431, f"The head of a request is limited to {_LONGEST_HEAD_BYTES} bytes.")
            return
        self._message_bytes += received
        if self._message_bytes - self._body_bytes > _LONGEST_HEAD_BYTES + _FRAMING_PER_BYTE * self._body_bytes:
            self._refuse(400, "The trailers or the chunk extensions are too long.")

    def _recover(self, error: HttpParserError, data: bytes) -> None:
        """Rewrite the start of a request that the parser rejects but HTTP allows; refuse anything else."""
        if data and isinstance(error, HttpParserInvalidMethodError | HttpParserInvalidURLError):
            if isinstance(error, HttpParserInvalidMethodError):
                data, self._renamed_method = with_a_known_method(data)
            self._renew_parser()
            try:
                self._feed(with_a_sendable_target(data))
            except HttpParserError as another:
                error = another
            else:
                return
        if isinstance(error, HttpParserCallbackError):
            # Not a parse error: an exception in one of the callbacks.
            print_line(failure_line("", "", error.__context__))
            self._refuse(500, FAILURE)
        else:
            self._refuse(400, f"Invalid HTTP/1.1 request: {error}.")

    def _feed(self, data: bytes) -> None:
        while data and not self.transport.is_closing():
            try:
                self.parser.feed_data(data)
            except HttpParserUpgrade as upgrade:
                data = self._without_offer + data[upgrade.args[0] :]
                self._renew_parser()
            else:
                return

    def _renew_parser(self) -> None:
        self.parser = HttpRequestParser(self)
        # As uvicorn does: ignore what comes after the last request of a connection.
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)

    def on_message_begin(self) -> None:
        """Start a request."""
        self._is_between = False
        self._is_in_head = True
        self._head_bytes = self._message_bytes = self._body_bytes = 0
        self._pending = None
        self.url = b""
        self._fields = []
        self._body = []
        self._without_offer = b""

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header field; ignore trailers (RFC 9110, section 6.5.1)."""
        if self._is_in_head:
            self._fields.append((field_name(name), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        """Decide whether to answer the request at once or to queue it."""
        parser = self.parser
        method, version = parser.get_method(), parser.get_http_version()
        # The parser takes what follows an Upgrade for the other protocol, not for the body.
        if parser.should_upgrade() and method != b"CONNECT":
            self._without_offer = without_offer(method, self.url, version, self._fields)
            return
        self._is_in_head = False
        target, method_sent = self.url.decode("latin-1"), self._renamed_method
        self._renamed_method = None
        peer = self.client[0] if self.client else ""
        request = RawRequest(method_sent or method.decode(), target, version, self._fields, peer)
        problem = framing_problem(request)
        if problem is not None:
            self._refuse(*problem)
            return
        request.head_bytes = self._head_bytes + self._received_bytes
        if self._responds_at_once and self._is_idle() and self._is_to_come_whole(request):
            self._direct = request
        else:
            self._direct = None
            self._pending = PendingRequest(request)
            self._queue(self._pending)

    def on_body(self, body: bytes) -> None:
        """Add a piece of the body."""
        self._body_bytes += len(body)
        if self._is_refused:
            return
        if self._direct is None:
            super().on_body(body)
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Answer the request, or let its task go on."""
        if self._without_offer or self._is_refused:
            return
        self._is_between = True
        self._completed += 1
        request = self._direct
        if request is None:
            super().on_message_complete()
        else:
            request.body = b"".join(self._body)
            self._respond(request)

    def _is_idle(self) -> bool:
        """Whether no earlier request or response is pending."""
        last: RequestResponseCycle | None = self.cycle
        return (last is None or last.response_complete) and not self.flow.write_paused

    def _is_to_come_whole(self, request: RawRequest) -> bool:
        """Whether the body is short, and the client sends it without waiting for a 100 Continue."""
        length = request.get("content-length")
        if length is None:
            return request.get("transfer-encoding") is None
        return request.get("expect") is None and int(length) <= _LONGEST_WAITED_FOR_BYTES

    # Responses.

    def _respond(self, request: RawRequest) -> None:
        if self.transport.is_closing():
            return
        began_s = perf_counter()
        handled = self._dispatcher.respond(request)
        notes = handled.response.notes
        if notes.fault is not None or notes.delay_ms or handled.live is not None:
            self._queue(PendingRequest(request, handled, began_s))
            super().on_message_complete()
            return
        # Before the response is sent, so that its receiver finds the line.
        self._dispatcher.log(request, handled, began_s)
        ends = not self.parser.should_keep_alive() or request.version == "1.0" or request.method == "CONNECT"
        fields, body = fields_and_body(request, handled)
        self.transport.write(head(handled.response.status, fields, ends=ends) + body)
        if ends:
            self.transport.close()

    def _queue(self, pending: PendingRequest) -> None:
        """Let uvicorn run the ASGI application when it is this request's turn."""
        super().on_message_begin()
        # uvicorn must be able to parse the path; the dispatcher has the real one.
        self.url = b"/"
        self.expect_100_continue = pending.request.get("expect") is not None
        self.scope["state"]["pending"] = pending, self._dispatcher, self.transport
        super().on_headers_complete()

    def _refuse(self, status: int, message: str) -> None:
        """Respond to an invalid request after all earlier requests, ignore the rest, and close the connection."""
        if self._is_refused or self.transport.is_closing():
            return
        self._is_refused = True
        response = self._dispatcher.error(status, message)
        if not self._is_between and self._pending is not None:
            # The request is the one with the error. If it has not been carried out, it is refused when its turn comes.
            self.cycle.keep_alive = False
            if self.cycle.response_complete:
                self.transport.close()
            self._pending.refusal = HandledRequest(_closing(response), None)
            super().on_message_complete()
        elif not self._is_idle():
            nothing = RawRequest("", "/", "1.1", [], "")
            self._renew_parser()
            self._queue(PendingRequest(nothing, refusal=HandledRequest(_closing(response), None)))
            super().on_message_complete()
        else:
            fields = [*response.headers, ("Content-Length", str(len(response.body)))]
            self.transport.write(head(status, fields, ends=True) + response.body)
            self.transport.close()
            return
        # Stop reading until all responses that are due have been sent. uvicorn resumes reading
        # only if it has paused it.
        self.transport.pause_reading()
        self.flow.read_paused = False


def _closing(response: HttpResponse) -> HttpResponse:
    return response._replace(headers=(*response.headers, ("Connection", "close")))

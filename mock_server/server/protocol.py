"""The short way through uvicorn: what can be handled at once is, without a task and ASGI's messages.

uvicorn's protocol keeps the connection, which httptools reads, and sees to all that takes time: requests that wait for
another's answer, bodies that are too long or in chunks, clients that ask for leave to send, answers that are late or
broken. All of it happens in the thread of the event loop.
"""

from __future__ import annotations

import logging
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
from mock_server.http.raw_request import RawRequest
from mock_server.server.delayed_response import AsgiChannel, PendingRequest
from mock_server.server.dispatcher import Dispatcher
from mock_server.server.request_head import field_name, with_a_known_method, with_a_sendable_target, without_offer
from mock_server.server.response_bytes import fields_and_body, head
from mock_server.stderr import failure_line, print_line

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

_LONGEST_IDLE_S = 3600

_LONGEST_HEAD_BYTES = 64 * 1024
_LONGEST_WAITED_FOR_BYTES = 64 * 1024


class _Failures(logging.Handler):
    """Prints the errors that nobody foresaw. The rest of what uvicorn reports is nobody's concern."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, Exception):
            print_line(failure_line("", "", error))


_REPORTS = logging.getLogger(__name__)
_REPORTS.propagate = False
_REPORTS.addHandler(_Failures())


def protocol_settings() -> Config:
    """What uvicorn's protocol is to do: nothing of its own beside HTTP."""
    settings = Config(
        _answer_in_turn,
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


async def _answer_in_turn(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """The ASGI application: it answers what had to wait, and knows of it what its connection has left in the state."""
    turn, gateway, transport = scope["state"]["turn"]
    await turn.take(gateway, AsgiChannel(receive, send, transport))


class Connection(HttpToolsProtocol):
    """A connection whose requests a gateway answers.

    Beside `server_state.connections` it uses what uvicorn's protocol has for itself: its parser's callbacks, its
    `scope`, `cycle` and `pipeline`. So its version is bounded.
    """

    def __init__(self, settings: Config, state: ServerState, gateway: Dispatcher) -> None:
        super().__init__(settings, state, {})
        self.logger = _REPORTS
        self.access_log = False
        self._gateway = gateway
        self._odd_method: str | None = None
        self._completed = 0
        self._is_between = True
        self._is_in_head = False
        self._head_bytes = 0
        self._direct: RawRequest | None = None
        self._fields: list[tuple[str, str]] = []
        self._body: list[bytes] = []
        self._without_offer = b""

    # What comes.

    def data_received(self, data: bytes) -> None:
        """Read on, and answer."""
        begins, completed = self._is_between, self._completed
        try:
            self._feed(data)
        except HttpParserError as error:
            is_first = begins and completed == self._completed
            self._recover(error, data if is_first else b"")
        if self._is_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > _LONGEST_HEAD_BYTES:
                self._refuse(431, f"The head of a request may have {_LONGEST_HEAD_BYTES} bytes.")

    def _recover(self, error: HttpParserError, data: bytes) -> None:
        """Say in other words what the parser did not understand of `data`, a beginning of a request; else refuse it."""
        if data and isinstance(error, HttpParserInvalidMethodError | HttpParserInvalidURLError):
            if isinstance(error, HttpParserInvalidMethodError):
                data, self._odd_method = with_a_known_method(data)
            self._renew_parser()
            try:
                self._feed(with_a_sendable_target(data))
            except HttpParserError as another:
                error = another
            else:
                return
        if isinstance(error, HttpParserCallbackError):
            # Nothing that the parser objects to: an error in what it called.
            print_line(failure_line("", "", error.__context__))
            self._refuse(500, FAILURE)
        else:
            self._refuse(400, f"This is no HTTP/1.1 that can be read: {error}.")

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
        # As uvicorn has it: what comes after the last request of a connection is passed over.
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._is_between = False
        self._is_in_head = True
        self._head_bytes = 0
        self.url = b""
        self._fields = []
        self._body = []
        self._without_offer = b""

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field."""
        self._fields.append((field_name(name), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        """Choose the way."""
        parser = self.parser
        method, version = parser.get_method(), parser.get_http_version()
        # What follows an offer of another protocol the parser takes for something in it, and not for the body.
        if parser.should_upgrade() and method != b"CONNECT":
            self._without_offer = without_offer(method, self.url, version, self._fields)
            return
        self._is_in_head = False
        target, odd_method = self.url.decode("latin-1"), self._odd_method
        self._odd_method = None
        peer = self.client[0] if self.client else ""
        came = RawRequest(odd_method or method.decode(), target, version, self._fields, peer)
        if self._is_idle() and self._is_to_come_whole(came):
            self._direct = came
        else:
            self._direct = None
            self._queue(PendingRequest(came))

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        if self._direct is None:
            super().on_body(body)
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Answer."""
        if self._without_offer:
            return
        self._is_between = True
        self._completed += 1
        came = self._direct
        if came is None:
            super().on_message_complete()
        else:
            came.body = b"".join(self._body)
            self._answer(came)

    def _is_idle(self) -> bool:
        """Whether nothing is to be handled or sent before what comes now."""
        last: RequestResponseCycle | None = self.cycle
        return (last is None or last.response_complete) and not self.flow.write_paused

    def _is_to_come_whole(self, came: RawRequest) -> bool:
        """Whether the body of a request is short, and will be there without being asked for."""
        length = came.get("content-length")
        if length is None:
            return came.get("transfer-encoding") is None
        return came.get("expect") is None and int(length) <= _LONGEST_WAITED_FOR_BYTES

    # What goes.

    def _answer(self, came: RawRequest) -> None:
        if self.transport.is_closing():
            return
        began_s = perf_counter()
        handled = self._gateway.answer(came)
        notes = handled.response.notes
        if notes.fault is not None or notes.delay_ms or handled.live is not None:
            self._queue(PendingRequest(came, handled, began_s))
            super().on_message_complete()
            return
        # Before it is sent: who has the answer finds the line.
        self._gateway.log(came, handled, began_s)
        ends = not self.parser.should_keep_alive() or came.version == "1.0" or came.method == "CONNECT"
        fields, body = fields_and_body(came, handled)
        self.transport.write(head(handled.response.status, fields, ends=ends) + body)
        if ends:
            self.transport.close()

    def _queue(self, turn: PendingRequest) -> None:
        """Let uvicorn ask for an answer when its turn has come."""
        super().on_message_begin()
        # The path is the gateway's business; a target need not have one that uvicorn can read.
        self.url = b"/"
        self.expect_100_continue = turn.came.get("expect") is not None
        self.scope["state"]["turn"] = turn, self._gateway, self.transport
        super().on_headers_complete()

    def _refuse(self, status: int, message: str) -> None:
        """Answer what can't be told from one request, and end the connection."""
        if not self.transport.is_closing():
            reply = self._gateway.error(status, message)
            fields = [*reply.headers, ("Content-Length", str(len(reply.body)))]
            self.transport.write(head(status, fields, ends=True) + reply.body)
            self.transport.close()

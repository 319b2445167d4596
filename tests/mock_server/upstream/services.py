"""Services to put behind a mock: scripted ones, and ones that do not even speak HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Received(NamedTuple):
    """A request that a service got; names of `headers` in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Scripted(NamedTuple):
    """A response of a service."""

    status: int
    headers: dict[str, str]
    body: bytes


class Service:
    """A running service: its base URL, the requests that it has got, and an event that is set by the first one."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.reached = threading.Event()
        self.received: list[Received] = []


def json_response(body: bytes, status: int = 200, **headers: str) -> Scripted:
    """A response with a JSON body."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Scripted(status, {"Content-Type": "application/json", **named}, body)


@contextmanager
def scripted(respond: Callable[[Received], Scripted]) -> Iterator[Service]:
    """A service on this machine that sends the responses that `respond` returns."""

    def handle(handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", "0")))
        headers = {name.lower(): text for name, text in handler.headers.items()}
        request = Received(handler.command, handler.path, headers, body)
        service.received.append(request)
        service.reached.set()
        status, fields, content = respond(request)
        handler.send_response(status)
        for name, text in {"Content-Length": str(len(content)), **fields}.items():
            handler.send_header(name, text)
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(content)

    methods = {f"do_{name}": handle for name in ("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE")}
    quiet: dict[str, object] = {"protocol_version": "HTTP/1.1", "log_message": lambda *_: None}
    handler_type = type("Handler", (BaseHTTPRequestHandler,), {**methods, **quiet})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler_type) as server:
        service = Service(f"http://127.0.0.1:{server.server_port}/v1")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def raw(pieces: list[bytes], pause_s: float | None = 0, change: Callable[[bytes], bytes] = bytes) -> Iterator[Service]:
    """A service that sends `pieces` to each connection, whatever it is sent, with a pause after each.

    A pause of None lasts until the end of the test; then the connection stays open. `change` is applied to each piece
    before it is sent.
    """
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)

        def talk(connection: socket.socket) -> None:
            with connection:
                connection.settimeout(5)
                try:
                    connection.recv(65536)
                    service.reached.set()
                    for piece in pieces:
                        connection.sendall(change(piece))
                        ended.wait(pause_s)
                except OSError:
                    return

        def accept() -> None:
            while not ended.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                thread = threading.Thread(target=talk, args=(connection,))
                threads.append(thread)
                thread.start()

        service = Service(f"http://127.0.0.1:{listener.getsockname()[1]}/v1")
        threads = [threading.Thread(target=accept)]
        threads[0].start()
        try:
            yield service
        finally:
            ended.set()
            for thread in threads:
                thread.join()


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port

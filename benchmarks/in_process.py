"""What the mock's own code costs for one request, without a network: requests per second of processor time.

    python -m benchmarks.in_process

Each row is the best of several rounds. `plain` is the mock as it starts; the others show what a part of it costs.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from mock_server.app import MockApp, create_app
from mock_server.recording import FIELDS
from mock_server.settings import read_settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

REQUESTS = 2000
ROUNDS = 7
SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "without a journal": {"journal": 0},
    "with --validate warn": {"validate": "warn"},
}


def environment(method: str, path: str, query: str = "", body: bytes = b"") -> WSGIEnvironment:
    """A request as the mock's own server passes it on."""
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "4010",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:4010",
        FIELDS: [("host", "127.0.0.1:4010")],
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
        "wsgi.input_terminated": True,
    }
    if body:
        environ |= {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/json"}
    return environ


def answered(app: MockApp, environ: WSGIEnvironment, wanted: str) -> bytes:
    """The body of an answer that must have the status `wanted`."""
    began: list[str] = []

    def start(status: str, _headers: Any, _error: Any = None) -> Callable[[bytes], object]:
        began.append(status)
        return lambda _data: None

    body = b"".join(app(environ, start))
    if not began[0].startswith(wanted):
        raise SystemExit(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}: {began[0]}, not {wanted}: {body!r}")
    return body


def rate(app: MockApp, make: Callable[[int], WSGIEnvironment], wanted: str) -> float:
    """Requests per second, at the best of several rounds; `make` makes the request of a number that comes once."""
    best = 0.0
    for number in range(ROUNDS):
        environs = [make(number * REQUESTS + index) for index in range(REQUESTS)]
        began_s = time.process_time()
        for environ in environs:
            answered(app, environ, wanted)
        best = max(best, REQUESTS / (time.process_time() - began_s))
    return best


def reading(path: str, query: str, _index: int) -> WSGIEnvironment:
    """A request to read what is at `path`."""
    return environment("GET", path, query)


def register(index: int) -> WSGIEnvironment:
    """A request to register a number that comes once; they reach nobody, for nobody listens."""
    body = json.dumps({"number": f"+442079460{index:05}", "name": "x"}).encode()
    return environment("POST", "/api/phones", body=body)


def main() -> None:
    """Print the table."""
    print("| | list/s | get/s | register/s |\n| --- | --- | --- | --- |")
    for name, given in SETTINGS.items():
        app = create_app(settings=read_settings({"log": "off", **given}, {}))
        page = json.loads(answered(app, environment("GET", "/api/phones"), "200"))
        item = f"/api/phones/{page['phones'][0]['uuid']}"
        rates = (
            rate(app, partial(reading, "/api/phones", "limit=10"), "200"),
            rate(app, partial(reading, item, ""), "200"),
            rate(app, register, "201"),
        )
        print(f"| {name} | {' | '.join(f'{one:,.0f}' for one in rates)} |")


if __name__ == "__main__":
    main()

"""What the mock's own code costs for one request, without a network: microseconds of processor time.

    python -m benchmarks.in_process [--json]

Each row is the best of several rounds. `plain` is the mock as it starts; the others show what a part of it costs.
With --json it prints the figures of `plain` alone. `benchmarks.compare` runs this file with the interpreter and the
mock of another commit, so it imports nothing but the mock.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from mock_server.app import MockApp, create_app
from mock_server.settings import read_settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

REQUESTS = 1000
ROUNDS = 7
PLAIN = "plain"
SETTINGS: Mapping[str, dict[str, Any]] = {
    PLAIN: {},
    "without a journal": {"journal": 0},
    "with --validate warn": {"validate": "warn"},
}
BROKEN = json.dumps({"number": "0171", "nmae": "x", "type": "shard"}).encode()


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
        "mock_server.fields": [("host", "127.0.0.1:4010")],
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


def cost_us(app: MockApp, make: Callable[[int], WSGIEnvironment], wanted: str) -> float:
    """Microseconds of a request, in the best of several rounds; `make` makes one of a number that comes once."""
    best_s = float("inf")
    for number in range(ROUNDS):
        environs = [make(number * REQUESTS + index) for index in range(REQUESTS)]
        began_s = time.process_time()
        for environ in environs:
            answered(app, environ, wanted)
        best_s = min(best_s, time.process_time() - began_s)
    return best_s / REQUESTS * 1e6


def reading(path: str, query: str, _index: int) -> WSGIEnvironment:
    """A request to read what is at `path`."""
    return environment("GET", path, query)


def register(index: int) -> WSGIEnvironment:
    """A request to register a number that comes once; they reach nobody, for nobody has their calling code."""
    body = json.dumps({"number": f"+999{index:011}", "name": "x"}).encode()
    return environment("POST", "/api/phones", body=body)


def invalid(_index: int) -> WSGIEnvironment:
    """A request to register with three mistakes."""
    return environment("POST", "/api/phones", body=BROKEN)


def costs_us(settings: Mapping[str, Any]) -> dict[str, float]:
    """What each request costs a mock with these settings."""
    app = create_app(settings=read_settings({"log": "off", **settings}, {}))
    page = json.loads(answered(app, environment("GET", "/api/phones"), "200"))
    item = f"/api/phones/{page['phones'][0]['uuid']}"
    return {
        "list": cost_us(app, partial(reading, "/api/phones", "limit=10"), "200"),
        "get": cost_us(app, partial(reading, item, ""), "200"),
        "register": cost_us(app, register, "201"),
        "invalid": cost_us(app, invalid, "400" if settings.get("validate") != "warn" else "201"),
    }


def main() -> None:
    """Print the table, or the figures."""
    if "--json" in sys.argv[1:]:
        print(json.dumps(costs_us(SETTINGS[PLAIN])))
        return
    print("| microseconds | list | get | register | invalid |\n| --- | --- | --- | --- | --- |")
    for name, settings in SETTINGS.items():
        print(f"| {name} | {' | '.join(f'{one:,.0f}' for one in costs_us(settings).values())} |")


if __name__ == "__main__":
    main()

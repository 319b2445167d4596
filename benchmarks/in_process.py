"""CPU time of the mock's own code for one request, without a network, in microseconds.

    python -m benchmarks.in_process [--json]

Each row is the best of several rounds. `plain` is the mock with its defaults; the other rows show the cost of one
feature, and `through Flask` the cost once a user has registered a hook. With --json it prints only the figures of
`plain`, for `benchmarks.compare`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from mock_server.http.raw_request import RawRequest
from mock_server.server.dispatcher import Dispatcher
from mock_server.settings.settings import read_settings
from mock_server.web.app import MockApp, create_app

REQUESTS = 2000
ROUNDS = 7
PLAIN, THROUGH_FLASK = "plain", "through Flask"
SETTINGS: Mapping[str, dict[str, Any]] = {
    PLAIN: {},
    "without a journal": {"journal": 0},
    "with --validate warn": {"validate": "warn"},
    THROUGH_FLASK: {},
}
BROKEN = json.dumps({"number": "0171", "nmae": "x", "type": "shard"}).encode()


def raw_request(method: str, path: str, query: str = "", body: bytes = b"") -> RawRequest:
    """A request as the mock's server receives it."""
    fields = [("host", "127.0.0.1:4010")]
    if body:
        fields += [("content-length", str(len(body))), ("content-type", "application/json")]
    request = RawRequest(method, f"{path}?{query}" if query else path, "1.1", fields, "127.0.0.1")
    request.body = body
    return request


def body_of_response(dispatcher: Dispatcher, request: RawRequest, wanted: int) -> bytes:
    """The body of the response. Exits with a message if its status is not `wanted`."""
    response = dispatcher.respond(request).response
    if response.status != wanted:
        raise SystemExit(f"{request.method} {request.target}: {response.status}, not {wanted}: {response.body!r}")
    return response.body


def cost_us(dispatcher: Dispatcher, make: Callable[[int], RawRequest], wanted: int) -> float:
    """Microseconds for a request in the best of several rounds; `make` gets a number that is unique to each request."""
    best_s = float("inf")
    for number in range(ROUNDS):
        requests = [make(number * REQUESTS + index) for index in range(REQUESTS)]
        began_s = time.process_time()
        for request in requests:
            body_of_response(dispatcher, request, wanted)
        best_s = min(best_s, time.process_time() - began_s)
    return best_s / REQUESTS * 1e6


def reading(path: str, query: str, _index: int) -> RawRequest:
    """A GET request of `path`."""
    return raw_request("GET", path, query)


def register(index: int) -> RawRequest:
    """A request to register a unique number under the unassigned calling code +999."""
    return raw_request("POST", "/api/phones", body=json.dumps({"number": f"+999{index:011}", "name": "x"}).encode())


def invalid(_index: int) -> RawRequest:
    """A request to register with three violations."""
    return raw_request("POST", "/api/phones", body=BROKEN)


def made(name: str) -> MockApp:
    """The application of a row."""
    app = create_app(settings=read_settings({"log": "off", **SETTINGS[name]}, {}))
    if name == THROUGH_FLASK:
        app.before_request(lambda: None)
    return app


def costs_us(name: str) -> dict[str, float]:
    """The CPU time of each request with the settings of a row."""
    dispatcher = Dispatcher(made(name), ("127.0.0.1", 4010), "http")
    page = json.loads(body_of_response(dispatcher, raw_request("GET", "/api/phones"), 200))
    item = f"/api/phones/{page['phones'][0]['uuid']}"
    return {
        "list in a session": cost_us(dispatcher, partial(reading, "/__s/mine/api/phones", "limit=10"), 200),
        "list": cost_us(dispatcher, partial(reading, "/api/phones", "limit=10"), 200),
        "get": cost_us(dispatcher, partial(reading, item, ""), 200),
        "register": cost_us(dispatcher, register, 201),
        "invalid": cost_us(dispatcher, invalid, 201 if "validate" in SETTINGS[name] else 400),
    }


def main() -> None:
    """Print the table, or the figures."""
    if "--json" in sys.argv[1:]:
        print(json.dumps(costs_us(PLAIN)))
        return
    print(
        "| microseconds | list in a session | list | get | register | invalid |\n| --- | --- | --- | --- | --- | --- |"
    )
    for name in SETTINGS:
        print(f"| {name} | {' | '.join(f'{one:,.0f}' for one in costs_us(name).values())} |")


if __name__ == "__main__":
    main()

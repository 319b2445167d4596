"""Random requests to a mock of the phone API: valid, invalid, forced and unusual. Every response is checked.

    python -m tests.mock_server.random_requests 10000 --seed 1

sends 10,000 requests over HTTP, and exits with 1 if a status, a header or a body is not as declared.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from http.client import HTTPConnection
from itertools import islice
from random import Random
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

import click

import fixtures
from mock_server import MockServer
from mock_server.web.self_check import CheckedResponse, ResponseChecker
from openapi import Contract

TOKEN = "t0ken"
_METHODS = [*["GET"] * 6, *["POST"] * 5, *["PATCH"] * 5, "DELETE", "HEAD", "HEAD", "OPTIONS", "PUT", "TRACE"]
_PATHS = [
    "/api/phones/x",
    "/api/phones/%00",
    "/api/phones/a%2Fb",
    "/api/phones/",
    "/phones",
    "/api",
    "/",
    "/api//phones",
]
_NAMES = ["search", "status", "type", "page", "limit", "__code", "__example", "__delay", "Page", "page[]", "%ff"]
_TEXTS = [
    "",
    "1",
    "2",
    "0",
    "-1",
    "1e2",
    "100",
    "101",
    "9" * 400,
    "active",
    "ordered",
    "409",
    "taken",
    "x" * 201,
    "%F0%9F%93%9E",
    "%",
    "%2B1",
    "a&b",
]
_PREFERENCES = [
    "code=200",
    "code=401",
    "code=404",
    "code=409",
    "code=418",
    "example=taken",
    "code=abc",
    "delay=0",
    "wait=1",
    "code=400, example=x",
    "=",
]
_TYPES = [
    "application/json",
    "application/json",
    "application/json; charset=utf-8",
    "application/json; charset=latin-1",
    "text/plain",
    "",
    "*/*",
]
_BODIES = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'{"number": 1e999}',
    b'{"number": "\xff"}',
    b'{"name": "\\ud800"}',
    b'{"a": 1, "a": 2}',
    b"[" * 3000,
    b'{"name": "' + b"x" * 101 + b'"}',
]
_TOKENS = [TOKEN] * 12 + ["mock-401", "mock-429", "other", ""]


class Sent(NamedTuple):
    """A request. `target` is its path with its query, as they are sent."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Draw:
    """Draws requests: with a random choice, of those that the document allows and of others."""

    def __init__(self, contract: Contract) -> None:
        phone = contract.resources["phone"]
        self._good = [
            *map(_encoded, fixtures.registrations(contract, phone, 200, 3)),
            *map(_encoded, fixtures.updates(contract, phone, 100, 3)),
        ]
        self._bad = [_encoded(one.body) for one in fixtures.invalid_requests(contract) if one.location == "body"]
        self._bad_queries = [one.query for one in fixtures.invalid_requests(contract) if one.location == "query"]

    def request(self, random: Random, keys: Sequence[str]) -> Sent:
        """A request; `keys` are those of existing records."""
        method = random.choice(_METHODS)
        headers = {"Content-Type": random.choice(_TYPES), "Prefer": _rarely(random, 6, _PREFERENCES)}
        headers |= {
            "Authorization": f"Bearer {random.choice(_TOKENS)}",
            "Accept": random.choice(["*/*", "text/html", ""]),
        }
        headers |= {"Origin": _rarely(random, 4, ["http://localhost:5173", "null"])}
        body = b""
        if method in ("POST", "PATCH", "PUT") or random.randrange(20) == 0:
            body = random.choice(random.choice([self._good, self._good, self._bad, _BODIES]))
        target = self._path(random, method, keys) + self._query(random)
        return Sent(method, target, {name: value for name, value in headers.items() if value}, body)

    def _path(self, random: Random, method: str, keys: Sequence[str]) -> str:
        if random.randrange(12) == 0:
            return random.choice(_PATHS)
        on_one = method in ("PATCH", "DELETE") or (method != "POST" and random.randrange(2) == 0)
        return f"/api/phones/{quote(random.choice(keys), safe='')}" if on_one and keys else "/api/phones"

    def _query(self, random: Random) -> str:
        if random.randrange(2):
            return ""
        if random.randrange(4) == 0:
            return f"?{random.choice(self._bad_queries)}"
        pairs = [f"{random.choice(_NAMES)}={random.choice(_TEXTS)}" for _ in range(random.randrange(1, 4))]
        return "?" + "&".join(pairs)


def _encoded(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass")


def _rarely(random: Random, one_in: int, values: Sequence[str]) -> str:
    return random.choice(values) if random.randrange(one_in) == 0 else ""


@click.command()
@click.argument("count", type=int)
@click.option("--seed", type=int, default=0, show_default=True)
def command(count: int, seed: int) -> None:
    """Send COUNT random requests, and check every response."""
    statuses: Counter[int] = Counter()
    wrong: list[str] = []
    with (
        MockServer(seed=seed, token=TOKEN, log="off") as mock,
        closing(HTTPConnection(urlsplit(mock.url).netloc)) as connection,
    ):
        contract, random = mock.app.mock.contract, Random(seed)
        draw, judge = Draw(contract), ResponseChecker(contract)
        for operation_id in contract.operations:
            rule = {"operationId": operation_id, "fault": "too-many-requests", "probability": 0.05}
            connection.request("POST", "/__mock/rules", json.dumps(rule), {"Content-Type": "application/json"})
            connection.getresponse().read()
        for _ in range(count):
            keys = [str(record["uuid"]) for record in islice(mock.app.mock.state["phone"].records(), 20)]
            sent = draw.request(random, keys)
            connection.request(sent.method, sent.target, sent.body or None, sent.headers)
            response = connection.getresponse()
            headers = {name.lower(): value for name, value in response.getheaders()}
            checked = CheckedResponse(
                sent.method,
                unquote(urlsplit(sent.target).path.replace("%2F", "%252F")),
                response.status,
                headers,
                response.read(),
            )
            statuses[checked.status] += 1
            found = judge.check(checked)
            if found is not None:
                wrong.append(f"{sent}: {checked.status}: {found}")
    for text in wrong[:10]:
        click.echo(text, err=True)
    click.echo(f"{count} requests, {len(wrong)} responses not as declared; statuses: {dict(sorted(statuses.items()))}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    command()

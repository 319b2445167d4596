"""A service that is down, slow, or sends garbage: 502 and 504 in the document's format, and the mock goes on."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from random import Random
from typing import Any

import pytest
import requests

from mock_server.server.server import MockServer
from openapi import Contract
from tests.mock_server.upstream.services import Received, Scripted, Service, free_port, json_response, raw, scripted

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
GARBAGE: dict[str, tuple[list[bytes], str]] = {
    "nothing": ([], "closed the connection without a response"),
    "not HTTP": ([b"SSH-2.0-OpenSSH_9.6\r\n"], "not an HTTP response"),
    "binary": ([bytes(range(256)) * 4], "not an HTTP response"),
    "half a head": ([b"HTTP/1.1 200 OK\r\nContent-Ty"], "closed the connection without a response"),
    "half a body": ([_HEAD + b"Content-Length: 100\r\n\r\n{"], "sent an incomplete or wrongly encoded response"),
    "a broken chunk": ([_HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"], "The upstream service"),
    "not gzip": ([_HEAD + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain"], "wrongly encoded response"),
    "two lengths": ([_HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}"], "not an HTTP response"),
    "a control character": ([_HEAD + b"X-A: a\x01b\r\nContent-Length: 2\r\n\r\n{}"], "header that HTTP does not allow"),
    "an endless head": ([_HEAD, *[b"X-A: " + b"a" * 8000 + b"\r\n"] * 40], "The upstream service"),
    "an endless line": ([b"HTTP/1.1 200 " + b"a" * 100_000], "The upstream service"),
    "an upgrade": ([b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"], "another protocol"),
}


DRIPPING_HEAD = [bytes((byte,)) for byte in _HEAD]


def assert_failed(mock: MockServer, status: int, message: str) -> None:
    """The mock returns this error in the document's format, without the address, and goes on."""
    address = mock.app.mock.settings.upstream
    assert address is not None
    response = requests.get(f"{mock.url}/phones", timeout=20)
    body = response.json()
    assert (response.status_code, body["success"]) == (status, False)
    assert message in body["message"]
    assert response.headers["X-Mock-Source"] == "upstream"
    assert address.url.split("/")[2] not in response.text
    assert requests.post(f"{mock.url}/phones", json={"number": "+12025550143"}, timeout=20).status_code == 201


@pytest.mark.parametrize("name", GARBAGE)
def test_invalid_responses_become_502(contract: Contract, name: str) -> None:
    """If the service sends anything but a response, the client gets a 502 that says what is wrong."""
    pieces, message = GARBAGE[name]
    with raw(pieces) as service, MockServer(contract, upstream=service.url, empty=True) as mock:
        assert_failed(mock, 502, message)


_VALID = _HEAD + b'X-A: b\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n{"phones": []\r\n1\r\n}\r\n0\r\n\r\n'


def changed(chance: Random, data: bytes) -> bytes:
    """A response with some bytes replaced, removed, inserted or repeated."""
    for _ in range(chance.randint(1, 6)):
        start = chance.randrange(len(data))
        end = start + chance.randint(0, 5)
        middle = chance.choice([b"", chance.randbytes(end - start), data[start:end] * 2])
        data = data[:start] + middle + data[end:] or b"\0"
    return data


def test_mutated_responses_always_get_a_response(contract: Contract) -> None:
    """A randomly mutated response is forwarded or becomes 502; the mock goes on either way."""
    with (
        raw([_VALID], change=partial(changed, Random(5))) as service,
        MockServer(contract, upstream=service.url, upstream_mode="compare", upstream_timeout=1, learn=True) as mock,
        requests.Session() as client,
    ):
        statuses = {client.get(f"{mock.url}/phones", timeout=10, allow_redirects=False).status_code for _ in range(150)}
        assert {200, 502} <= statuses
        assert client.post(f"{mock.url}/phones", json={"number": "+12025550143"}, timeout=10).status_code == 201


def test_a_refused_connection_becomes_502(contract: Contract) -> None:
    """A service that does not listen is a 502."""
    with MockServer(contract, upstream=f"http://127.0.0.1:{free_port()}/v1", empty=True) as mock:
        assert_failed(mock, 502, "The upstream service can't be reached.")


def test_an_unresolvable_host_becomes_502(contract: Contract) -> None:
    """A host name that can't be resolved is a 502 (RFC 6761 reserves the name)."""
    with MockServer(contract, upstream="http://nowhere.invalid/v1", empty=True) as mock:
        assert_failed(mock, 502, "The upstream service")


@pytest.mark.parametrize("pieces", [[], [_HEAD], DRIPPING_HEAD, [_HEAD + b"Content-Length: 999\r\n\r\n", *[b"{"] * 99]])
def test_a_slow_service_becomes_504(contract: Contract, pieces: list[bytes]) -> None:
    """The limit applies to the whole response, even if it arrives byte by byte."""
    with (
        raw([*pieces, b""], 0.05 if len(pieces) > 1 else None) as service,
        MockServer(contract, upstream=service.url, upstream_timeout=0.5, empty=True) as mock,
    ):
        assert_failed(mock, 504, "The upstream service did not answer within 0.5 s.")


def test_a_slow_service_blocks_no_other_request(contract: Contract) -> None:
    """While one request waits for the upstream service, the mock responds to another."""
    with ExitStack() as running, ExitStack() as waiting:
        service = waiting.enter_context(raw([_HEAD], None))
        mock = running.enter_context(MockServer(contract, upstream=service.url, upstream_timeout=60, empty=True))
        slow = threading.Thread(target=requests.get, args=(f"{mock.url}/phones",), kwargs={"timeout": 60})
        slow.start()
        assert service.reached.wait(20)
        response = requests.post(f"{mock.url}/phones", json={"number": "+442079460000"}, timeout=20)
        assert (response.status_code, slow.is_alive()) == (201, True)
        waiting.close()
        slow.join()


def too_much(_request: Received) -> Scripted:
    """A response of 17 MiB, which is small while it is compressed."""
    return json_response(gzip.compress(b" " * (17 * 1024 * 1024)), Content_Encoding="gzip")


def elsewhere(request: Received) -> Scripted:
    """A redirect to another host, or round in a circle."""
    target = request.target if "circle" in request.target else "http://127.0.0.2:9/"
    return Scripted(302, {"Location": target}, b"")


def test_an_oversized_response_becomes_502(contract: Contract) -> None:
    """The limit applies to the decoded body."""
    with scripted(too_much) as service, MockServer(contract, upstream=service.url, empty=True) as mock:
        assert_failed(mock, 502, "sent more than 16777216 bytes")


def test_a_redirect_to_another_host_is_not_followed(contract: Contract) -> None:
    """A redirect to another host is not followed, since the credentials are for one host only."""
    with scripted(elsewhere) as service, MockServer(contract, upstream=service.url, empty=True) as mock:
        assert_failed(mock, 502, "redirects to another host")
        response = requests.get(f"{mock.url}/phones?search=circle", timeout=10)
        assert (response.status_code, len(service.received)) == (502, 1 + 6)
        assert "redirects more than 5 times" in response.json()["message"]


def test_a_write_is_never_sent_twice(contract: Contract) -> None:
    """A write is not retried after a broken connection, since the service may have carried it out."""
    with raw([]) as service, MockServer(contract, upstream=service.url, upstream_writes=True) as mock:
        response = requests.post(f"{mock.url}/phones", json={"number": "+12025550143"}, timeout=10)
        assert response.status_code == 502


@pytest.fixture
def text() -> Iterator[Service]:
    """A service that says it sends JSON and does not."""
    with scripted(lambda _: json_response(b'{"phones": [')) as service:
        yield service


def test_non_json_bodies_are_forwarded_and_checked(contract: Contract, text: Service) -> None:
    """A body that is not JSON is forwarded; the journal says where the JSON ends."""
    with MockServer(contract, upstream=text.url, learn=True) as mock:
        assert requests.get(f"{mock.url}/phones", timeout=10).text == '{"phones": ['
        root = mock.url.replace("/api", "/__mock/")
        (entry,) = requests.get(f"{root}requests", timeout=10).json()["requests"]
        assert entry["deviations"][0]["message"].startswith("is not valid JSON: line 1")
        assert requests.get(f"{root}state", timeout=10).json() == []


def test_failures_are_counted(contract: Contract) -> None:
    """/__mock/upstream counts forwarded requests and failures; the journal has the reason."""
    with raw([]) as service, MockServer(contract, upstream=service.url) as mock:
        requests.get(f"{mock.url}/phones", timeout=10)
        root = mock.url.replace("/api", "/__mock/")
        shown: dict[str, Any] = requests.get(f"{root}upstream", timeout=10).json()
        assert shown["operations"]["listPhones"] == {"mode": "forward", "forwarded": 1, "failed": 1}
        (entry,) = requests.get(f"{root}requests", timeout=10).json()["requests"]
        assert entry["message"] == "The upstream service closed the connection without a response."
        assert json.dumps(entry).count(service.url.split("/")[2]) == 0

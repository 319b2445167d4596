"""The requests to the servers, and the checks of their responses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.phones import Phones
from benchmarks.questions import QUESTIONS, response_times
from benchmarks.responses import check
from benchmarks.servers import SERVERS
from mock_server.server.server import MockServer
from openapi import PHONES, load

COUNT = 40
OURS = SERVERS[0]


@pytest.fixture(scope="module")
def phones(tmp_path_factory: pytest.TempPathFactory) -> Phones:
    """The phones that the mock starts with."""
    return Phones(tmp_path_factory.mktemp("phones"), COUNT)


@pytest.fixture
def port(phones: Phones) -> Iterator[int]:
    """The port of a mock with these phones."""
    with MockServer(load(PHONES), data=phones.array(), log="off") as mock:
        yield urlsplit(mock.url).port or 0


def test_the_mock_passes_the_check(port: int, phones: Phones) -> None:
    """The mock passes the check of every server and keeps its phones."""
    assert check(OURS, port, phones) == phones.first(1)[0]["uuid"]
    assert check(OURS, port, phones) == phones.first(1)[0]["uuid"]


def test_a_server_with_another_api_fails_the_check(port: int, phones: Phones) -> None:
    """A server with another API fails the check; the error names the request."""
    api = replace(OURS.api, list="/api/phones?status=nowhere")
    with pytest.raises(BenchmarkError, match=r"^GET /api/phones\?status=nowhere: expected 200, got 400$"):
        check(replace(OURS, api=api), port, phones)


def test_a_server_with_other_phones_fails_the_check(port: int, phones: Phones) -> None:
    """A server with other phones than it was started with fails the check."""
    with pytest.raises(BenchmarkError, match="does not hold the phones it was started with"):
        check(OURS, port, replace(phones, count=COUNT - 1))


def test_every_measured_request_passes(port: int) -> None:
    """Each request is sent several times, even if it is slow, and the mock passes all of them."""
    times = response_times(OURS, port, COUNT, seconds=0)
    assert list(times) == list(QUESTIONS)
    assert all(0 < one.median <= one.worst < float("inf") for one in times.values())


def test_a_wrong_search_result_ends_the_measurement(port: int) -> None:
    """A search with a wrong result ends the measurement; the error names the request."""
    api = replace(OURS.api, search="/api/phones?page=1&ignored={text}")
    with pytest.raises(BenchmarkError, match=r"GET /api/phones\?page=1&ignored=nobody%200: finds 40 phones"):
        response_times(replace(OURS, api=api), port, COUNT, seconds=0)

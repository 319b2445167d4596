"""Servers are asked as they are measured, and what they answer is judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from benchmarks.answers import check
from benchmarks.errors import BenchmarkError
from benchmarks.phones import Phones
from benchmarks.questions import QUESTIONS, asked
from benchmarks.servers import SERVERS
from mock_server.server.server import MockServer
from openapi import PHONES, load

COUNT = 40
OURS = SERVERS[0]


@pytest.fixture(scope="module")
def phones(tmp_path_factory: pytest.TempPathFactory) -> Phones:
    """The phones that the mock is given."""
    return Phones(tmp_path_factory.mktemp("phones"), COUNT)


@pytest.fixture
def port(phones: Phones) -> Iterator[int]:
    """Where a mock listens that has them."""
    with MockServer(load(PHONES), data=phones.array(), log="off") as mock:
        yield urlsplit(mock.url).port or 0


def test_right_answers(port: int, phones: Phones) -> None:
    """The mock answers as is demanded of every server, and is left with the phones that it had."""
    assert check(OURS, port, phones) == phones.first(1)[0]["uuid"]
    assert check(OURS, port, phones) == phones.first(1)[0]["uuid"]


def test_wrong_answers(port: int, phones: Phones) -> None:
    """A server whose interface is not the one that it is said to have is told apart, with what was asked."""
    api = replace(OURS.api, list="/api/phones?status=nowhere")
    with pytest.raises(BenchmarkError, match=r"^GET /api/phones\?status=nowhere: is answered with 400, not 200$"):
        check(replace(OURS, api=api), port, phones)


def test_other_phones(port: int, phones: Phones) -> None:
    """A server that has other phones than it was given is told apart."""
    with pytest.raises(BenchmarkError, match="holds other phones than it was given"):
        check(OURS, port, replace(phones, count=COUNT - 1))


def test_every_question_is_answered(port: int) -> None:
    """Each question is asked some times, however long it takes, and the mock knows the answer to all of them."""
    times = asked(OURS, port, COUNT, seconds=0)
    assert list(times) == list(QUESTIONS)
    assert all(0 < one.median <= one.worst < float("inf") for one in times.values())


def test_question_that_is_answered_wrongly(port: int) -> None:
    """A search that finds what it must not find ends the measurement, with what was asked."""
    api = replace(OURS.api, search="/api/phones?page=1&ignored={text}")
    with pytest.raises(BenchmarkError, match=r"GET /api/phones\?page=1&ignored=nobody%200: finds 40 phones"):
        asked(replace(OURS, api=api), port, COUNT, seconds=0)

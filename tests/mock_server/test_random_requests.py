"""Every request gets a declared response."""

from __future__ import annotations

from random import Random

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.settings.settings import Settings
from mock_server.web.app import create_app
from mock_server.web.self_check import ResponseChecker
from openapi import Contract
from tests.mock_server import random_requests
from tests.mock_server.random_requests import TOKEN, Draw
from tests.mock_server.support import Caller


@pytest.fixture(scope="module")
def draw(contract: Contract) -> Draw:
    """The source of random requests."""
    return Draw(contract)


@pytest.fixture(scope="module")
def call(contract: Contract) -> Caller:
    """A caller of a mock with phones that checks its own responses."""
    return Caller(create_app(contract, Settings(seed=1, token=TOKEN, self_check=True)))


@settings(deadline=None, derandomize=True, max_examples=60)
@given(random=st.randoms(use_true_random=False))
def test_every_response_is_declared(call: Caller, draw: Draw, random: Random) -> None:
    """Valid, invalid, forced and unusual requests get a declared status, declared header fields and a valid body."""
    call.reset()
    for _ in range(20):
        keys = [str(record["uuid"]) for record in call.app.mock.state["phone"].records()]
        sent = draw.request(random, keys)
        # The caller's mock raises if its self-check fails.
        call.app.test_client().open(sent.target, method=sent.method, headers=sent.headers, data=sent.body)
    assert call.app.self_check is not None
    assert call.app.self_check.failures == []


def test_the_command_counts_undeclared_responses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command sends the given number of requests, and exits with 1 if a response is not declared."""
    done = CliRunner().invoke(random_requests.command, ["30", "--seed", "2"])
    assert done.exit_code == 0
    assert done.output.startswith("30 requests, 0 responses not as declared; statuses: {")
    monkeypatch.setattr(
        ResponseChecker, "check", lambda _judge, response: None if response.status != 405 else "undeclared"
    )
    done = CliRunner().invoke(random_requests.command, ["30", "--seed", "2"])
    assert done.exit_code == 1

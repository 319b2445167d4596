"""Fixtures of the mock's tests."""

from __future__ import annotations

import pytest

from openapi import PHONES, Contract, load
from tests.mock_server.support import Caller, FrozenClock, caller_of


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The packaged contract, read once."""
    return load(PHONES)


@pytest.fixture
def clock() -> FrozenClock:
    """The clock of `call`."""
    return FrozenClock()


@pytest.fixture
def call(contract: Contract, clock: FrozenClock) -> Caller:
    """A caller of an empty mock of the phone API."""
    return caller_of(contract, clock)

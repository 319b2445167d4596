"""Fixtures of the contract check's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mock_server import MockServer
from openapi import PHONES, Contract, load


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The packaged contract."""
    return load(PHONES)


@pytest.fixture
def service(contract: Contract) -> Iterator[MockServer]:
    """A service with 12 foreign phones."""
    with MockServer(contract, seed=3) as server:
        yield server

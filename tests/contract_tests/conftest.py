"""Fixtures of the contract check's tests."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from mock_server import MockServer
from openapi import PHONES, Contract, load


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The packaged contract."""
    return load(PHONES)


@pytest.fixture(autouse=True)
def _no_wait_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ledgers of tests need not outlive a power cut."""
    monkeypatch.setattr(os, "fsync", lambda _file: None)


@pytest.fixture
def service(contract: Contract) -> Iterator[MockServer]:
    """A service with 12 foreign phones."""
    with MockServer(contract, seed=3) as server:
        yield server


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Check each document with as many seeds as `--seeds` says."""
    if "each_seed" in metafunc.fixturenames:
        metafunc.parametrize("each_seed", range(1, metafunc.config.getoption("--seeds") + 1))

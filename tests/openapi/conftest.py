"""Fixtures of the reader's tests."""

from __future__ import annotations

import pytest

from openapi import PHONES, Contract, load


@pytest.fixture(scope="session")
def phones() -> Contract:
    """The contract of the phone API."""
    return load(PHONES)

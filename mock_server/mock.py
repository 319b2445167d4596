"""A mock without a framework or a server: a contract, its operations, its records."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from random import Random

from mock_server.clock import Clock, SystemClock
from mock_server.exchange import Exchange
from mock_server.operations import State
from mock_server.resources import World
from mock_server.settings import Settings
from openapi import PHONES, Contract, load


class SeedError(ValueError):
    """Records that a mock can't begin with. The message says which, and why."""


@dataclass(frozen=True, slots=True)
class Mock:
    """What a request is answered with."""

    contract: Contract
    settings: Settings
    exchange: Exchange
    state: State


def build_mock(
    contract: Contract | Path | None = None, settings: Settings | None = None, clock: Clock | None = None
) -> Mock:
    """A mock of `contract` (or of the document at a path, or of `settings.spec`, or of the packaged document).

    Raises SpecError for a document that can't be served, and SeedError for records it can't begin with.
    """
    settings = settings or Settings()
    if not isinstance(contract, Contract):
        contract = load(contract or settings.spec or PHONES)
    state = World(contract).new(clock or SystemClock(), Random(settings.seed))
    if not settings.empty:
        # Whoever begins with nothing need not wait for the generator.
        import_module("mock_server.seeding").seed(contract, state, settings)
    return Mock(contract, settings, Exchange(contract, settings.token), state)

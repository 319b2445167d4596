"""A mock without a framework or a server: a contract, its operations, its records."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from random import Random

from mock_server.clock import Clock, SystemClock
from mock_server.operations.handlers import Handlers
from mock_server.records.collection import Snapshot, State, image_of
from mock_server.records.resource_rules import StateFactory
from mock_server.sessions.session import InitialState, Sessions
from mock_server.settings.base_path import moved
from mock_server.settings.session_settings import Delay
from mock_server.settings.settings import Settings, SettingsError
from openapi import PHONES, Contract, load
from openapi.document.node import suggestion


@dataclass(frozen=True, slots=True)
class Mock:
    """What a request is answered with."""

    contract: Contract
    settings: Settings
    handlers: Handlers
    sessions: Sessions
    beginning: InitialState
    snapshots: dict[str, Snapshot] = field(default_factory=dict)

    @property
    def state(self) -> State:
        """The records of those who name no session."""
        return self.sessions.default.state


def check_delays(delays: Mapping[str, Delay], operations: Collection[str]) -> None:
    """Raise ValueError where a delay is for an operation that there is not."""
    for name in delays:
        if name and name not in operations:
            raise ValueError(f"there is no operation {name!r}: {suggestion(name, operations)}")


def build_mock(
    contract: Contract | Path | None = None, settings: Settings | None = None, clock: Clock | None = None
) -> Mock:
    """A mock of `contract` (or of the document at a path, or of `settings.spec`, or of the packaged document).

    Raises SpecError for a document that can't be served, SeedError for records it can't begin with, and SettingsError
    for a setting that speaks of what the document has not.
    """
    settings = settings or Settings()
    if not isinstance(contract, Contract):
        contract = load(contract or settings.spec or PHONES)
    if settings.base_path is not None:
        contract = moved(contract, settings.base_path)
    try:
        check_delays(settings.behaviour.delays, contract.operations)
    except ValueError as error:
        raise SettingsError(f"--delay: {error}") from None
    base, world = clock or SystemClock(), StateFactory(contract)
    state = world.new(base, Random(settings.seed))
    if not settings.empty:
        # Whoever begins with nothing need not wait for the generator.
        import_module("mock_server.sessions.seeding").seed(contract, state, settings)
    beginning = InitialState(world, image_of(state), settings, base)
    handlers = Handlers(contract, settings.token)
    mock = Mock(contract, settings, handlers, Sessions(beginning, time.monotonic), beginning)
    if settings.state is not None:
        import_module("mock_server.sessions.seeding").restore(contract, mock.sessions.default, settings.state)
    return mock

"""A mock without a framework or a server: a contract, its handlers, its sessions."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from types import MappingProxyType

from mock_server.clock import Clock, SystemClock
from mock_server.operations.handlers import Handlers
from mock_server.recording.recorder import Recorder
from mock_server.records.resource_rules import StateFactory
from mock_server.records.state import Snapshot, State, snapshot_of
from mock_server.sessions.seeding import restore, seed
from mock_server.sessions.session import InitialState, Sessions
from mock_server.settings.base_path import moved
from mock_server.settings.settings import Settings, SettingsError
from mock_server.stderr import print_line
from mock_server.upstream.client import UpstreamClient
from mock_server.upstream.modes import check_modes
from mock_server.upstream.upstream import Upstream
from openapi import PHONES, Contract, SpecError, load
from openapi.contract import Inference
from openapi.document.node import suggestion

_MISTAKES = (ArithmeticError, AttributeError, LookupError, RecursionError, SpecError, TypeError, ValueError)
"""What a wrong inference may raise."""


@dataclass(frozen=True, slots=True)
class Mock:
    """Everything needed to answer requests."""

    contract: Contract
    settings: Settings
    handlers: Handlers
    sessions: Sessions
    initial_state: InitialState
    recorder: Recorder
    upstream: Upstream | None = None
    snapshots: dict[str, Snapshot] = field(default_factory=dict)

    @property
    def state(self) -> State:
        """The records of the default session."""
        return self.sessions.default.state


def check_delays(names: Iterable[str], operations: Collection[str]) -> None:
    """Raise ValueError for a delay of an unknown operation."""
    for name in names:
        if name and name not in operations:
            raise ValueError(f"unknown operation {name!r}: {suggestion(name, operations)}")


def build_mock(
    contract: Contract | Path | None = None, settings: Settings | None = None, clock: Clock | None = None
) -> Mock:
    """A mock of `contract` (or of the document at a path, or of `settings.spec`, or of the phone API).

    Raises SpecError for a document that can't be served, SeedError for invalid initial records, and SettingsError for a
    setting that names what the document does not have. If what was inferred can't be served, all operations respond
    with examples, and a warning says why.
    """
    settings = settings or Settings()
    if not isinstance(contract, Contract):
        file = contract or settings.spec or PHONES
        contract = load(file, settings.applied_overlays, settings.allow_ref_outside, not settings.no_infer)
    elif settings.overlays:
        raise SettingsError("--overlay: the contract is already loaded; pass the overlays to openapi.load")
    if settings.base_path is not None:
        contract = moved(contract, settings.base_path)
    _check_names(contract, settings)
    base = clock or SystemClock()
    try:
        return _built(contract, settings, base)
    except _MISTAKES as error:
        if not (contract.inference and contract.resources) or settings.data or settings.state:
            raise
        print_line(f"warning: can't infer state; all operations respond with examples: {error!r}")
        inference = Inference(undecided={"every operation": f"the inferred resources can't be served: {error!r}"})
        return _built(replace(contract, resources=MappingProxyType({}), inference=inference), settings, base)


def _built(contract: Contract, settings: Settings, base: Clock) -> Mock:
    state_factory = StateFactory(contract)
    state = state_factory.new(base, Random(settings.seed))
    if not settings.starts_empty:
        seed(contract, state, settings)
    initial_state = InitialState(state_factory, snapshot_of(state), settings, base)
    handlers = Handlers(contract, settings.token, settings.seed)
    recorder = Recorder(contract)
    upstream = _upstream(contract, handlers, settings, recorder)
    sessions = Sessions(initial_state, time.monotonic)
    mock = Mock(contract, settings, handlers, sessions, initial_state, recorder, upstream)
    if settings.state is not None:
        restore(contract, mock.sessions.default, settings.state)
    return mock


def _check_names(contract: Contract, settings: Settings) -> None:
    """Raise SettingsError for settings of an unknown operation, or of one that can't have them."""
    try:
        check_delays(settings.session_settings.delays, contract.operations)
    except ValueError as error:
        raise SettingsError(f"--delay: {error}") from None
    if settings.upstream is not None:
        try:
            check_modes(settings.session_settings.modes, contract.operations, writes=settings.upstream.writes)
        except ValueError as error:
            raise SettingsError(f"--upstream-mode: {error}") from None


def _upstream(contract: Contract, handlers: Handlers, settings: Settings, recorder: Recorder) -> Upstream | None:
    if settings.upstream is None:
        return None
    return Upstream(contract, handlers, settings, recorder, UpstreamClient(settings.upstream))

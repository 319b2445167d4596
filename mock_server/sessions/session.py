"""Sessions: isolated states behind one address."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from random import Random
from threading import Lock

from mock_server.clock import Clock, MockClock
from mock_server.records.resource_rules import StateFactory
from mock_server.records.state import Snapshot, State, size_of, snapshot_of, written_bytes
from mock_server.sessions.journal import EntryLimit, Journal
from mock_server.sessions.rules import Rule, RuleBook
from mock_server.settings.session_settings import Quota, SessionSettings
from mock_server.settings.settings import Settings

DEFAULT = "default"
"""The name of the session for requests that don't name one."""

_NAME = re.compile(r"[A-Za-z0-9._~-]{1,100}")
MOST_STATE_BYTES = 512 * 1024 * 1024
"""The limit of records in all sessions together, for loaded ones and for those written one by one."""
_LOOKS_EVERY = 256
"""After how many requests to named sessions the limit of written records is checked."""

_MOST_ENTRIES = 50_000
"""The limit for all journals together; beyond it, the sessions idle for longest lose their entries."""


class SeedError(ValueError):
    """Invalid initial records. The message says which and why."""


class SessionNameError(ValueError):
    """An invalid name of a session. The message says what is allowed."""


@dataclass(frozen=True, slots=True)
class InitialState:
    """The initial state of every session."""

    state_factory: StateFactory
    snapshot: Snapshot
    settings: Settings
    clock: Clock

    def random(self) -> Random:
        """The source of random choices; the seed decides them if there is one."""
        return _ANYTHING if self.settings.seed is None else Random(self.settings.seed)


_ANYTHING = Random()


class Session:
    """A session: its own records, rules, clock, journal, settings and random choices.

    `state` is replaced as a whole, so a reader sees either the old or the new state.
    """

    def __init__(self, name: str, initial_state: InitialState, entry_limit: EntryLimit) -> None:
        self.name = name
        self.used_s = 0.0
        self._initial_state = initial_state
        self.state: State = {}
        self.clock = MockClock(initial_state.clock, initial_state.settings.now)
        self.rules = RuleBook()
        self.journal = Journal(name, self.clock, initial_state.settings.journal, entry_limit)
        self._begin()

    def _begin(self) -> None:
        self.chance = self._initial_state.random()
        self._identifiers = self._initial_state.random()
        self.settings = self._initial_state.settings.session_settings
        self.is_plain = self.settings.is_plain
        self._window = (0.0, 0)
        self.show(self.made(self._initial_state.snapshot))

    def made(self, snapshot: Snapshot | None) -> State:
        """A state for this session, empty or with the records of `snapshot`. `show` puts it in place."""
        return self._initial_state.state_factory.new(self.clock, self._identifiers, snapshot)

    def show(self, state: State) -> None:
        """Answer from `state` from now on."""
        for collection in state.values():
            collection.apply_transitions(self.settings.lifecycle)
        self.state = state

    def reset(self) -> None:
        """Return to the initial records, rules, clock, journal, settings and random choices."""
        self.clock.reset()
        self.rules.clear()
        self.journal.clear()
        self._begin()

    def use_initial_state(self, initial_state: InitialState) -> None:
        """Make states for a reloaded document from now on."""
        self._initial_state = initial_state

    def keep_rules(self, wanted: Callable[[Rule], bool]) -> None:
        """Drop the rules that are not `wanted`."""
        for rule in self.rules.all():
            if not wanted(rule):
                self.rules.remove(rule.id)
        self.update_fast_path()

    def change_settings(self, session_settings: SessionSettings) -> None:
        """Change the settings."""
        changed = session_settings.lifecycle is not self.settings.lifecycle
        self.settings = session_settings
        if changed:
            self.show(self.state)
        self.update_fast_path()

    def update_fast_path(self) -> None:
        """Call this after adding or removing rules: it decides whether requests skip the simulation."""
        self.is_plain = self.settings.is_plain and not self.rules

    def is_over(self, quota: Quota) -> bool:
        """Count a request, and say whether it exceeds the quota."""
        now_s = self.clock.now().timestamp()
        began_s, count = self._window
        if not began_s <= now_s < began_s + quota.window_s:
            began_s, count = now_s, 0
        self._window = (began_s, count + 1)
        return count >= quota.requests

    def rest_of(self, quota: Quota) -> int:
        """The whole seconds until the quota's next window."""
        began_s, _ = self._window
        return max(1, ceil(began_s + quota.window_s - self.clock.now().timestamp()))


class Sessions:
    """All sessions: the default one, and named ones, bounded in number and in idle time.

    `entry_limit` bounds the entries of all their journals together.
    """

    def __init__(self, initial_state: InitialState, time_s: Callable[[], float]) -> None:
        settings = initial_state.settings
        self._initial_state = initial_state
        self._most = settings.sessions
        self._longest_idle_s = settings.session_age
        self._time_s = time_s
        self.entry_limit = EntryLimit(max(_MOST_ENTRIES, 4 * settings.journal))
        self._lock = Lock()
        self._named: OrderedDict[str, Session] = OrderedDict()
        self.default = Session(DEFAULT, initial_state, self.entry_limit)
        self._gets = 0

    def __len__(self) -> int:
        return len(self._named) + 1

    def get(self, name: str) -> Session:
        """The session called `name`, created if it is new. Raises SessionNameError."""
        if name == DEFAULT:
            return self.default
        now_s = self._time_s()
        with self._lock:
            self._forget(now_s)
            session = self._named.get(name)
            if session is None:
                session = self._named[name] = self._begun(name)
            session.used_s = now_s
            self._named.move_to_end(name)
            self._forget(now_s)
            if self.entry_limit.is_spent:
                self._shed()
            self._gets += 1
            if not self._gets % _LOOKS_EVERY:
                self._shed_records(session)
        return session

    def use_initial_state(self, initial_state: InitialState) -> None:
        """Start new sessions from another state from now on."""
        self._initial_state = initial_state

    def all(self) -> list[Session]:
        """Every session, the default one first."""
        with self._lock:
            self._forget(self._time_s())
            return [self.default, *self._named.values()]

    def drop(self, name: str) -> bool:
        """Delete a session. Returns whether it existed; the default one is never deleted."""
        with self._lock:
            session = self._named.pop(name, None)
            if session is not None:
                session.journal.clear()
        return session is not None

    def trim(self, used: Session) -> None:
        """Delete the sessions idle for longest, except `used` and the default, until all records fit the limit."""
        with self._lock:
            states = {name: snapshot_of(session.state) for name, session in self._named.items()}
            others = [snapshot_of(used.state), snapshot_of(self.default.state)]
            for name, session in list(self._named.items()):
                if size_of([*states.values(), *others]) <= MOST_STATE_BYTES:
                    return
                if session is not used:
                    del self._named[name], states[name]
                    session.journal.clear()

    def _shed_records(self, used: Session) -> None:
        """Delete the sessions idle for longest while the records written to named sessions exceed the limit."""
        sizes = {name: written_bytes(session.state) for name, session in self._named.items()}
        total = sum(sizes.values())
        for name, session in list(self._named.items()):
            if total <= MOST_STATE_BYTES:
                return
            if session is not used and sizes[name] > 0:
                total -= sizes[name]
                del self._named[name]
                session.journal.clear()

    def _begun(self, name: str) -> Session:
        if not _NAME.fullmatch(name):
            shown = name if len(name) <= 100 else f"{name[:97]}..."
            raise SessionNameError(f"invalid session name {shown!r}; use up to 100 letters, digits and . _ ~ -")
        return Session(name, self._initial_state, self.entry_limit)

    def _forget(self, now_s: float) -> None:
        # The most recently used session is last.
        while self._named:
            oldest = next(iter(self._named.values()))
            if len(self._named) <= self._most and oldest.used_s + self._longest_idle_s >= now_s:
                return
            self._named.popitem(last=False)[1].journal.clear()

    def _shed(self) -> None:
        """Clear the journals of the sessions idle for longest, until a quarter of the limit is free."""
        for session in self._named.values():
            if self.entry_limit.held <= self.entry_limit.most * 3 // 4:
                return
            session.journal.clear()

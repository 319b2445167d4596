"""Sessions: worlds that know nothing of each other, behind one address."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from random import Random
from threading import Lock

from mock_server.clock import Clock, MockClock
from mock_server.http.messages import HttpResponse
from mock_server.http.raw_request import RawRequest
from mock_server.records.collection import Snapshot, State
from mock_server.records.resource_rules import StateFactory
from mock_server.sessions.journal import LONGEST_BODY_BYTES, Entry, EntryLimit, Journal, kept_response
from mock_server.sessions.rules import Rule, RuleBook
from mock_server.settings.session_settings import Quota, SessionSettings
from mock_server.settings.settings import Settings

DEFAULT = "default"
"""The name of the session of those who name none."""

_NAME = re.compile(r"[A-Za-z0-9._~-]{1,100}")
_MOST_ENTRIES = 50_000
"""How many journal entries all sessions together may have; then those not used for the longest time lose theirs."""


class SeedError(ValueError):
    """Records that a mock can't begin with. The message says which, and why."""


class SessionNameError(ValueError):
    """A text that is no name of a session. The message says what one looks like."""


@dataclass(frozen=True, slots=True)
class InitialState:
    """What every session begins with."""

    world: StateFactory
    image: Snapshot
    settings: Settings
    clock: Clock

    def random(self) -> Random:
        """Choices that the seed decides, or nobody."""
        return _ANYTHING if self.settings.seed is None else Random(self.settings.seed)


_ANYTHING = Random()


class Session:
    """One world: records, rules, clock, journal, behaviour and random choices of its own.

    `state` is replaced as a whole, never emptied and filled again: who has it sees all of the old or all of the new.
    """

    def __init__(self, name: str, beginning: InitialState, budget: EntryLimit) -> None:
        self.name = name
        self.used_s = 0.0
        self._beginning = beginning
        self.state: State = {}
        self.clock = MockClock(beginning.clock, beginning.settings.now)
        self.rules = RuleBook()
        self.journal = Journal(beginning.settings.journal, budget)
        self._begin()

    def _begin(self) -> None:
        self.chance = self._beginning.random()
        self._identifiers = self._beginning.random()
        self.behaviour = self._beginning.settings.behaviour
        self.is_plain = self.behaviour.is_plain
        self._window = (0.0, 0)
        self.show(self.made(self._beginning.image))

    def made(self, image: Snapshot | None) -> State:
        """A state for this session: empty, or with what `image` holds. It is not shown before `show` is called."""
        return self._beginning.world.new(self.clock, self._identifiers, image)

    def show(self, state: State) -> None:
        """Answer from `state` from now on."""
        for collection in state.values():
            collection.live(self.behaviour.lifecycle)
        self.state = state

    def reset(self) -> None:
        """Be as at the beginning: records, rules, clock, journal, behaviour, random choices."""
        self.clock.reset()
        self.rules.clear()
        self.journal.clear()
        self._begin()

    def use_initial_state(self, beginning: InitialState) -> None:
        """Make states for the world of another document from now on."""
        self._beginning = beginning

    def keep_rules(self, wanted: Callable[[Rule], bool]) -> None:
        """Drop all other rules."""
        for rule in self.rules.all():
            if not wanted(rule):
                self.rules.remove(rule.id)
        self.update_fast_path()

    def behave(self, behaviour: SessionSettings) -> None:
        """Treat requests in another way from now on."""
        changed = behaviour.lifecycle is not self.behaviour.lifecycle
        self.behaviour = behaviour
        if changed:
            self.show(self.state)
        self.update_fast_path()

    def update_fast_path(self) -> None:
        """Take notice that rules have come or gone: whether requests may take the short way."""
        self.is_plain = self.behaviour.is_plain and not self.rules

    def note(
        self,
        request: RawRequest,
        path: str,
        body: bytes | None,
        operation_id: str,
        path_values: Mapping[str, str],
        response: HttpResponse,
    ) -> Entry | None:
        """Add a request and its response to the journal. Returns the entry; None if the journal is off.

        `path` is decoded; `operation_id` is empty if the request names no operation.
        """
        journal = self.journal
        if not journal.is_kept:
            return None
        entry = Entry(
            journal.next_number(),
            self.clock.now(),
            self.name,
            request.method,
            path,
            request.query,
            request.fields,
            body if body is None or len(body) <= LONGEST_BODY_BYTES else body[:LONGEST_BODY_BYTES],
            operation_id,
            path_values,
            response.status,
            response.notes,
            kept_response(response.headers, response.body),
        )
        journal.add(entry)
        return entry

    def is_over(self, quota: Quota) -> bool:
        """Whether one more request, which is counted here, is one too many for the quota."""
        now_s = self.clock.now().timestamp()
        began_s, count = self._window
        if not began_s <= now_s < began_s + quota.window_s:
            began_s, count = now_s, 0
        self._window = (began_s, count + 1)
        return count >= quota.requests

    def rest_of(self, quota: Quota) -> int:
        """How many whole seconds it is until the quota's next window."""
        began_s, _ = self._window
        return max(1, ceil(began_s + quota.window_s - self.clock.now().timestamp()))


class Sessions:
    """Every session: the default one, and those that requests have named, bounded in number and in idle time.

    `budget` bounds the entries of all their journals together.
    """

    def __init__(self, beginning: InitialState, time_s: Callable[[], float]) -> None:
        settings = beginning.settings
        self._beginning = beginning
        self._most = settings.sessions
        self._longest_idle_s = settings.session_age
        self._time_s = time_s
        self.budget = EntryLimit(max(_MOST_ENTRIES, 4 * settings.journal))
        self._lock = Lock()
        self._named: OrderedDict[str, Session] = OrderedDict()
        self.default = Session(DEFAULT, beginning, self.budget)

    def __len__(self) -> int:
        return len(self._named) + 1

    def get(self, name: str) -> Session:
        """The session called `name`, which is there from now on. Raises SessionNameError."""
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
            if self.budget.is_spent:
                self._shed()
        return session

    def use_initial_state(self, beginning: InitialState) -> None:
        """Begin new sessions in another way from now on."""
        self._beginning = beginning

    def all(self) -> list[Session]:
        """Every session that is there, the default one first."""
        with self._lock:
            self._forget(self._time_s())
            return [self.default, *self._named.values()]

    def drop(self, name: str) -> bool:
        """Forget a session. Returns whether it was there; the default one stays."""
        with self._lock:
            session = self._named.pop(name, None)
            if session is not None:
                session.journal.clear()
        return session is not None

    def _begun(self, name: str) -> Session:
        if not _NAME.fullmatch(name):
            shown = name if len(name) <= 100 else f"{name[:97]}..."
            raise SessionNameError(f"{shown!r} is no name of a session; write up to 100 letters, digits and . _ ~ -")
        return Session(name, self._beginning, self.budget)

    def _forget(self, now_s: float) -> None:
        """The one used last is at the end, so what is too old, or too much, is at the front."""
        while self._named:
            oldest = next(iter(self._named.values()))
            if len(self._named) <= self._most and oldest.used_s + self._longest_idle_s >= now_s:
                return
            self._named.popitem(last=False)[1].journal.clear()

    def _shed(self) -> None:
        """Take the journals of those that were not used for the longest time, until a quarter of the room is free."""
        for session in self._named.values():
            if self.budget.held <= self.budget.most * 3 // 4:
                return
            session.journal.clear()

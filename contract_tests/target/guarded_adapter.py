"""The only way to the target: an adapter with the guard, the ledger, the rate and the budget."""

from __future__ import annotations

import itertools
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import requests

from contract_tests.target.bounded_http import BoundedAdapter, is_success
from contract_tests.target.guard import SAFE, Allowed, Guard, Outgoing, Refused
from contract_tests.target.ledger import UNDER_WAY, Ledger
from contract_tests.target.ownership import Before, NotJudgedError, Ownership
from openapi.envelope import Envelope
from openapi.json_value import JsonValue, json_or_none, value_at

_TRIES = 2
_MOST_WAITS = 20
_LONGEST_WAIT_S = 60.0


class RefusedRequestError(requests.RequestException):
    """A request that the guard refused."""


class BudgetSpentError(Exception):
    """The budget of requests or of time is spent. `str()` of it says which."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a run; None means unlimited.

    `max_time_s` counts from the first request. A response may take `timeout_s` in all, and have `most_bytes`. One that
    takes longer than `slow_s` is slow.
    """

    rate_per_s: float | None = None
    max_requests: int | None = None
    max_time_s: float | None = None
    timeout_s: float = 10.0
    most_bytes: int = 10_000_000
    slow_s: float | None = None


class GuardedAdapter(BoundedAdapter):
    """Sends requests that the guard allows, within the limits, and writes the records that they create to the ledger.

    `on_slow` is called with each request that gets a slow response. Without `ownership` every record at the target is
    ours.
    """

    def __init__(
        self,
        guard: Guard,
        ledger: Ledger,
        limits: Limits,
        on_slow: Callable[[Outgoing], None] = lambda _request: None,
    ) -> None:
        super().__init__(limits.most_bytes, pool_maxsize=32)
        self.ownership: Ownership | None = None
        self._guard = guard
        self._ledger = ledger
        self._limits = limits
        self._on_slow = on_slow
        self._began_s: float | None = None
        self._next_s = 0.0
        self._lock = threading.Lock()
        self._halted = threading.Event()
        self.sent = 0
        self.sent_by: Counter[str] = Counter()
        """How many requests each property has sent, by its name."""
        self.answered: Counter[tuple[str, str, bytes, int]] = Counter()
        """How often each request got each status, by method, URL, body and status."""
        self.removals = 0
        """How many of the requests were to remove records of the run; they don't count for the budget."""
        self.retried = 0
        self.waited = 0
        self.unlimited = False
        """Whether the budget no longer counts: created records are removed even if it is spent."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send `request` (requests.adapters.HTTPAdapter).

        Raises RefusedRequestError, BudgetSpentError and NotJudgedError before anything is sent.
        """
        del args
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        if not isinstance(body, bytes):
            raise RefusedRequestError("a streamed body can't be checked; send it whole")
        outgoing = Outgoing(str(request.method), str(request.url), body)
        decision = self._admitted(outgoing)
        before = self._prepare(outgoing, decision)
        resource, bodies = decision.creates, _records(decision, decision.sent, body)
        numbers = [self._ledger.creating(resource, one) for one in bodies] if resource else []
        response = self._sent(request, decision, kwargs)
        self._note(decision, numbers, before, response)
        if self.ownership is not None:
            self.ownership.saw(outgoing.url, outgoing.method, response)
        with self._lock:
            self.answered[outgoing.method, outgoing.url, body, response.status_code] += 1
        if self._limits.slow_s is not None and response.elapsed.total_seconds() > self._limits.slow_s:
            self._on_slow(outgoing)
        return response

    def halt(self) -> None:
        """Let properties send nothing more, and end their waits; removals at the end of the run are still sent."""
        self._halted.set()

    @contextmanager
    def without_budget(self) -> Iterator[None]:
        """Within this context, requests are sent even if the budget is spent or the run was interrupted."""
        before, self.unlimited = self.unlimited, True
        try:
            yield
        finally:
            self.unlimited = before

    def prepare(self, method: str, url: str) -> None:
        """Prepare a write, so that the write itself is sent without delay. Raises NotJudgedError."""
        decision = self._guard.may_send(Outgoing(method, url), self._ledger)
        if isinstance(decision, Allowed) and not decision.creates:
            self._prepare(Outgoing(method, url), decision)

    def _admitted(self, outgoing: Outgoing) -> Allowed:
        with self._lock:
            decision = self._guard.may_send(outgoing, self._ledger)
            if isinstance(decision, Refused):
                record = self._guard.record_of(outgoing)
                if record is not None and record[1] in self._ledger.foreign.get(record[0], ()):
                    raise NotJudgedError(self._ledger.stopped)
                raise RefusedRequestError(decision.reason)
            self._spend(decision)
        return decision

    def _prepare(self, outgoing: Outgoing, decision: Allowed) -> list[Before]:
        """Make sure that a write is to a record of ours, or creates one; returns what is known before each create."""
        if self.ownership is None or outgoing.method in SAFE:
            return []
        if decision.creates:
            bodies = _records(decision, decision.sent, outgoing.body)
            return [self.ownership.before_create(decision.creates, one) for one in bodies]
        record = self._guard.record_of(outgoing)
        if record is not None:
            self.ownership.ensure(*record)
        return []

    def _spend(self, decision: Allowed) -> None:
        """Count a request. Raises BudgetSpentError."""
        if decision.removes is None and not self.unlimited:
            self.check_budget()
        self.removals += decision.removes is not None
        self.sent += 1
        self.sent_by[UNDER_WAY.get()] += 1

    def check_budget(self) -> None:
        """Raise BudgetSpentError if the run may send nothing more, except for removals."""
        now_s = time.monotonic()
        self._began_s = self._began_s or now_s
        most, longest_s = self._limits.max_requests, self._limits.max_time_s
        if self._halted.is_set():
            raise BudgetSpentError("the run was interrupted")
        if most is not None and self.sent - self.removals >= most:
            raise BudgetSpentError(f"the budget of {most:,} requests is spent")
        if longest_s is not None and now_s - self._began_s > longest_s:
            raise BudgetSpentError(f"the budget of {longest_s:g} seconds is spent")

    def _may_repeat(self, decision: Allowed) -> bool:
        """Whether the budget allows sending a request again; if so, it is counted."""
        try:
            with self._lock:
                self._spend(decision)
        except BudgetSpentError:
            return False
        return True

    def _sent(self, request: requests.PreparedRequest, decision: Allowed, options: dict[str, Any]) -> requests.Response:
        failures = 0
        for waits in itertools.count(1):
            self._wait()
            try:
                with _guarded():
                    response = self.send_bounded(request, self._limits.timeout_s, **options)
            except requests.ConnectionError as error:
                failures += 1
                final = isinstance(error, requests.Timeout) or request.method not in SAFE or failures == _TRIES
                if final or not self._may_repeat(decision):
                    raise
                self.retried += 1
                continue
            if response.status_code != 429 or waits == _MOST_WAITS or not self._may_repeat(decision):
                return response
            self.waited += 1
            self._pause(_retry_after_s(response))
        raise AssertionError("the loop returns or raises")

    def _wait(self) -> None:
        interval_s = 1 / self._limits.rate_per_s if self._limits.rate_per_s else 0.0
        with self._lock:
            now_s = time.monotonic()
            wait_s = max(0.0, self._next_s - now_s)
            self._next_s = max(self._next_s, now_s) + interval_s
        self._pause(wait_s)

    def _pause(self, seconds: float) -> None:
        if self.unlimited:
            time.sleep(seconds)
        elif seconds:
            self._halted.wait(seconds)

    def _note(self, decision: Allowed, numbers: list[int], before: list[Before], response: requests.Response) -> None:
        if numbers and decision.creates is not None:
            self._note_create(decision, decision.creates, numbers, before, response)
        if decision.removes is not None and (is_success(response) or response.status_code == 404):
            self._ledger.removed(*decision.removes)

    def _note_create(
        self, decision: Allowed, resource: str, numbers: list[int], before: list[Before], response: requests.Response
    ) -> None:
        if not is_success(response):
            for number in numbers:
                self._ledger.refuse(number)
        elif self.ownership is not None and decision.many:
            self.ownership.created_together(resource, numbers, response, before, decision.shown)
        elif self.ownership is not None:
            self.ownership.created(resource, numbers[0], response, before[0])
        else:
            shown = _records(decision, decision.shown, response.content)
            keys = [self._guard.resources[resource].key_of(one) for one in shown]
            for number, key in zip_longest(numbers, keys[: len(numbers)]):
                self._ledger.answered(number, None if key is None else str(key))


class UnguardedConnectionError(RuntimeError):
    """Something in this process opened a connection outside the guard."""


_inside = threading.local()
_armed: list[int] = []


@contextmanager
def _guarded() -> Iterator[None]:
    _inside.depth = getattr(_inside, "depth", 0) + 1
    try:
        yield
    finally:
        _inside.depth -= 1


@contextmanager
def no_other_connections() -> Iterator[None]:
    """Within this context, only a GuardedAdapter can open network connections in this process.

    The audit hook of the interpreter (PEP 578) is below every HTTP library, so it also stops code that creates its own
    session. Raises UnguardedConnectionError in the code that tries.
    """
    if not _hooked:
        _hooked.append(True)
        sys.addaudithook(_audit)
    _armed.append(1)
    try:
        yield
    finally:
        _armed.pop()


_hooked: list[bool] = []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect" or not _armed or getattr(_inside, "depth", None):
        return
    address = arguments[1]
    if isinstance(address, tuple):
        raise UnguardedConnectionError(f"a connection to {address[0]}:{address[1]} was opened outside the guard")


def _records(decision: Allowed, envelope: Envelope, body: bytes) -> list[dict[str, JsonValue]]:
    """The fields of the record in a body, or of each of several."""
    value = value_at(json_or_none(body), envelope.record)
    found = value if decision.many and isinstance(value, list) else [value]
    return [one if isinstance(one, dict) else {} for one in found]


def _retry_after_s(response: requests.Response) -> float:
    text = response.headers.get("Retry-After", "1")
    return min(float(text), _LONGEST_WAIT_S) if text.isdecimal() else 1.0

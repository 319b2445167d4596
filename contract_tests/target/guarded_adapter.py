"""The only way to the target: an adapter with the guard, the ledger, the rate and the budget."""

from __future__ import annotations

import itertools
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from contract_tests.target.guard import SAFE, Allowed, Guard, Outgoing, Refused
from contract_tests.target.ledger import Ledger
from openapi.contract import JsonValue

_TRIES = 3
_MOST_WAITS = 20
_LONGEST_WAIT_S = 60.0


class RefusedRequestError(requests.RequestException):
    """A request that the guard refused."""


class BudgetSpentError(Exception):
    """The budget of requests or of time is spent. `str()` of it says which."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a run; None is no limit. `max_time_s` counts from the first request."""

    rate_per_s: float | None = None
    max_requests: int | None = None
    max_time_s: float | None = None


class GuardedAdapter(HTTPAdapter):
    """Sends requests that the guard allows, within the limits, and notes in the ledger what they create.

    `keys` are the key fields of the resources, by name. `watch` is called with each request and its response.
    """

    def __init__(
        self,
        guard: Guard,
        ledger: Ledger,
        keys: Mapping[str, str],
        limits: Limits,
        watch: Callable[[Outgoing, requests.Response], None],
    ) -> None:
        super().__init__(pool_maxsize=32)
        self._guard = guard
        self._ledger = ledger
        self._keys = keys
        self._limits = limits
        self._watch = watch
        self._began_s: float | None = None
        self._next_s = 0.0
        self._lock = threading.Lock()
        self.sent = 0
        self.retried = 0
        self.waited = 0
        self.unlimited = False
        """Whether the budget no longer counts: created records are removed even if it is spent."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send `request` (requests.adapters.HTTPAdapter).

        Raises RefusedRequestError and BudgetSpentError before anything is sent.
        """
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        if not isinstance(body, bytes):
            raise RefusedRequestError("a streamed body can't be checked; send it whole")
        outgoing = Outgoing(str(request.method), str(request.url), body)
        with self._lock:
            self._spend()
            decision = self._guard.may_send(outgoing, self._ledger)
            if isinstance(decision, Refused):
                raise RefusedRequestError(decision.reason)
            number = self._ledger.creating(decision.creates, _object(body)) if decision.creates else None
        response = self._sent(request, args, kwargs)
        with self._lock:
            self._note(decision, number, response)
        self._watch(outgoing, response)
        return response

    def _spend(self) -> None:
        now_s = time.monotonic()
        self._began_s = self._began_s or now_s
        if self.unlimited:
            return
        most, longest_s = self._limits.max_requests, self._limits.max_time_s
        if most is not None and self.sent >= most:
            raise BudgetSpentError(f"the budget of {most:,} requests is spent")
        if longest_s is not None and now_s - self._began_s > longest_s:
            raise BudgetSpentError(f"the budget of {longest_s:g} seconds is spent")

    def _sent(self, request: requests.PreparedRequest, args: Any, kwargs: Any) -> requests.Response:
        failures = 0
        for waits in itertools.count(1):
            self._wait()
            try:
                with _guarded():
                    response = super().send(request, *args, **kwargs)
            except (requests.ConnectionError, requests.Timeout):
                failures += 1
                if request.method not in SAFE or failures == _TRIES:
                    raise
                self.retried += 1
                continue
            if response.status_code != 429 or waits == _MOST_WAITS:
                return response
            self.waited += 1
            time.sleep(_retry_after_s(response))
        raise AssertionError("the loop returns or raises")

    def _wait(self) -> None:
        interval_s = 1 / self._limits.rate_per_s if self._limits.rate_per_s else 0.0
        with self._lock:
            self.sent += 1
            now_s = time.monotonic()
            wait_s = max(0.0, self._next_s - now_s)
            self._next_s = max(self._next_s, now_s) + interval_s
        if wait_s:
            time.sleep(wait_s)

    def _note(self, decision: Allowed, number: int | None, response: requests.Response) -> None:
        if number is not None and decision.creates is not None:
            key = _object(response.content).get(self._keys[decision.creates]) if _succeeded(response) else None
            self._ledger.answered(number, None if key is None else str(key))
        if decision.removes is not None and (_succeeded(response) or response.status_code == 404):
            self._ledger.removed(*decision.removes)


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


def _succeeded(response: requests.Response) -> bool:
    """Whether the request was carried out; after a redirect (3xx) it was not."""
    return 200 <= response.status_code < 300


def _object(body: bytes) -> dict[str, JsonValue]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _retry_after_s(response: requests.Response) -> float:
    text = response.headers.get("Retry-After", "1")
    return min(float(text), _LONGEST_WAIT_S) if text.isdecimal() else 1.0

"""Runs the properties of a run, alone or several at the same time. Findings are made when nothing else runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import NamedTuple

from hypothesis.errors import Flaky

from contract_tests.findings.finding import PropertyFailedError, RawFailure
from contract_tests.findings.raised import FindingRaisedError, unsteady
from contract_tests.properties import CATALOGUE
from contract_tests.properties.property import Property
from contract_tests.resource.resource_client import ALONE, ResourceClient, Turn
from contract_tests.runner.run import Run
from contract_tests.target.client import NoResponseError, TargetLostError
from contract_tests.target.guarded_adapter import BudgetSpentError
from contract_tests.target.ledger import under_way
from contract_tests.target.ownership import NotJudgedError
from openapi import Role


@dataclass
class Attempt:
    """The outcome of a property, before its findings are shrunk.

    `error` is the failure that ended it, `unknown` why it could not be judged. It took `seconds`.
    """

    api: ResourceClient
    error: Exception | None = None
    unknown: NotJudgedError | None = None
    seconds: float = 0.0

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Notes how the property ends within this context. Raises errors that end the whole run."""
        try:
            yield
        except (BudgetSpentError, TargetLostError):
            raise
        except NotJudgedError as caught:
            self.unknown = caught
        except Exception as caught:
            if isinstance(caught, Flaky):
                # Hypothesis runs an example again that the end of the budget has cut off, and reports the difference.
                self.api.client.adapter.check_budget()
            if not self.api.failures and not isinstance(caught, NoResponseError):
                if not _is_unanswered(caught):
                    raise
                self.unknown = NotJudgedError("a request got no response, but got one when it was sent again")
                return
            self.error = caught

    @property
    def failure(self) -> RawFailure | None:
        """The failure that ended the property."""
        if isinstance(self.error, PropertyFailedError):
            return self.error.failure
        failures = self.api.failures
        if self.error is None:
            return None
        return failures[0] if failures else self.api.expect.unanswered(str(self.error))


def attempted(api: ResourceClient, code: str, check: Callable[[ResourceClient], None]) -> Attempt:
    """Run a property: start with a clean client, note how it ends, and remove its records.

    Raises errors that end the whole run.
    """
    attempt, began_s = Attempt(api), time.monotonic()
    api.prepare(code)
    try:
        with attempt.noted():
            check(api)
        _judge_pages(attempt)
    finally:
        _delete_created(attempt)
    attempt.seconds = time.monotonic() - began_s
    return attempt


def concluded(run: Run, attempt: Attempt) -> None:
    """Turn the failures and differences of a property into findings. Nothing else may run.

    Raises FindingRaisedError if a claim failed, and NotJudgedError.
    """
    run.met |= attempt.api.met
    for difference in attempt.api.differences:
        if run.is_new(difference):
            run.find(difference.failure)
    failure = attempt.failure
    finding = run.find(failure) if failure is not None else None
    with suppress(BudgetSpentError, TargetLostError):
        run.cleaner.check_removals(attempt.api.spec.resource)
    if finding is not None and (finding.documented or not run.lenient):
        raise FindingRaisedError(unsteady(finding) if isinstance(attempt.error, Flaky) else finding) from None
    if attempt.unknown is not None:
        raise attempt.unknown


@contextmanager
def checking(run: Run, api: ResourceClient, code: str) -> Iterator[None]:
    """Runs a property and concludes it at once. Raises as `concluded` does."""
    api.prepare(code)
    attempt = Attempt(api)
    try:
        with attempt.noted():
            yield
        _judge_pages(attempt)
    finally:
        _delete_created(attempt)
    concluded(run, attempt)


def _judge_pages(attempt: Attempt) -> None:
    """Judge every list that a property has read, if it found nothing itself: few of them are compared as a whole."""
    if attempt.error is None:
        with attempt.noted():
            attempt.api.judge_pages()


def _delete_created(attempt: Attempt) -> None:
    """Delete the records of a property. If the budget is spent or the target lost, the end of the run tries again.

    A service that fails at such a delete breaks the property as at one of its own.
    """
    api = attempt.api
    if api.thoroughness.writes and api.spec.has(Role.DELETE):
        with suppress(BudgetSpentError, TargetLostError, NoResponseError, NotJudgedError):
            failed = api.delete_created()
            for removal in failed[:1] if attempt.error is None else ():
                with attempt.noted():
                    api.judge_removal(removal)


def _is_unanswered(caught: BaseException) -> bool:
    """Whether Hypothesis reports an unrepeatable request without a response."""
    inner = getattr(caught, "exceptions", ())
    return any(isinstance(one, NoResponseError) or _is_unanswered(one) for one in inner)


class Task(NamedTuple):
    """A property of a resource."""

    entry: Property
    api: ResourceClient

    @property
    def name(self) -> str:
        """The name of the task in reports."""
        return f"{self.entry.code} ({self.api.spec.resource.name})"


class Overlap:
    """Runs the properties of a run, up to `concurrency` at a time, and returns each on request.

    A property runs alone if it looks at records that others may create meanwhile, sends concurrent requests itself, or
    is the first that creates: that one shows whether records can be created and removed safely. The requests of a
    property do not depend on the others, so the results are the same at any concurrency. `watch` gets the names
    of the running properties whenever they change.
    """

    def __init__(self, run: Run, concurrency: int) -> None:
        self._run = run
        self._lanes: SimpleQueue[int] = SimpleQueue()
        for lane in range(concurrency):
            self._lanes.put(lane)
        self._threads = ThreadPoolExecutor(concurrency) if concurrency > 1 else None
        self._tasks: list[Task] = []
        self._futures: dict[str, Future[Attempt]] = {}
        self._ended: Exception | None = None
        self._running: list[str] = []
        self._lock = threading.Lock()
        self._is_safe = not run.writes
        self.watch: Callable[[Sequence[str]], None] = lambda _names: None
        self.waited_s = 0.0
        """How long this thread has waited for properties so far."""
        self.seconds: dict[str, float] = {}
        """How long each property took, by name."""

    def plan(self, tasks: Sequence[Task]) -> None:
        """Set the properties that will be requested."""
        self._tasks = list(tasks)

    def attempt(self, task: Task) -> Attempt:
        """The attempt at a property. Raises errors that end the whole run."""
        began_s = time.monotonic()
        try:
            if self._is_safe and self._tasks:
                self._start_all()
            future = self._futures.pop(task.name, None)
            attempt = future.result() if future else None
            # Shrinking findings sends requests again, and records are counted, so nothing else may run then.
            if attempt is None or attempt.failure or attempt.api.differences:
                self._wait_for_all()
            attempt = attempt or self._tried(task, ALONE)
            self._is_safe = self._is_safe or (task.entry.writes and task.api.thoroughness.writes)
            self.seconds[task.name] = attempt.seconds
            return attempt
        finally:
            self.waited_s += time.monotonic() - began_s

    def close(self) -> None:
        """End the running properties: they send nothing more."""
        if self._threads is not None:
            self._run.adapter.halt()
            self._threads.shutdown(cancel_futures=True)
            self._threads = None

    def _may_overlap(self, task: Task) -> bool:
        if not self._run.writes:
            return True
        ownership = self._run.adapter.ownership
        is_clock_off = ownership is not None and ownership.is_clock_off
        # Without a search, properties look for their records in lists of all.
        return not task.entry.alone and not is_clock_off and task.api.spec.tag_member is not None

    def _start_all(self) -> None:
        for api in self._run.resources:
            api.expect.known = frozenset(self._run.differences)
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            if self._threads is not None and task.name not in self.seconds and self._may_overlap(task):
                self._set_alone(False)
                self._futures[task.name] = self._threads.submit(self._in_lane, task)

    def _wait_for_all(self) -> None:
        wait(self._futures.values())
        self._set_alone(True)

    def _set_alone(self, alone: bool) -> None:
        if self._run.adapter.ownership is not None:
            self._run.adapter.ownership.alone = alone

    def _in_lane(self, task: Task) -> Attempt:
        if self._ended is not None:
            raise self._ended
        lane = self._lanes.get()
        try:
            return self._tried(task, Turn(0, lane))
        except (BudgetSpentError, TargetLostError) as error:
            self._ended = error
            raise
        finally:
            self._lanes.put(lane)

    def _tried(self, task: Task, turn: Turn) -> Attempt:
        slot = 1 + list(CATALOGUE).index(task.entry.code)
        slot += len(CATALOGUE) * self._run.resources.index(task.api)
        with under_way(task.name), self._shown(task.name):
            return attempted(task.api.twin(Turn(slot, turn.lane)), task.entry.code, _check_of(task))

    @contextmanager
    def _shown(self, name: str) -> Iterator[None]:
        with self._lock:
            self._running.append(name)
            self.watch(self._running)
        try:
            yield
        finally:
            with self._lock:
                self._running.remove(name)
                self.watch(self._running)


def _check_of(task: Task) -> Callable[[ResourceClient], None]:
    if task.entry.check is None:
        raise ValueError(f"{task.entry.code} is checked on every response")
    return task.entry.check

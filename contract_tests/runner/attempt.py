"""One property: first what it sends and sees, then, when nothing else runs, its findings."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from hypothesis.errors import Flaky

from contract_tests.findings.curl import curl_lines
from contract_tests.findings.finding import Finding, PropertyFailedError, RawFailure
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.runner.run import Run
from contract_tests.target.client import NoAnswerError, TargetLostError
from contract_tests.target.guarded_adapter import BudgetSpentError
from contract_tests.target.ownership import NotJudgedError
from contract_tests.target.printing import printable
from openapi import Role


class FindingRaisedError(AssertionError):
    """Ends a test whose property the service breaks. `str()` of it describes the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__("\n".join(described(finding)))
        self.finding = finding


@dataclass
class Attempt:
    """What a property came to, before its findings are made small.

    `error` is the failure that ended it, `unknown` why it could not be judged. It took `seconds`.
    """

    api: ResourceClient
    error: Exception | None = None
    unknown: NotJudgedError | None = None
    seconds: float = 0.0

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Notes how the property ends within this context. Raises what ends the whole run."""
        try:
            yield
        except (BudgetSpentError, TargetLostError):
            raise
        except NotJudgedError as caught:
            self.unknown = caught
        except Exception as caught:
            if not self.api.failures and not isinstance(caught, NoAnswerError):
                if not _is_unanswered(caught):
                    raise
                self.unknown = NotJudgedError("a request got no response, and one when it was sent again")
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
    """Try a property: start with a clean client, note how it ends, and remove its records.

    Raises what ends the whole run.
    """
    attempt, began_s = Attempt(api), time.monotonic()
    api.prepare(code)
    try:
        with attempt.noted():
            check(api)
    finally:
        _delete_created(api)
    attempt.seconds = time.monotonic() - began_s
    return attempt


def concluded(run: Run, attempt: Attempt) -> None:
    """Make findings of what a property met. Nothing else may run.

    Raises FindingRaisedError where a claim failed, and NotJudgedError.
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
    """Tries a property and concludes it at once. Raises as `concluded` does."""
    api.prepare(code)
    attempt = Attempt(api)
    try:
        with attempt.noted():
            yield
    finally:
        _delete_created(api)
    concluded(run, attempt)


def _delete_created(api: ResourceClient) -> None:
    """Delete the records of a property. If the budget is spent or the target lost, the end of the run tries again."""
    if api.thoroughness.writes and api.spec.has(Role.DELETE):
        with suppress(BudgetSpentError, TargetLostError, NoAnswerError, NotJudgedError):
            api.delete_created()


def _is_unanswered(caught: BaseException) -> bool:
    """Whether Hypothesis reports a request without a response, which it could not repeat."""
    inner = getattr(caught, "exceptions", ())
    return any(isinstance(one, NoAnswerError) or _is_unanswered(one) for one in inner)


def unsteady(finding: Finding) -> Finding:
    """The finding, marked as one that does not happen every time."""
    return replace(finding, attempts=max(2, finding.attempts)) if finding.attempts else finding


def described(finding: Finding) -> Iterator[str]:
    """A finding in lines."""
    yield from map(printable, _described(finding))


def _described(finding: Finding) -> Iterator[str]:
    yield f"{finding.code}: {finding.sentence}"
    yield f"  operation  {finding.operation}"
    yield f"  expected   {finding.expected}"
    yield f"  got        {finding.observed}"
    yield f"  rests on   {finding.pointer}"
    yield from [f"  repeated   {finding.repetition}"] if finding.repetition else []
    yield "  documented by the vendor" if finding.documented else f"  assumed    {finding.assumption}"
    yield "  reproduce  (BASE is the address of the service)"
    yield from (f"    {line}" for line in curl_lines(finding.steps))

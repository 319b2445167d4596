"""Shrinks the requests behind a finding: leaves out steps and sends the rest again.

Only steps that don't change a correct service's other responses may be left out: requests that change nothing, creates
and updates that were rejected, and a record with everything done to it, together with its item in the claim's lists.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from contract_tests.claims.evaluation import ResponseData, Verdict, judge, references
from contract_tests.findings.repeating import NotRepeatedError
from contract_tests.findings.steps import Step
from contract_tests.target.guard import SAFE
from contract_tests.target.ownership import NotJudgedError

Claim: TypeAlias = Sequence[Any]
Replay: TypeAlias = Callable[[Sequence[Step]], Mapping[int, ResponseData]]
"""Sends steps again, removes what they created, returns the responses by step.

Raises NotRepeatedError and NotJudgedError.
"""


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The fewest steps that violate the claim, and the verdict on their responses.

    `attempts` is how often they have to be sent, on average, until they do; 0 means never, without a verdict.
    """

    steps: tuple[Step, ...]
    claim: Claim
    attempts: int
    verdict: Verdict | None


def shrink(steps: Sequence[Step], claim: Claim, replay: Replay, most_requests: int) -> Shrunk:
    """Leave out unneeded steps, with at most about `most_requests` requests."""
    needed = _needed(steps, claim)
    budget = _Budget(most_requests)
    tries = budget.tries(needed, claim, replay)
    best, best_claim = needed, claim
    for leave_out in _candidates(best, best_claim) if tries == 1 else ():
        smaller = [step for step in best if step.number not in leave_out]
        reduced = _reduced(best_claim, leave_out)
        judged = set() < references(reduced) <= {step.number for step in smaller}
        if judged and len(smaller) < len(best) and budget.breaks(smaller, reduced, replay):
            best, best_claim = smaller, reduced
    attempts = budget.attempts(best, best_claim, replay, tries) if tries else 0
    return Shrunk(tuple(best), best_claim, attempts, budget.verdict)


class _Budget:
    def __init__(self, requests: int) -> None:
        self._left = requests
        self.verdict: Verdict | None = None
        """The last verdict that found the claim violated."""

    def breaks(self, steps: Sequence[Step], claim: Claim, replay: Replay) -> bool:
        """Whether the steps, sent again, violate the claim; False if the budget does not allow it."""
        if self._left < len(steps):
            return False
        self._left -= len(steps)
        try:
            responses = replay(steps)
            verdict = judge(claim, responses)
        except (NotRepeatedError, NotJudgedError, LookupError, TypeError):
            return False
        broken = not verdict.holds and _is_same_status(steps, claim, responses)
        if broken:
            self.verdict = verdict
        return broken

    def tries(self, steps: Sequence[Step], claim: Claim, replay: Replay) -> int:
        """How often the steps were sent until they violated the claim; 0 if they did not within the budget."""
        count = 0
        while self._left >= len(steps) and count < _MOST_TRIES:
            count += 1
            if self.breaks(steps, claim, replay):
                return count
        return 0

    def attempts(self, steps: Sequence[Step], claim: Claim, replay: Replay, tries: int) -> int:
        """How often the steps have to be sent, on average. It took `tries` the first time."""
        self._left = max(self._left, _SURE * len(steps))
        hits = 1
        for _ in range(_SURE):
            tries, hits = tries + 1, hits + self.breaks(steps, claim, replay)
        while 1 < tries != hits < _SEEN and tries < _MOST_TRIES and self._left >= len(steps):
            tries, hits = tries + 1, hits + self.breaks(steps, claim, replay)
        return math.ceil(tries / hits)


_MOST_TRIES = 60
_SURE = 5
"""How often in a row steps must violate a claim to count as reliable."""
_SEEN = 3
"""How often unreliable steps must violate a claim to estimate their rate."""


def _is_same_status(steps: Sequence[Step], claim: Claim, responses: Mapping[int, ResponseData]) -> bool:
    """Whether the response that the claim is about has the status that the finding names, or is a server error, too.

    Without an earlier record, a conflicting body may be accepted, and the finding would describe another response.
    """
    observed = claim[1][1] if claim[1][0] == "given" else claim[1]
    step = next((one for one in steps if list(observed) == ["status", one.number]), None)
    if step is None:
        return True
    status = responses[step.number].status
    return status == step.status or min(status, step.status) >= 500


def _needed(steps: Sequence[Step], claim: Claim) -> list[Step]:
    """The steps up to the last one that the claim refers to."""
    last = max(references(claim), default=len(steps))
    group = next((step.group for step in steps if step.number == last), 0)
    return [step for step in steps if step.number <= last or (group and step.group == group)]


def _candidates(steps: Sequence[Step], claim: Claim) -> Iterator[frozenset[int]]:
    """Sets of steps to leave out, the largest first."""
    used = references(claim).union(*(step.conditions for step in steps))
    idle = [step.number for step in steps if step.number not in used and not step.creates and _changes_nothing(step)]
    records = [_about(step, steps) for step in steps if step.creates]
    yield frozenset(idle)
    yield frozenset().union(*records) if records else frozenset()
    half = len(records) // 2
    for part in (records[:half], records[half:]):
        if len(part) > 1:
            yield frozenset().union(*part)
    yield from records
    for number in idle:
        yield frozenset({number})


def _changes_nothing(step: Step) -> bool:
    return step.method in SAFE or not 200 <= step.status < 300


def _about(created: Step, steps: Sequence[Step]) -> frozenset[int]:
    """A create, and everything done to its record and to the records that refer to it."""
    about = {created.number}
    for step in steps:
        if any(step.uses(number) for number in about):
            about.add(step.number)
    return frozenset(about)


def _reduced(expression: Any, leave_out: frozenset[int]) -> Any:
    """The claim without the list items of the steps left out; other references to them stay."""
    if not isinstance(expression, (list, tuple)) or not expression or expression[0] == "literal":
        return expression
    if expression[0] == "list":
        kept = [part for part in expression[1] if not references(part) & leave_out]
        return ["list", [_reduced(part, leave_out) for part in kept]]
    return [_reduced(part, leave_out) for part in expression]

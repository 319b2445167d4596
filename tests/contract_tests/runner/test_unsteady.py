"""Intermittent findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count, cycle
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis.errors import Flaky, FlakyFailure

from contract_tests.claims.evaluation import ResponseData
from contract_tests.findings.finding import Finding
from contract_tests.findings.raised import FindingRaisedError, unsteady
from contract_tests.findings.shrinking import shrink
from contract_tests.findings.steps import Step
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.runner.attempt import Attempt
from contract_tests.runner.collector import deduplicate
from contract_tests.runner.plugin import behind, masked
from contract_tests.target.client import NoResponseError
from contract_tests.target.guarded_adapter import BudgetSpentError

STEP = Step(1, "GET", "/phones", None, None, "", None, "application/json", None, None, 0, 500)
CLAIM = ("is", ["status", 1], ["literal", 200])
FINDING = Finding("READ-ECHO", "It is another.", "1", "2", "getPhone", "/paths", None, "", (STEP, STEP), CLAIM)


def test_a_response_missing_only_once_is_not_judged() -> None:
    """If Hypothesis can't repeat a missing response, the property is not judged; other errors are raised."""
    client = SimpleNamespace(adapter=SimpleNamespace(check_budget=lambda: None))
    attempt = Attempt(cast("ResourceClient", SimpleNamespace(failures=[], client=client)))
    with attempt.noted():
        raise FlakyFailure("It is flaky.", [NoResponseError("gone")])
    assert str(attempt.unknown) == "a request got no response, but got one when it was sent again"
    with pytest.raises(FlakyFailure), attempt.noted():
        raise FlakyFailure("It is flaky.", [ValueError("another")])


class Service:
    """Returns each of `statuses` in turn, repeatedly, and counts the replays."""

    def __init__(self, *statuses: int) -> None:
        self._statuses = cycle(statuses)
        self.replays = count()

    def __call__(self, steps: Sequence[Step]) -> Mapping[int, ResponseData]:
        """The responses to one replay."""
        next(self.replays)
        return {step.number: ResponseData(next(self._statuses), {}, b"") for step in steps}


@pytest.mark.parametrize(
    ("statuses", "attempts"),
    [
        ((500,), 1),
        ((500, 200), 2),
        ((500, 500, 200), 2),
        ((500, *[200] * 9), 7),
        ((200, 200, 200, 500), 4),
        ((200,), 0),
    ],
)
def test_an_intermittent_finding_has_its_number_of_attempts(statuses: Sequence[int], attempts: int) -> None:
    """An intermittent finding has the average number of attempts it takes."""
    assert shrink([STEP], CLAIM, Service(*statuses), 150).attempts == attempts


def test_long_reproductions_barely_exceed_the_budget() -> None:
    """Reproducing an intermittent finding exceeds the budget by a few replays at most."""
    steps, service = [STEP] * 40, Service(500, 200)
    shrink(steps, CLAIM, service, 60)
    assert next(service.replays) <= 8


def _group(kind: type[Exception], error: Exception) -> Exception:
    return FlakyFailure("no two runs were alike", [error]) if kind is Flaky else ExceptionGroup("several", [error])


@pytest.mark.parametrize(("kind", "attempts"), [(Flaky, 2), (ExceptionGroup, 1)])
def test_a_finding_inside_a_hypothesis_group_is_unwrapped(kind: type[Exception], attempts: int) -> None:
    """A finding inside a Hypothesis group is unwrapped; it is intermittent if Hypothesis found it flaky."""
    error = behind(_group(kind, FindingRaisedError(FINDING)))
    assert isinstance(error, FindingRaisedError)
    assert (error.finding.cause, error.finding.attempts) == (FINDING.cause, attempts)


def test_a_spent_budget_inside_a_hypothesis_group_ends_the_run() -> None:
    """A spent budget inside a Hypothesis group ends the run, and an internal error stays one."""
    spent = BudgetSpentError("the budget of 3 requests is spent")
    assert behind(_group(ExceptionGroup, spent)) is spent
    assert behind(_group(ExceptionGroup, ValueError())) is None


def test_a_reproducible_finding_replaces_an_intermittent_one() -> None:
    """Of findings with one cause the reproducible one is kept, even with more steps."""
    never = unsteady(FINDING)
    lost = replace(FINDING, steps=(STEP,), attempts=0)
    assert deduplicate([lost, FINDING]) == deduplicate([FINDING, lost]) == [FINDING]
    assert never.attempts == 2
    assert "could not be reproduced" in str(FindingRaisedError(lost))
    assert unsteady(lost) is lost


def test_an_unexpected_status_at_one_node_is_one_difference() -> None:
    """Two properties that get an unexpected status at one node report it once; another kind of status is separate."""
    refusal = replace(FINDING, expected="404", observed="410", assumption="An assumption")
    first = replace(refusal, code="READ-UNKNOWN", steps=(STEP,))
    second = replace(first, code="DELETE-GONE", steps=(STEP, STEP))
    other = replace(second, code="DELETE-UNKNOWN", observed="400")
    assert deduplicate([second, first, other]) == [first, other]
    promised = [replace(one, assumption=None) for one in (first, second)]
    assert deduplicate(promised) == promised


def test_messages_mask_the_token() -> None:
    """Messages show the token as three stars."""
    assert masked("https://x/correct-horse: lost", ["correct-horse"]) == "https://x/***: lost"
    assert masked("https://x/: lost", []) == "https://x/: lost"

"""Shrinking: the fewest steps that show the same finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from contract_tests.claims.evaluation import ResponseData
from contract_tests.findings.reproduction import Reproduction, replay
from contract_tests.findings.shrinking import shrink
from contract_tests.findings.steps import Step
from contract_tests.target.ownership import NotJudgedError

STATUS_2 = ["status", 2]


def create(number: int, status: int) -> Step:
    """A create of a record, whose response has this status in the run."""
    creates = "/uuid" if status == 201 else None
    return Step(number, "POST", "/phones", None, None, "", "{}", "application/json", None, creates, 0, status)


def responses(statuses: Mapping[int, int], steps: Sequence[Step]) -> dict[int, ResponseData]:
    """The responses to the steps that are sent, with these statuses."""
    return {step.number: ResponseData(statuses[step.number], {}, b"") for step in steps}


def conflicts(steps: Sequence[Step]) -> Mapping[int, ResponseData]:
    """The second create is a conflict with the first one, and a success without it."""
    return responses({1: 201, 2: 409 if len(steps) == 2 else 201}, steps)


@pytest.mark.parametrize("observed", [STATUS_2, ["given", STATUS_2, ["status", 2]]])
def test_shrinking_keeps_the_status_of_the_finding(observed: Sequence[object]) -> None:
    """Shrinking keeps a step if the claim fails without it, but with another status than that of the finding."""
    claim = ["is", observed, ["literal", 400]]
    shrunk = shrink([create(1, 201), create(2, 409)], claim, conflicts, 50)
    assert [step.number for step in shrunk.steps] == [1, 2]
    assert shrunk.verdict is not None
    assert shrunk.verdict.observed == 409


def test_any_server_error_shows_the_same_finding() -> None:
    """A service that fails with 500 in the run and with 503 later shows the same finding."""
    claim = ["is at most", STATUS_2, ["literal", 499]]
    shrunk = shrink([create(1, 201), create(2, 500)], claim, lambda steps: responses({1: 201, 2: 503}, steps), 50)
    assert [step.number for step in shrunk.steps] == [2]
    assert shrunk.attempts == 1


def test_a_refusal_by_the_guard_counts_as_an_attempt() -> None:
    """If the guard refuses a request for a record that the service shows only sometimes, the finding is tried again."""
    turns = iter(range(100))

    def now_and_then(steps: Sequence[Step], _stop_early: bool = True) -> Mapping[int, ResponseData]:
        if next(turns) % 3 != 2:
            raise NotJudgedError("the service does not show the record that it created")
        return responses({1: 404}, steps)

    claim = ["is", ["status", 1], ["literal", 201]]
    shrunk = shrink([create(1, 404)], claim, now_and_then, 50)
    assert shrunk.attempts > 1
    reproduction = Reproduction((create(1, 404),), claim, shrunk.attempts, "", ())
    assert replay(reproduction, now_and_then).outcome == "broken"

"""Rules that break connections: what counts as a repetition of the same request."""

from __future__ import annotations

from random import Random

import pytest

from mock_server.http.faults import Fault
from mock_server.sessions.rules import REPETITION_S, RequestValues, Rule, RuleBook


class _Time:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def request(body: object, agent: str = "Mozilla/5.0 (X11; Linux x86_64)") -> RequestValues:
    """A request of a browser, or of another client."""
    return RequestValues({}, {}, {"user-agent": agent}, body)


def rule(rule_id: int, fault: Fault, times: int) -> Rule:
    """A rule for one operation."""
    return Rule(rule_id, "add", {}, None, None, fault, None, times, 1)


def used(book: RuleBook, operation_id: str = "add", body: object = 1) -> int | None:
    """The id of the rule that applies to a request, if any does."""
    found = book.use(operation_id, request(body), Random(1))
    return None if found is None else found.id


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.EMPTY])
def test_a_repeated_request_shares_its_fault(fault: Fault) -> None:
    """The same request within a second counts as one with the first; another one, or a later one, does not."""
    book = RuleBook(time := _Time())
    book.put(rule(1, fault, times=1))
    assert [used(book), used(book), used(book)] == [1, 1, 1]
    assert used(book, body=2) is None
    assert used(book, "list") is None
    time.now_s += REPETITION_S - 0.001
    assert used(book) == 1
    time.now_s += 0.001
    assert used(book) is None


@pytest.mark.parametrize("fault", [Fault.TRUNCATED, Fault.UNAVAILABLE])
def test_faults_with_a_response_count_every_request(fault: Fault) -> None:
    """A fault with a response applies as often as the rule says."""
    book = RuleBook(_Time())
    book.put(rule(1, fault, times=1))
    assert [used(book), used(book)] == [1, None]


def test_retries_of_non_browsers_get_the_usual_response() -> None:
    """A client that is not a browser gets the usual response when it retries."""
    book = RuleBook(_Time())
    book.put(rule(1, Fault.RESET, times=1))
    found = [book.use("add", request(1, "python-requests/2.32"), Random(1)) for _ in range(2)]
    assert [one is not None for one in found] == [True, False]


def test_removed_rules_break_no_repeated_requests() -> None:
    """A rule that was removed or replaced affects no repeated request."""
    book = RuleBook(_Time())
    book.put(rule(1, Fault.RESET, times=1))
    assert used(book) == 1
    book.remove(1)
    assert used(book) is None
    book.put(rule(2, Fault.RESET, times=1))
    assert used(book) == 2
    book.clear()
    assert used(book) is None

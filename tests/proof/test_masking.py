"""How masking is counted."""

from __future__ import annotations

import pytest

from tests.proof import catalogue
from tests.proof.masking import PLAIN, Seen, chosen_pairs, named, report_faults

FAULT = "status-ignored"
FOUND = ("broken", "FILTER-EXACT", "listPhones", "/components/parameters/status")
OTHER = ("refuted", "SCHEMA-HEADER", "registerPhone", "/paths/~1phones/post/responses/201/headers/Location")


def seen(service: str, fault: str, *findings: tuple[str, str, str, str]) -> Seen:
    """A run with these findings."""
    return Seen(service, fault, 1, frozenset(findings))


@pytest.mark.parametrize(
    ("there", "alone", "good", "line"),
    [
        ((FOUND, OTHER), (OTHER,), True, "1 of 1 seen (100%)"),
        ((OTHER,), (OTHER,), False, "0 of 1 seen (0%)"),
        ((FOUND,), (FOUND,), False, "0 of 0 seen (0%)"),
    ],
    ids=["seen", "hidden", "not to be told apart"],
)
def test_a_fault_is_seen_if_its_finding_is_there(
    capsys: pytest.CaptureFixture[str],
    there: tuple[tuple[str, str, str, str], ...],
    alone: tuple[tuple[str, str, str, str], ...],
    good: bool,
    line: str,
) -> None:
    """A fault counts as seen by a finding of its own; one that the composite shows anyway does not count at all."""
    runs = [seen(PLAIN, FAULT, FOUND), seen("nestjs", "", *alone), seen("nestjs", FAULT, *there)]
    assert report_faults(runs, ["nestjs"]) is good
    assert line in capsys.readouterr().out


def test_pairs_are_drawn_by_the_seed() -> None:
    """The same seed draws the same pairs, and a pair differs in both points."""
    pairs = chosen_pairs(7, 200)
    assert pairs == chosen_pairs(7, 200)
    assert len({*pairs}) == 200
    assert all("+".join(named(pair).parts) == pair for pair in pairs)


def test_the_fault_of_these_tests_is_in_the_catalogue() -> None:
    """The finding that these tests make up is one that the catalogue expects."""
    assert seen(PLAIN, FAULT, FOUND).shows(catalogue.load()[FAULT], None)

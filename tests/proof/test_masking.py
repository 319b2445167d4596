"""How masking is counted."""

from __future__ import annotations

import pytest

from tests.proof import catalogue
from tests.proof.masking import PLAIN, Seen, Share, as_markdown, chosen_pairs, is_covered, named, shares

FAULT = "status-ignored"
FOUND = ("broken", "FILTER-EXACT", "listPhones", "/components/parameters/status")
OTHER = ("refuted", "SCHEMA-HEADER", "registerPhone", "/paths/~1phones/post/responses/201/headers/Location")


def seen(service: str, fault: str, *findings: tuple[str, str, str, str]) -> Seen:
    """A run with these findings."""
    return Seen(service, fault, 1, findings)


@pytest.mark.parametrize(
    ("there", "alone", "counted", "hidden"),
    [
        ((FOUND, OTHER), (OTHER,), 1, {}),
        ((OTHER,), (OTHER,), 1, {FAULT: ""}),
        ((FOUND,), (FOUND,), 0, {}),
    ],
    ids=["seen", "hidden", "indistinguishable"],
)
def test_a_fault_needs_its_own_finding_to_count_as_found(
    there: tuple[tuple[str, str, str, str], ...],
    alone: tuple[tuple[str, str, str, str], ...],
    counted: int,
    hidden: dict[str, str],
) -> None:
    """A fault counts as found if it has its own finding; findings of the composite itself do not count."""
    runs = [seen(PLAIN, FAULT, FOUND), seen("nestjs", "", *alone), seen("nestjs", FAULT, *there)]
    assert shares(runs, ["nestjs"]) == [Share("nestjs", counted, hidden)]


def test_a_fault_is_not_hidden_if_a_run_has_no_result() -> None:
    """A fault does not count as hidden if its run on the composite, or the run without faults, has no result."""
    finished = [seen(PLAIN, FAULT, FOUND), seen("nestjs", "")]
    crashed = Seen("nestjs", FAULT, -1, trouble="it took too long")
    assert shares([*finished, crashed], ["nestjs"]) == [Share("nestjs", 0, {})]
    assert shares([finished[0], seen("nestjs", FAULT)], ["nestjs"]) == [Share("nestjs", 0, {})]


def test_a_row_counts_seen_faults_and_names_the_others() -> None:
    """A row has the number of faults that count, the number seen, and the names of the others."""
    assert (
        as_markdown([Share("nestjs", 20, {FAULT: "LIST-TOTAL"})]).splitlines()[-1]
        == "| `nestjs` | 20 | 19 | status-ignored | - |"
    )
    assert [Share("", counted, {FAULT: ""}).enough for counted in (19, 20)] == [False, True]


def test_a_fault_that_the_composite_covers_does_not_count() -> None:
    """If a framework handles HEAD itself, no request can show that the service below it refuses HEAD."""
    assert is_covered("nestjs", "head-is-405", 1)
    share = Share("nestjs", 20, {"head-is-405": "", FAULT: "LIST-TOTAL"}).without({"head-is-405"})
    assert share == Share("nestjs", 19, {FAULT: "LIST-TOTAL"}, ("head-is-405",))
    assert not is_covered("nestjs", FAULT, 1)


def test_pairs_are_drawn_by_the_seed() -> None:
    """The same seed draws the same pairs, and a pair differs in both points."""
    pairs = chosen_pairs(7, 200)
    assert pairs == chosen_pairs(7, 200)
    assert len({*pairs}) == 200
    assert all("+".join(named(pair).parts) == pair for pair in pairs)


def test_the_catalogue_expects_the_finding_of_these_tests() -> None:
    """The finding that these tests make up is one that the catalogue expects."""
    assert seen(PLAIN, FAULT, FOUND).shows(catalogue.load()[FAULT], None)

"""How the proof judges a run."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from tests.proof import catalogue
from tests.proof.prove import drawn
from tests.proof.proving import NOT_JUDGED, Found, Outcome, Verdict
from tests.proof.table import Proof, as_markdown, summary

RUN = Outcome("service", "quick", 1, 1, 900, 9.0, ())
WALKED = (("LIST-WALK", "the records kept changing while they were listed 6 times"),)


def test_properties_prevented_by_another_client_may_be_unjudged() -> None:
    """If another client writes at the same time, only properties that it disturbs may be unjudged."""
    cut = Outcome("service", "quick", 1, NOT_JUDGED, 900, 9.0, (), unjudged=WALKED)
    assert not cut.is_clean
    assert replace(cut, disturbed=True).is_clean
    assert not replace(cut, disturbed=True, unjudged=(*WALKED, ("LIST-ORDER", "the list is empty"))).is_clean
    assert not replace(cut, disturbed=True, code=1).is_clean


def test_a_sample_has_a_share_of_each_group() -> None:
    """A sample has its share of each group, and another seed draws others."""
    group_of = {
        f"{group}-{number}": group for group, size in (("a", 10), ("b", 20), ("c", 30)) for number in range(size)
    }
    names = list(group_of)
    chosen = drawn(names, group_of, 12, 1)
    assert Counter(map(group_of.__getitem__, chosen)) == {"a": 2, "b": 4, "c": 6}
    assert chosen == drawn(names, group_of, 12, 1)
    assert set(chosen) != set(drawn(names, group_of, 12, 2))
    assert sorted(drawn(names, group_of, 100, 1)) == sorted(names)


def test_the_table_counts_faults_by_group() -> None:
    """Each group has its counts of faults, run, found, and found first by an expected property at the right pointer."""
    right, elsewhere, missed = (
        catalogue.load()[name] for name in ("search-wildcards", "search-stars", "stale-get-after-update")
    )
    found = Found(right.caught_by[0], right.operations[0], right.pointers[0], "", 1)
    proof = Proof("quick", {right.group: 16, missed.group: 9, "paging": 17})
    proof.faults += [
        Verdict(right, replace(RUN, findings=(found,))),
        Verdict(elsewhere, replace(RUN, findings=(replace(found, pointer="/info"),), seed=2)),
        Verdict(missed, replace(RUN, code=0)),
    ]
    assert "quick, seed 1, 2: 2 of 3 found; 900 requests and 9 s (medians)" in list(summary(proof))
    table = as_markdown(proof, ["not drawn: 39 of 42 faults"])
    rows = (
        "| group | faults | run | found | expected first | place |",
        "| search | 16 | 2 | 2 | 2 | 1 |",
        "| afterwards | 9 | 1 | 0 | 0 | 0 |",
        "| paging | 17 | 0 | 0 | 0 | 0 |",
        "| all | 42 | 3 | 2 | 2 | 1 |",
        "- not drawn: 39 of 42 faults",
    )
    assert not [row for row in rows if row not in table.splitlines()]
    assert not proof.holds

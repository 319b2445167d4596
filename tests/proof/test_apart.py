"""Held-out faults: each must be found by the property that should name it. The proof does not run them."""

from __future__ import annotations

import pytest

from tests.proof import catalogue
from tests.proof.apart import APART
from tests.proof.proving import Verdict, run_check
from tests.proof.table import line

SEED = 1
NAMED_BY = {
    "others-in-searches": "SEARCH-SOUND",
    "search-in-country-too": "SEARCH-ELSEWHERE",
    "search-none-finds-nameless": "SEARCH-ELSEWHERE",
    "search-null-finds-nameless": "SEARCH-ELSEWHERE",
    "type-filter-any-case": "FILTER-REFUSES",
    "status-filter-with-spaces": "FILTER-REFUSES",
    "empty-type-is-any": "FILTER-REFUSES",
    "invalid-utf-8-taken": "ERROR-NOT-JSON",
    "create-text-for-object": "ERROR-NOT-OBJECT",
    "create-list-of-one": "ERROR-NOT-OBJECT",
    "update-list-of-one": "ERROR-NOT-OBJECT",
    "number-of-6-digits": "ERROR-PATTERN",
    "country-with-digits": "ERROR-PATTERN",
    "unknown-prototype-ignored": "ERROR-UNKNOWN-MEMBER",
    "unknown-stored": "ERROR-UNKNOWN-MEMBER",
    "update-null-clears": "UPDATE-REFUSED",
    "update-name-least-less": "UPDATE-ACCEPTED",
    "limit-of-101": "LIST-LIMIT-BOUNDS",
    "limit-of-100-refused": "LIST-TOTAL",
    "limit-of-1-refused": "LIST-EVERY-PAGE",
    "unknown-get-is-200": "SCHEMA-CASES",
    "search-status-active-alone": "LIST-WHOLE",
    "updates-in-seconds": "UPDATE-TIME",
    "later-pages-kept": "DELETE-LISTED",
    "list-keeps-the-last-name": "LIST-EVERY-PAGE",
    "second-page-without-provider": "LIST-EVERY-PAGE",
    "sizes-over-20-cut": "LIST-DEFAULTS",
    "typed-lists-by-number": "FILTER-EXACT",
    "reference-for-provider": "CREATE-START",
    "counted-together": "RACE-CREATES",
    "options-says-too-much": "HTTP-OPTIONS",
    "long-lists-claim-gzip": "LIST-ACCEPTED",
}
"""The property that meets the fault first in a full run; it may name another property as broken."""


@pytest.mark.parametrize(("name", "code"), NAMED_BY.items())
def test_a_held_out_fault_is_found(name: str, code: str) -> None:
    """The property finds the fault, with an expected code and at the right node in the document."""
    fault = catalogue.load()[name]
    chosen = ["--strict", "--profile", "quick", "--seed", str(SEED), "--patience", "0.3", "--select", code]
    with fault.start() as service:
        verdict = Verdict(fault, run_check(service.url, name, chosen, fault.token))
    assert (verdict.expected, verdict.has_expected_pointer) == (True, True), (
        f"{line(verdict)}\n{verdict.outcome.output}"
    )


def test_every_listed_fault_is_in_the_catalogue() -> None:
    """Every held-out fault, and every missed one, is in the catalogue."""
    assert catalogue.load().keys() >= APART

"""A sample of what `make prove` runs in full: 30 broken services and a correct one with 19 variations.

To be fast, the check runs in the quick profile and with short waits, for a broken service only with the family of the
expected property, such as FILTER-, and only the first finding is replayed. `make prove` replays all of them.
"""

from __future__ import annotations

import pytest

from contract_tests.properties import CATALOGUE
from tests.proof import catalogue
from tests.proof.correct_services import correct_services
from tests.proof.prove import Effort, prove_fault
from tests.proof.proving import Verdict, run_check
from tests.proof.table import accusation, line
from tests.proof.variants.headers import TOKEN
from tests.proof.variations import combined

SEED = 7
EFFORT = Effort("quick", family=True, replays=1, patience_s=0.3)
FAULTS = (
    "flags-are-digits",
    "list-in-an-envelope",
    "created-is-200",
    "deleted-is-204",
    "head-is-405",
    "total-less-one",
    "unknown-member-taken",
    "status-ignored",
    "status-or-type",
    "search-case-sensitive",
    "search-wildcards",
    "search-by-the-old-name",
    "pages-overlap",
    "pages-rounded-down",
    "oldest-first",
    "country-not-derived",
    "name-trimmed",
    "ordered-starts-registered",
    "get-leaves-out-provider",
    "update-lost",
    "updated-at-if-changed",
    "update-by-name",
    "deleted-still-found",
    "number-twice",
    "local-time-called-utc",
    "reads-are-open",
    "not-allowed-without-allow",
    "lost-update",
    "search-and-type",
    "stale-get-after-delete",
)
RIGHT = (
    "uuids-in-capitals",
    "phones-say-more",
    "details-say-more",
    "other-messages",
    "refusals-say-more",
    "members-reversed",
    "escaped",
    "more-headers",
    "with-charset",
    "cache-fields",
    "allow-in-another-order",
    "challenge-with-realm",
    "no-date",
    "compressed",
    "chunked",
    "lower-case-names",
    "connection-closed-at-times",
    "behind-a-prefix-absolute",
)
"""Variations of one service, the innermost first."""


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_service_is_caught(name: str) -> None:
    """The first finding is the expected one, at its pointer; a replay reports it broken there and kept on the mock."""
    verdict = Verdict(catalogue.load()[name], prove_fault(name, SEED, EFFORT))
    assert verdict.proven, f"{line(verdict)}\n{verdict.outcome.output}"


def test_a_correct_service_has_no_findings() -> None:
    """A quick run finds nothing in a service with many correct variations at once."""
    with combined(RIGHT).start() as service:
        outcome = run_check(service.url, "combined", Effort("quick").arguments(SEED), TOKEN)
    assert outcome.code == 0, f"{accusation(outcome)}\n{outcome.output}"


def test_the_catalogue_has_enough_services_and_known_codes() -> None:
    """There are at least 120 broken services and 25 variations, and every code is that of a property."""
    faults = catalogue.load()
    assert len(faults) >= 120
    assert sum(one.group == "variations" for one in correct_services().values()) >= 25
    known = {*CATALOGUE, *(f"{code.partition('-')[0]}-" for code in CATALOGUE)}
    assert not {code for fault in faults.values() for code in fault.caught_by} - known
    assert not [fault.name for fault in faults.values() if fault.caught_by[0] not in CATALOGUE]

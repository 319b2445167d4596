"""Services in which a unique value or a key is already taken: the check tries another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from openapi import PHONES
from tests.contract_tests.properties.support import finding_of, strict_run
from tests.proof import catalogue
from tests.proof.correct_services import correct_services


@pytest.mark.parametrize("code", ["CREATE-EVERYWHERE", "HTTP-MEDIA-TYPE-SPELLING", "ERROR-TOO-LARGE"])
def test_a_create_refused_for_a_taken_number_is_not_a_finding(tmp_path: Path, code: str) -> None:
    """A create refused for a number that is taken is not a finding."""
    service = correct_services()["numbers-taken"]
    with service.start() as server, strict_run(server.url, PHONES, tmp_path / "ledger", seed=5) as run:
        assert finding_of(run, code, "phone") is None


def test_corrected_numbers_are_not_reported_as_a_conflict(tmp_path: Path) -> None:
    """A service that corrects invalid numbers is reported for that, not for a conflict of two corrected ones."""
    fault = catalogue.load()["number-tidied"]
    with fault.start() as server, strict_run(server.url, PHONES, tmp_path / "ledger", seed=1) as run:
        finding = finding_of(run, "ERROR-PATTERN", "phone")
        assert finding is not None
        assert finding.code == "ERROR-PATTERN"
        assert {one.code for one in run.findings} <= {"ERROR-PATTERN"}


def test_a_reused_key_is_a_finding(tmp_path: Path) -> None:
    """A key that another record had before is a finding, and each of its records is removed at the first attempt."""
    fault = catalogue.load()["keys-from-the-count"]
    with fault.start() as server, strict_run(server.url, PHONES, tmp_path / "ledger", seed=1) as run:
        for _ in range(2):
            finding = finding_of(run, "CREATE-KEY", "phone")
            assert finding is not None
            assert finding.code == "CREATE-KEY"
        assert run.resources[0].ledger.stopped == ""

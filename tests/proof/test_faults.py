"""Every fault with an exchange is visible in it: the result differs from that of the correct service."""

from __future__ import annotations

import pytest

from tests.proof import catalogue
from tests.proof.correct import Correct
from tests.proof.mistakes import as_documented
from tests.proof.talk import Talk

SHOWN = {name: fault for name, fault in catalogue.load().items() if fault.shows}


@pytest.mark.parametrize("name", SHOWN)
def test_a_fault_changes_the_result_of_its_exchange(name: str) -> None:
    """The exchange has a different result with the faulty service than with the correct one."""
    fault = SHOWN[name]
    assert fault.shows is not None
    correct = Talk(as_documented, Correct(fault.token), fault.token)
    assert fault.shows(fault.talk()) != fault.shows(correct)

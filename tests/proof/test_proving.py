"""How the proof judges a run."""

from __future__ import annotations

from dataclasses import replace

from tests.proof.proving import NOT_JUDGED, Outcome

WALKED = (("LIST-WALK", "the records kept changing while they were listed 6 times"),)


def test_what_another_client_prevents_is_no_alarm() -> None:
    """A correct service may leave unjudged only what a client that writes meanwhile prevents."""
    cut = Outcome("service", "quick", 1, NOT_JUDGED, 900, 9.0, (), unjudged=WALKED)
    assert not cut.is_clean
    assert replace(cut, disturbed=True).is_clean
    assert not replace(cut, disturbed=True, unjudged=(*WALKED, ("LIST-ORDER", "the list is empty"))).is_clean
    assert not replace(cut, disturbed=True, code=1).is_clean

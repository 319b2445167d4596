"""The catalogue of properties."""

from __future__ import annotations

import re
from itertools import chain

import pytest

from contract_tests import list_properties, record_properties, refusal_properties
from contract_tests.catalogue import Property
from contract_tests.properties import CATALOGUE

ALL = list(chain(list_properties.PROPERTIES, record_properties.PROPERTIES, refusal_properties.PROPERTIES))
FAMILIES = ("LIST", "FILTER", "SEARCH", "CREATE", "READ", "UPDATE", "DELETE", "ERROR", "AUTH", "HTTP")


def test_each_code_is_there_once() -> None:
    """No property hides another of the same code."""
    assert [one.code for one in ALL] == list(CATALOGUE)
    assert {one.check for one in ALL} == {one.check for one in CATALOGUE.values()}
    assert len({one.title for one in ALL}) == len(ALL)


@pytest.mark.parametrize("one", CATALOGUE.values(), ids=lambda one: one.code)
def test_each_property_says_what_it_is(one: Property) -> None:
    """Every property has a code of a known family, a title of a few words, an explanation in sentences, and a base."""
    assert re.fullmatch(r"[A-Z]+(-[A-Z]+)+", one.code)
    assert one.code.partition("-")[0] in FAMILIES
    assert re.fullmatch(r"[A-Z][^.]{8,50}[^. ]", one.title)
    assert re.fullmatch(r"[`A-Z].{20,}\.", one.explanation, re.DOTALL)
    assert one.rests_on
    assert one.needs

"""Every property, by its code."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from contract_tests import list_properties, record_properties, refusal_properties
from contract_tests.catalogue import Property

CATALOGUE: Mapping[str, Property] = MappingProxyType(
    {
        one.code: one
        for one in (*list_properties.PROPERTIES, *record_properties.PROPERTIES, *refusal_properties.PROPERTIES)
    }
)
"""The catalogue."""

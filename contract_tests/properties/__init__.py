"""Every property, by its code, in the order in which findings are told: what others stand on comes first."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from contract_tests.catalogue import Property
from contract_tests.properties import (
    afterwards,
    authorisation,
    counts,
    create,
    delete,
    errors,
    filter_values,
    filters,
    http_rules,
    listed,
    lists,
    making,
    one_rule,
    paging,
    parameters,
    races,
    read,
    schema,
    search,
    search_queries,
    search_texts,
    unique,
    update,
    updated,
)

MODULES = (
    schema,
    read,
    create,
    making,
    update,
    lists,
    counts,
    paging,
    parameters,
    filters,
    filter_values,
    search,
    search_texts,
    search_queries,
    listed,
    unique,
    errors,
    one_rule,
    updated,
    delete,
    authorisation,
    http_rules,
    races,
    afterwards,
)
"""The modules of the catalogue, in its order; each has `PROPERTIES`."""

CATALOGUE: Mapping[str, Property] = MappingProxyType(
    {one.code: one for one in (*(one for module in MODULES for one in module.PROPERTIES), *schema.CATCH_ALL)}
)
"""The catalogue."""

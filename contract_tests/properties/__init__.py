"""Every property, by its code, in the order of the report: first the ones that others depend on.

`contract_tests.reports` and the folders above it may import it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from contract_tests.properties.errors import error_details, single_violation
from contract_tests.properties.http import authorization, declared_responses, methods_and_media, races
from contract_tests.properties.lists import (
    counts,
    criteria,
    cursors,
    filter_values,
    filters,
    order,
    other_lists,
    page_contents,
    paging,
    parameters,
    search,
    search_queries,
    search_texts,
    sorting,
    walking,
)
from contract_tests.properties.property import Property
from contract_tests.properties.records import (
    actions,
    bulk_creates,
    create,
    created_fields,
    delete,
    envelopes,
    etags,
    field_values,
    idempotency,
    joint_keys,
    listed_after_write,
    nested,
    read,
    references,
    referrers,
    singletons,
    soft_delete,
    unique,
    update,
    update_isolation,
    upserts,
)

MODULES = (
    declared_responses,
    envelopes,
    read,
    create,
    created_fields,
    update,
    field_values,
    order,
    counts,
    paging,
    page_contents,
    parameters,
    filters,
    filter_values,
    criteria,
    other_lists,
    sorting,
    search,
    search_texts,
    search_queries,
    listed_after_write,
    unique,
    bulk_creates,
    references,
    referrers,
    actions,
    joint_keys,
    nested,
    singletons,
    upserts,
    etags,
    idempotency,
    error_details,
    single_violation,
    update_isolation,
    soft_delete,
    delete,
    cursors,
    walking,  # after those that name which operation is wrong
    authorization,
    methods_and_media,
    races,
)
"""The modules of the catalogue in its order; each has `PROPERTIES`."""

CATALOGUE: Mapping[str, Property] = MappingProxyType(
    {
        one.code: one
        for one in (
            *(one for module in MODULES for one in module.PROPERTIES),
            *delete.AFTERWARDS,
            *declared_responses.CATCH_ALL,
        )
    }
)
"""The catalogue."""

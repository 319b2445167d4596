"""The expected content of a list, computed from known records. It shares no code with the mock's store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from openapi import Listing
from openapi.json_value import JsonValue

Record: TypeAlias = Mapping[str, JsonValue]
RecordT = TypeVar("RecordT", bound=Record)


def matching(records: Sequence[RecordT], listing: Listing, parameters: Mapping[str, Any]) -> list[RecordT]:
    """The `records` (in order of creation) that a list with `parameters` contains, in the order of the list."""
    kept = list(records)
    for one in listing.filters:
        if one.parameter in parameters:
            kept = [record for record in kept if record.get(one.field) == parameters[one.parameter]]
    text = parameters.get(listing.search.parameter, "") if listing.search else ""
    if listing.search and text:
        kept = [record for record in kept if contains(record, listing.search.fields, text)]
    by = listing.order.by
    if by is not None:
        kept.sort(key=lambda record: (record.get(by) is not None, record.get(by)))
    return kept[::-1] if listing.order.descending else kept


def contains(record: Record, fields: Sequence[str], text: str) -> bool:
    """Whether one of `fields` contains `text`, ignoring case."""
    return any(text.casefold() in str(record[field]).casefold() for field in fields if record.get(field) is not None)

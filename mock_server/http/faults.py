"""What can go wrong between a service and its client, as values."""

from __future__ import annotations

from enum import Enum


class Fault(Enum):
    """One thing that goes wrong with one answer."""

    RESET = "reset"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    BROKEN_JSON = "broken-json"
    DRIP = "drip"
    TOO_MANY_REQUESTS = "too-many-requests"
    UNAVAILABLE = "unavailable"


SPOILS = frozenset({Fault.TRUNCATED, Fault.BROKEN_JSON, Fault.DRIP})
"""The faults that spoil the answer of an operation that was carried out. With the others it is not."""

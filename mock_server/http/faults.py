"""Faults that the mock can inject into a response."""

from __future__ import annotations

from enum import Enum


class Fault(Enum):
    """One fault."""

    RESET = "reset"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    BROKEN_JSON = "broken-json"
    DRIP = "drip"
    TOO_MANY_REQUESTS = "too-many-requests"
    UNAVAILABLE = "unavailable"


SPOILS = frozenset({Fault.TRUNCATED, Fault.BROKEN_JSON, Fault.DRIP})
"""The faults that damage the response of a completed operation. With the others the operation is not carried out."""

SILENT = frozenset({Fault.RESET, Fault.EMPTY})
"""The faults that leave the client without a response."""

"""Which operations are forwarded."""

from __future__ import annotations

from collections.abc import Mapping

from mock_server.settings.session_settings import UpstreamMode
from openapi.document.node import suggestion
from openapi.model.http import Operation

READS = frozenset({"GET", "HEAD"})
"""The methods that may be sent twice. Others are sent at most once, and only if writes are allowed."""


def mode_of(modes: Mapping[str, UpstreamMode], operation: Operation, *, writes: bool) -> UpstreamMode:
    """The mode of an operation: its own in `modes`, else the one under '', else `forward`, if it may have it."""
    if operation.id in modes:
        return modes[operation.id]
    usual = modes.get("", UpstreamMode.FORWARD)
    if operation.method in READS or usual is UpstreamMode.MOCK:
        return usual
    return UpstreamMode.FORWARD if writes else UpstreamMode.MOCK


def allowed_modes(operation: Operation, *, writes: bool) -> list[UpstreamMode]:
    """The modes that an operation may have."""
    if operation.method in READS:
        return list(UpstreamMode)
    return [UpstreamMode.MOCK, UpstreamMode.FORWARD] if writes else [UpstreamMode.MOCK]


def check_modes(modes: Mapping[str, UpstreamMode], operations: Mapping[str, Operation], *, writes: bool) -> None:
    """Raise ValueError for an unknown operation, and for a mode that it can't have."""
    for name, mode in modes.items():
        if not name:
            continue
        operation = operations.get(name)
        if operation is None:
            raise ValueError(f"unknown operation {name!r}: {suggestion(name, operations)}")
        if mode in allowed_modes(operation, writes=writes):
            continue
        if mode is UpstreamMode.COMPARE:
            raise ValueError(f"{name} can't be compared: {operation.method} would be carried out twice; use forward")
        raise ValueError(f"{name} writes ({operation.method}); start the mock with --upstream-writes to forward it")

"""The collections of a session together, and snapshots of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import TypeAlias

from mock_server.records.collection import Collection, CollectionSnapshot

State: TypeAlias = Mapping[str, Collection]
"""The collections of a session, by resource name."""

Snapshot: TypeAlias = Mapping[str, CollectionSnapshot]
"""The content of a state at one time, by resource name."""


def size_of(snapshots: Iterable[Snapshot]) -> int:
    """The bytes of the records in `snapshots`, as JSON. Shared records count once."""
    stores = {id(held.store.view): held.store for snapshot in snapshots for held in snapshot.values()}
    return sum(sum(map(len, store.in_creation())) for store in stores.values())


def written_bytes(state: State) -> int:
    """The bytes of JSON that requests have added to a state, one record at a time."""
    return sum(collection.written_bytes for collection in state.values())


def snapshot_of(state: State) -> Snapshot:
    """A snapshot of `state`, all collections at the same time."""
    with ExitStack() as locks:
        for collection in state.values():
            locks.enter_context(collection.writing)
        for collection in state.values():
            locks.enter_context(collection.lock)
        return {name: collection.snapshot() for name, collection in state.items()}

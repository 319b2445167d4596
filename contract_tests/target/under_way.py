"""Which property sends requests in a thread: its records are its own, and its requests are counted for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

UNDER_WAY: ContextVar[str] = ContextVar("UNDER_WAY", default="")
"""The name of the property under way; '' where there is none."""


@contextmanager
def under_way(name: str) -> Iterator[None]:
    """Within this context, requests belong to the property `name`."""
    token = UNDER_WAY.set(name)
    try:
        yield
    finally:
        UNDER_WAY.reset(token)

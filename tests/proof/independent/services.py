"""The services that were written independently of the mock, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Protocol, Self

from tests.proof.independent.journalling import JournallingService
from tests.proof.independent.plain import PlainService
from tests.proof.independent.relational import RelationalService


class Service(Protocol):
    """A service that runs while it is entered; `url` is its address with the base path."""

    url: str

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


SERVICES: Mapping[str, Callable[[int, str | None], Service]] = {
    "plain": PlainService,
    "relational": RelationalService,
    "journalling": JournallingService,
}
"""Each takes a port, 0 for any free one, and the token that it wants, None for none."""

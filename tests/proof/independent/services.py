"""The services that were written independently of the mock, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Protocol, Self

from tests.proof.independent.journalling import JournallingService
from tests.proof.independent.plain import PlainService
from tests.proof.independent.relational import RelationalService


class Service(Protocol):
    """A service as a context manager; `url` is its address with the base path."""

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
"""Each takes a port (0: any free one) and the token that it requires (None: no token)."""

"""The catalogue of broken services: each the correct one with a single fault.

A module of `faults` is a group. Its `broken = group("…")` registers what it decorates: a handler, or a class of
handlers if the fault has a state.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, TypedDict, TypeVar, Unpack

from tests.proof.correct import Correct
from tests.proof.front import Front, Handler
from tests.proof.talk import Shown, Talk

FAULTS: dict[str, Broken] = {}
"""Every broken service by its name, in the order of the groups; `load` fills it."""

_FOLDER = Path(__file__).parent / "faults"
Made = TypeVar("Made", bound=Callable[..., Any])


@dataclass(frozen=True)
class Broken:
    """A service with one fault.

    `what` says in a sentence what is wrong. `caught_by` are the codes of the properties that may find it first, the
    expected one first (`LIST-` is a whole family); the finding points to a node of the document at or below one of
    `pointers`, and names one of `operations`. The correct service behind it requires the `token`, and follows the
    `document` with some nodes replaced. `shows` is an exchange that differs from the one with the correct service.
    """

    group: str
    name: str
    what: str
    caught_by: tuple[str, ...]
    pointers: tuple[str, ...]
    operations: tuple[str, ...]
    token: str | None
    document: Mapping[str, Any] | None
    make: Callable[[], Handler]
    shows: Shown | None = None

    def start(self) -> Front:
        """Start the service, and stop it at the end of the block."""
        return Front(self.make(), Correct(self.token, self.document))

    def talk(self) -> Talk:
        """An exchange with the service, in this process."""
        return Talk(self.make(), Correct(self.token, self.document), self.token)


class _More(TypedDict, total=False):
    document: Mapping[str, Any]
    shows: Shown


class Group:
    """Registers the faults of one module."""

    def __init__(self, name: str, token: str | None = None) -> None:
        self._name = name
        self._token = token

    def __call__(
        self,
        name: str,
        what: str,
        caught_by: str,
        pointer: str,
        operation: str,
        **more: Unpack[_More],
    ) -> Callable[[Made], Made]:
        """A decorator for a handler, or for a class of handlers. Alternatives are separated by spaces."""

        def register(made: Made) -> Made:
            if name in FAULTS:
                raise ValueError(f"there are two broken services called {name}")
            FAULTS[name] = Broken(
                group=self._name,
                name=name,
                what=what,
                caught_by=tuple(caught_by.split()),
                pointers=tuple(pointer.split()),
                operations=tuple(operation.split()),
                token=self._token,
                document=more.get("document"),
                make=made if isinstance(made, type) else lambda: made,
                shows=more.get("shows"),
            )
            return made

        return register


def load() -> Mapping[str, Broken]:
    """Every broken service, by its name."""
    for module in pkgutil.iter_modules([str(_FOLDER)]):
        import_module(f"tests.proof.faults.{module.name}")
    return FAULTS

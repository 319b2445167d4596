"""The table of differing services: each is correct by the vendor's documentation, and none may be called broken.

The exception are those that break one promise: they must be called broken for that, and for nothing else. `difference`
registers a service that differs in one point. `composite` registers one that differs in several, as
backends in one framework usually do.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypedDict, Unpack

from tests.proof.correct import Correct
from tests.proof.front import Front
from tests.proof.messages import Request, ServiceResponse

Responder: TypeAlias = Callable[[Request], ServiceResponse]


class Service(Protocol):
    """The service below a layer, and its records."""

    def __call__(self, request: Request) -> ServiceResponse:
        """The response to a request."""

    def records(self) -> list[dict[str, Any]]:
        """Every record, newest first."""

    def record(self, key: str | None) -> dict[str, Any] | None:
        """The record with a key; None if there is none."""

    def rewrite(self, record: Mapping[str, Any]) -> None:
        """Replace the record with the same key."""

    def drop(self, key: str) -> None:
        """Remove a record."""


Layer: TypeAlias = Callable[[Request, Any], ServiceResponse]
"""Answers a request, with the help of the service below it: another layer, or the correct service."""

DIFFERING: dict[str, Differing] = {}
"""Every differing service by its name; `load` fills it."""

_NO_HEAD = 405
_HERE = Path(__file__).parent


class _Below:
    """The service below a layer: calls the next layer, and reaches past it to the records as `Correct` does."""

    def __init__(self, layer: Layer, below: Any) -> None:
        self._layer, self._below = layer, below

    def __call__(self, request: Request) -> ServiceResponse:
        return self._layer(request, self._below)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._below, name)


@dataclass(frozen=True)
class Differing:
    """A service that differs in what `what` says.

    `pointers` are the nodes of the document that findings may name, `layers` change requests and responses, the
    outermost first, `document` alters the contract that the correct service below goes by. `breaks_promise` is whether
    the difference is one from the vendor's documentation, `nodes` how many nodes of the document the difference
    contradicts (None where it is several differences).
    """

    name: str
    what: str
    pointers: tuple[str, ...]
    layers: tuple[Callable[[], Layer], ...]
    document: Mapping[str, Any]
    token: str | None = None
    parts: tuple[str, ...] = ()
    breaks_promise: bool = False
    nodes: int | None = None

    def start(self) -> Front:
        """The service, to be entered."""
        return self.with_fault(None, self.token, {})

    def with_fault(self, fault: Layer | None, token: str | None, document: Mapping[str, Any]) -> Front:
        """The service around one with a fault, which may require a token and alter the contract; to be entered."""
        layers = [make() for make in self.layers]

        def handle(request: Request, correct: Correct) -> ServiceResponse:
            service: Any = correct if fault is None else _Below(fault, correct)
            for layer in reversed(layers):
                service = _Below(layer, service)
            response: ServiceResponse = service(request)
            if request.method != "HEAD" or response.status == _NO_HEAD:
                return response
            # What a layer changes in the body changes its length.
            response = service(replace(request, method="GET"))
            return replace(response.with_header("Content-Length", str(len(response.body))), body=b"")

        return Front(handle, Correct(token, {**self.document, **document}))


class _More(TypedDict, total=False):
    document: Mapping[str, Any]
    token: str | None
    breaks_promise: bool
    nodes: int


def difference(name: str, what: str, pointers: str, **more: Unpack[_More]) -> Callable[[Any], Any]:
    """A decorator for a layer, or for a class of layers where one needs a memory."""

    def register(layer: Any) -> Any:
        if name in DIFFERING:
            raise ValueError(f"there are two differing services called {name}")
        make = layer if isinstance(layer, type) else lambda: layer
        found = Differing(name, what, tuple(pointers.split()), (make,), more.get("document", {}), more.get("token"))
        nodes = more.get("nodes", 1)
        DIFFERING[name] = replace(found, breaks_promise=more.get("breaks_promise", False), nodes=nodes)
        return layer

    return register


def composite(name: str, what: str, *parts: str) -> None:
    """Register a service that differs in all of `parts`, names of single differences; the first is the outermost."""
    DIFFERING[name] = joined(name, what, *parts)


def joined(name: str, what: str, *parts: str) -> Differing:
    """A service that differs in all of `parts`."""
    found = [DIFFERING[part] for part in parts]
    return Differing(
        name=name,
        what=what,
        pointers=tuple(pointer for one in found for pointer in one.pointers),
        layers=tuple(layer for one in found for layer in one.layers),
        document={pointer: value for one in found for pointer, value in one.document.items()},
        token=next((one.token for one in found if one.token), None),
        parts=parts,
    )


def load() -> Mapping[str, Differing]:
    """Every differing service, by its name: the single ones first."""
    for module in pkgutil.iter_modules([str(_HERE)]):
        if module.name not in ("table", "composites"):
            import_module(f"tests.proof.differing.{module.name}")
    import_module("tests.proof.differing.composites")
    return DIFFERING

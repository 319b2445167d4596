"""The catalogue of correct variations: services that keep the contract in another way than the mock.

A module of `variants` is a group. Its `right = Variety("…")` registers what it decorates, as a `Group` of the broken
services does: a handler, or a class of handlers if it has a state.

What the contract leaves open is decided as follows:

- Times. The contract requires RFC 3339 and leaves the precision to the service. With whole seconds, two updates in the
  same second may show the same time. It never goes back, and an update in a later second shows a later time. A service
  that adds a second with every update, ahead of the clock, keeps the contract as well.
- Order. "Newest first" refers to the times that records show. Records with the same time of creation may be in any
  order, as long as it is the same each time, across pages too.
- Letter case. The contract does not say how letters without a simple counterpart (ß, İ) are folded: lower-casing and
  case-folding are both correct.
- A body that is too long may get 413, or the connection may be closed (RFC 9110, section 15.5.14).
- OPTIONS gets 204 and Allow: the contract says so, so a service without it is not a variation.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import reduce
from importlib import import_module
from pathlib import Path
from threading import Event, Thread
from typing import Any, TypeVar

from tests.proof.correct import Correct, Varied
from tests.proof.front import Front, Handler
from tests.proof.messages import Request, ServiceResponse

VARIATIONS: dict[str, Variation] = {}
"""Every variation by its name, in the order of the groups; `load` fills it."""

_FOLDER = Path(__file__).parent / "variants"
Made = TypeVar("Made", bound=Callable[..., Any])


@dataclass(frozen=True)
class Variation:
    """A correct service that differs from the mock in what `what` says.

    `before` prepares the records; `meanwhile` runs in a thread while the service runs, and ends when the event is set.
    The service requires the `token`, and is below the `prefix`. It `assumes` what the document assumes: a strict run
    finds nothing. Otherwise it keeps what the document documents.
    """

    group: str
    name: str
    what: str
    make: Callable[[], Handler]
    token: str | None
    prefix: str
    assumes: bool
    before: Callable[[Correct], None] | None
    meanwhile: Callable[[Correct, Event], None] | None

    @contextmanager
    def start(self) -> Iterator[Front]:
        """Start the service, and stop it at the end of the block."""
        correct, over = Correct(self.token), Event()
        if self.before:
            self.before(correct)
        thread = Thread(target=self.meanwhile, args=(correct, over)) if self.meanwhile else None
        with Front(_with_head(self.make()), correct, token=self.token, prefix=self.prefix) as front:
            if thread:
                thread.start()
            try:
                yield front
            finally:
                over.set()
                if thread:
                    thread.join()


class Variety:
    """Registers the variations of one module."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, name: str, what: str, **how: Any) -> Callable[[Made], Made]:
        """A decorator for a handler, or for a class of handlers; `how` are the other fields of a Variation."""

        def register(made: Made) -> Made:
            if name in VARIATIONS:
                raise ValueError(f"there are two variations called {name}")
            make = made if isinstance(made, type) else lambda: made
            usual = {"token": None, "prefix": "", "assumes": True, "before": None, "meanwhile": None}
            VARIATIONS[name] = Variation(self._name, name, what, make, **{**usual, **how})
            return made

        return register


def combined(names: Sequence[str]) -> Variation:
    """A service with several variations at once, the first of them innermost.

    The token and the prefix are those of the last one; none of them may prepare records.
    """
    parts = [load()[name] for name in names]
    if any(one.before or one.meanwhile for one in parts):
        raise ValueError("a variation that prepares or changes records can't be combined with others")

    def make() -> Handler:
        return reduce(_around, [one.make() for one in parts])

    return replace(parts[-1], name="combined", what="; ".join(one.what for one in parts), make=make)


def _around(inner: Handler, outer: Handler) -> Handler:
    return lambda request, correct: outer(request, Varied(inner, correct))


def load() -> dict[str, Variation]:
    """Every variation, by its name."""
    for module in pkgutil.iter_modules([str(_FOLDER)]):
        import_module(f"tests.proof.variants.{module.name}")
    return VARIATIONS


def _with_head(handler: Handler) -> Handler:
    """A handler for HEAD too: it responds as to GET, without the body (RFC 9110, section 9.3.2)."""

    def handle(request: Request, correct: Correct) -> ServiceResponse:
        if request.method != "HEAD":
            return handler(request, correct)
        response = handler(replace(request, method="GET"), correct)
        length = None if response.wire.chunked else str(len(response.body))
        return replace(response.with_header("Content-Length", length), body=b"")

    return handle

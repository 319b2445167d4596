"""Every correct service: the mock itself, its variations, and the services written independently of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.proof import variations
from tests.proof.correct import Correct
from tests.proof.front import Front
from tests.proof.independent.services import SERVICES
from tests.proof.messages import Request, ServiceResponse

_TOKEN = "correct-service-token"


@dataclass(frozen=True)
class Right:
    """A correct service: how to start it, and the token that it requires. The started service has a `url`.

    It `assumes` what the document assumes. `changes` is whether another client writes while the check runs.
    """

    group: str
    name: str
    start: Callable[[], AbstractContextManager[Any]]
    token: str | None = None
    assumes: bool = True
    changes: bool = False


def unchanged(request: Request, correct: Correct) -> ServiceResponse:
    """The response of the mock."""
    return correct(request)


def correct_services() -> Mapping[str, Right]:
    """Every correct service, by its name."""
    found = [Right("unchanged", "unchanged", lambda: Front(unchanged))]
    found += [
        Right("variations", name, one.start, one.token, one.assumes, one.meanwhile is not None)
        for name, one in variations.load().items()
    ]
    found += [Right("independent", name, partial(start, 0, _TOKEN), _TOKEN) for name, start in SERVICES.items()]
    return {one.name: one for one in found}

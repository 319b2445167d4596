"""Relations between responses that hold for any records, as long as no other client changes them meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from contract_tests.claims.evaluation import Expression
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.target.ownership import NotJudgedError
from openapi import Role

_MOST_TRIES = 6
_ALIKE = 2
_FEW = 2

_EMPTY = "the list is empty"


@dataclass(frozen=True, slots=True)
class ListClaim:
    """A claim about lists (see `claims.evaluation`), the sentence for a failure, and the node that it rests on.

    `code` is that of the finding; None for the code of the property.
    """

    sentence: str
    claim: tuple[str, Expression, Expression]
    pointer: str
    suggested_change: str = ""
    code: str | None = None


def expect_undisturbed(api: ResourceClient, ask: Callable[[], Sequence[ListClaim]]) -> None:
    """Raise PropertyFailedError if the relations that `ask` returns fail, unless another client may be the reason.

    After a failure `ask` is called again. Only when three calls in a row get the same responses, and each breaks a
    relation, is it the service's fault. Raises NotJudgedError if the records keep changing, or if relations hold
    because all lists are empty and stay so.
    """
    last: object = None
    broken: list[ListClaim] = []
    alike, has_made = 0, False
    for _ in range(_MOST_TRIES):
        start = len(api.client.trace)
        broken = [one for one in ask() if not api.expect.holds(one.claim)]
        exchanges = api.client.trace[start:]
        if not broken and any(api.listed(one.response).items for one in exchanges):
            return
        if not broken and has_made:
            _wait(api)
            continue
        if not broken:
            make_first(api)
            has_made = True
            continue
        bodies = [one.response.json for one in exchanges]
        if last not in (None, bodies):
            _wait(api)
        alike = alike + 1 if bodies == last else 0
        last = bodies
        if alike == _ALIKE:
            first = broken[0]
            how: dict[str, Any] = {"suggested_change": first.suggested_change, "code": first.code}
            api.expect.that(first.sentence, first.claim, Role.LIST, first.pointer, **how)
            return  # A moment later it was right, and that is noted as a difference.
    kept_changing = f"the records kept changing while they were listed {_MOST_TRIES} times"
    raise NotJudgedError(kept_changing if broken else _EMPTY)


def _wait(api: ResourceClient) -> None:
    """Wait before the next try, because lists may show writes late; all waits together are shorter than patience."""
    time.sleep(api.thoroughness.patience_s / _MOST_TRIES)


def make_some(api: ResourceClient, count: int = 4, quick: int = 2) -> None:
    """Create `count` records (`quick` in a quick run) if allowed, so that there is something to compare."""
    if api.thoroughness.writes and api.spec.tag_member and api.spec.has(Role.CREATE, Role.DELETE):
        api.several(count if api.thoroughness.rounds > 1 else quick)


def make_first(api: ResourceClient, why: str = _EMPTY) -> None:
    """Create records if there are none to compare. Raises NotJudgedError, with `why`, if that is not allowed."""
    if not (api.thoroughness.writes and api.spec.has(Role.CREATE, Role.DELETE)):
        raise NotJudgedError(why)
    api.several(_FEW)

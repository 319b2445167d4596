"""Relations between answers that hold on anybody's records, as long as nobody changes these meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from contract_tests.claims import evaluation
from contract_tests.claims.evaluation import Expression
from contract_tests.resource.resource_client import ResourceClient
from openapi import Role

_MOST_TRIES = 6
_ALIKE = 2


@dataclass(frozen=True, slots=True)
class Relation:
    """A claim on lists (see `evidence`), the sentence that tells of its breach, and the place it rests on."""

    sentence: str
    claim: tuple[str, Expression, Expression]
    pointer: str
    suggested_change: str = ""


def expect_undisturbed(api: ResourceClient, ask: Callable[[], Sequence[Relation]]) -> None:
    """Raise BrokenPromiseError where relations that `ask` returns are broken, and not by somebody else's writing.

    What `ask` asks is asked again after a breach. Only answers that come out alike three times in a row, and break a
    relation each time, are held against the service; where the records don't keep still, the relation is let go.
    """
    last: object = None
    alike = 0
    for _ in range(_MOST_TRIES):
        start = len(api.client.trace)
        broken = [one for one in ask() if not _holds(api, one)]
        if not broken:
            return
        bodies = [exchange.answer.json for exchange in api.client.trace[start:]]
        alike = alike + 1 if bodies == last else 0
        last = bodies
        if alike == _ALIKE:
            first = broken[0]
            api.expect.that(
                first.sentence, first.claim, Role.LIST, first.pointer, suggested_change=first.suggested_change
            )


def _holds(api: ResourceClient, relation: Relation) -> bool:
    answers = {exchange.answer.step: exchange.answer.response_data for exchange in api.client.trace}
    return evaluation.judge(api.expect.documented_part(relation.claim), answers).holds


def make_some(api: ResourceClient, count: int = 4, quick: int = 2) -> None:
    """Create `count` records, in a quick run `quick`, where that is allowed: a relation on nothing says nothing."""
    if api.thoroughness.writes and api.spec.tag_member and api.spec.has(Role.CREATE, Role.DELETE):
        api.several(count if api.thoroughness.rounds > 1 else quick)

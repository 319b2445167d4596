"""What the processes of a run did, as plain data, and their sum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class WorkerResult:
    """What one process did.

    `own` is whether the target is a mock that it started, `rate` the most requests a second (None: no limit), `retried`
    how many requests were sent again after a broken connection, `waited` how often the target asked for patience (429),
    `left` curl lines for what could not be removed, `ledger` the file that says so ('' where nothing is left),
    `coverage` what was exercised, by operationId (see `coverage.OperationCoverage`).
    """

    target: str
    own: bool
    writes: bool
    seed: int
    rate: float | None
    requests: int
    retried: int
    waited: int
    created: int
    left: tuple[str, ...]
    ledger: str
    observations: Mapping[str, int]
    coverage: Mapping[str, Mapping[str, Any]]

    def as_data(self) -> dict[str, Any]:
        """The part as a JSON value."""
        return asdict(self)


def from_data(data: Mapping[str, Any]) -> WorkerResult:
    """The part of which `data` is the JSON value."""
    return WorkerResult(**{**data, "left": tuple(data["left"])})


def merge(parts: Iterable[WorkerResult]) -> WorkerResult:
    """The parts of one run together; there is at least one."""
    first, *others = parts
    for other in others:
        first = WorkerResult(
            target=first.target,
            own=first.own,
            writes=first.writes,
            seed=first.seed,
            rate=first.rate,
            requests=first.requests + other.requests,
            retried=first.retried + other.retried,
            waited=first.waited + other.waited,
            created=first.created + other.created,
            left=first.left + other.left,
            ledger=" ".join(file for file in (first.ledger, other.ledger) if file),
            observations=_added(first.observations, other.observations),
            coverage={
                name: {
                    part: _added(counts, other.coverage[name][part])
                    if isinstance(counts, Mapping)
                    else counts + other.coverage[name][part]
                    for part, counts in operation.items()
                }
                for name, operation in first.coverage.items()
            },
        )
    return first


def _added(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in (*one, *other)}

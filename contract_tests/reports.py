"""Renders the result of a run. To add a format, write a function from a Result to text and enter it in `FORMATS`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType

from contract_tests.findings import Finding


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to. `left` are curl lines that remove what it could not; `seconds` is wall time."""

    target: str
    seed: int
    profile: str
    writes: bool
    checked: int
    requests: int
    created: int
    seconds: float
    findings: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    left: tuple[str, ...]
    lost: str | None


def text(result: Result) -> str:
    """For people."""
    return "\n".join(_lines(result)) + "\n"


def _lines(result: Result) -> Iterator[str]:
    for kind, findings in (("broken", result.findings), ("assumption refuted", result.warnings)):
        for finding, times in _grouped(findings):
            yield f"{kind}: {finding.code}: {finding.sentence}" + (f" ({times} times)" if times > 1 else "")
            yield f"  operation  {finding.operation}"
            yield f"  expected   {finding.expected}"
            yield f"  observed   {finding.observed}"
            yield f"  rests on   {finding.pointer}"
            yield "  documented by the vendor" if finding.documented else f"  assumed    {finding.assumption}"
            yield "  reproduce, with BASE the address of the service:"
            yield from (f"    {step}" for step in finding.steps)
            yield ""
    if result.left:
        yield "could not be removed:"
        yield from (f"  {line}" for line in result.left)
    if result.lost:
        yield f"the target was lost: {result.lost}"
    verdict = (
        "The contract is broken" if result.findings else "The contract holds" if not result.lost else "Not finished"
    )
    yield (
        f"{verdict}: {result.checked} properties, {result.requests:,} requests, {result.seconds:.1f} s, "
        f"{result.created} records created, {len(result.left)} left, seed {result.seed}."
    )


def _grouped(findings: tuple[Finding, ...]) -> list[tuple[Finding, int]]:
    """One finding for each property and place, with how often it was met.

    The one with the fewest steps stands for all.
    """
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.code, finding.pointer), []).append(finding)
    return [(min(group, key=lambda one: len(one.steps)), len(group)) for group in groups.values()]


def as_json(result: Result) -> str:
    """For machines: the Result and its findings, member by member."""
    return json.dumps(asdict(result), indent=2, ensure_ascii=False) + "\n"


FORMATS: Mapping[str, Callable[[Result], str]] = MappingProxyType({"text": text, "json": as_json})
"""By name, how a result is rendered."""

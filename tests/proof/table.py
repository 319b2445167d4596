"""The proof as a table: a line for each broken service, totals for each group, and the false alarms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from tests.proof.proving import Found, Outcome, Verdict
from tests.proof.schemathesis_alone import Alone

_HEAD = ("fault", "caught", "by", "expected", "profile", "requests", "seconds", "place", "replay")
_HEAD_BESIDE = ("plain Schemathesis", "requests")


def line(verdict: Verdict) -> str:
    """One broken service, for a terminal."""
    fault, outcome = verdict.fault, verdict.outcome
    parts = [f"{'' if verdict.proven else '!':1} {fault.group:14} {fault.name:32}"]
    if verdict.first is None:
        parts.append(f"NOT CAUGHT  expected {fault.caught_by[0]}")
    else:
        parts.append(f"{verdict.first.code:24}{_doubts(verdict)}")
    parts.append(f"{outcome.profile}, {outcome.requests} requests, {outcome.seconds:.0f} s {outcome.trouble}")
    return " ".join(parts)


def _doubts(verdict: Verdict) -> str:
    first, fault, doubts = verdict.first, verdict.fault, []
    if first is None:
        return ""
    if not verdict.expected:
        doubts.append(f"expected {' or '.join(fault.caught_by)}")
    if not verdict.in_place:
        doubts.append(f"at {first.operation} {first.pointer}")
    if not verdict.reproduced:
        doubts += [f"replay of {one.code} ends with {one.on_broken}, {one.on_correct}" for one in _unproven(verdict)]
    return "; ".join(["", *doubts])


def _unproven(verdict: Verdict) -> list[Found]:
    return [one for one in verdict.outcome.tried if (one.on_broken, one.on_correct) != (1, 0)][:3]


def summary(verdicts: Sequence[Verdict], correct: Sequence[Outcome]) -> Iterator[str]:
    """Totals for each group and of all, and false alarms."""
    groups = list(dict.fromkeys(verdict.fault.group for verdict in verdicts))
    for name in groups:
        yield _total(name, [verdict for verdict in verdicts if verdict.fault.group == name])
    if verdicts:
        yield _total("all faults", verdicts)
        quick = sum(verdict.caught and verdict.outcome.profile == "quick" for verdict in verdicts)
        yield f"{'in a quick run':20} {quick} of {len(verdicts)} caught"
    if any(verdict.alone for verdict in verdicts):
        yield _beside(verdicts)
    if correct:
        accused = [one for one in correct if not one.is_clean]
        cut = [one for one in correct if one.is_clean and one.unjudged]
        names = len({one.service for one in correct})
        yield f"{'correct services':20} {names} services, {len(correct)} runs, {len(accused)} false alarms"
        yield from (f"  ! {one.service}, seed {one.seed}: {accusation(one)}" for one in accused)
        yield from (f"  {one.service}, seed {one.seed}: not judged: {_codes(one)}" for one in cut)


def _beside(verdicts: Sequence[Verdict]) -> str:
    found = [verdict.alone for verdict in verdicts if verdict.alone]
    caught = sum(bool(one.failures) for one in found)
    requests, seconds = median(one.requests for one in found), median(one.seconds for one in found)
    ours, took = (median(getattr(one.outcome, what) for one in verdicts) for what in ("requests", "seconds"))
    return (
        f"{'plain Schemathesis':20} {caught} of {len(found)} caught, in {requests:.0f} requests and {seconds:.0f} s; "
        f"the check took {ours:.0f} and {took:.0f} s (medians)"
    )


def accusation(outcome: Outcome) -> str:
    """The findings against a correct service."""
    findings = "; ".join(f"{one.code} {one.pointer}: {one.sentence}" for one in outcome.findings)
    unjudged = "; ".join(f"{code} not judged: {why}" for code, why in outcome.unjudged)
    return f"exit {outcome.code}: {findings} {unjudged} {outcome.trouble}".strip()


def _codes(outcome: Outcome) -> str:
    return ", ".join(code for code, _ in outcome.unjudged)


def _total(name: str, verdicts: Sequence[Verdict]) -> str:
    caught = sum(verdict.caught for verdict in verdicts)
    expected = sum(verdict.expected for verdict in verdicts)
    placed = sum(verdict.in_place for verdict in verdicts)
    replays = [one for verdict in verdicts for one in verdict.outcome.tried]
    good = sum((one.on_broken, one.on_correct) == (1, 0) for one in replays)
    return (
        f"{name:20} {caught} of {len(verdicts)} caught, "
        f"{expected} by the expected property, {placed} in the right place, "
        f"{good} of {len(replays)} replays right both ways"
    )


def as_markdown(verdicts: Sequence[Verdict], correct: Sequence[Outcome], profile: str) -> str:
    """The proof as a section in Markdown."""
    beside = any(verdict.alone for verdict in verdicts)
    head = (*_HEAD, *(_HEAD_BESIDE if beside else ()))
    rows = [_row(head), _row(["---"] * len(head))]
    for verdict in verdicts:
        first, outcome = verdict.first, verdict.outcome
        rows.append(
            _row(
                (
                    f"`{verdict.fault.name}`: {verdict.fault.what}",
                    _yes(verdict.caught),
                    first.code if first else "",
                    verdict.fault.caught_by[0],
                    outcome.profile,
                    str(outcome.requests),
                    f"{outcome.seconds:.0f}",
                    _yes(verdict.in_place),
                    _yes(verdict.reproduced and verdict.caught),
                    *(_alone(verdict.alone) if beside else ()),
                )
            )
        )
    totals = [f"- {text.strip()}" for text in summary(verdicts, correct)]
    return "\n".join([f"## Profile {profile}", "", *totals, "", *rows, ""])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _alone(alone: Alone | None) -> tuple[str, str]:
    return ("", "") if alone is None else ("; ".join(alone.failures) or "nothing", str(alone.requests))


def _yes(value: bool) -> str:
    return "yes" if value else "no"

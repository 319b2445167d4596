"""The proof as a table: a line for each broken service, totals for each group, and the false alarms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.proof.proving import Found, Outcome, Verdict
from tests.proof.schemathesis_alone import Alone

_HEAD = ("fault", "caught", "by", "expected", "profile", "seed", "requests", "seconds", "place", "replay")
_HEAD_OF_GROUPS = ("group", "faults", "run", "found", "expected first", "place")
_SCHEMATHESIS_HEAD = ("plain Schemathesis", "requests")


def line(verdict: Verdict) -> str:
    """One broken service, for a terminal."""
    fault, outcome = verdict.fault, verdict.outcome
    parts = [f"{'' if verdict.proven else '!':1} {fault.group:14} {fault.name:32}"]
    if verdict.first is None:
        parts.append(f"NOT CAUGHT  expected {fault.caught_by[0]}")
    else:
        parts.append(f"{verdict.first.code:24}{_doubts(verdict)}")
    parts.append(f"{outcome.profile}, seed {outcome.seed}, {outcome.requests} requests, {outcome.seconds:.0f} s")
    parts.append(outcome.trouble)
    return " ".join(parts)


def _doubts(verdict: Verdict) -> str:
    first, fault, doubts = verdict.first, verdict.fault, []
    if first is None:
        return ""
    if not verdict.expected:
        doubts.append(f"expected {' or '.join(fault.caught_by)}")
    if not verdict.has_expected_pointer:
        doubts.append(f"at {first.operation} {first.pointer}")
    if not verdict.reproduced:
        doubts += [f"replay of {one.code} ends with {one.on_broken}, {one.on_correct}" for one in _unproven(verdict)]
    return "; ".join(["", *doubts])


def _unproven(verdict: Verdict) -> list[Found]:
    return [one for one in verdict.outcome.tried if (one.on_broken, one.on_correct) != (1, 0)][:3]


@dataclass
class Proof:
    """The runs of a proof: `count` is how many faults each group has, drawn or not."""

    profile: str
    count: Mapping[str, int]
    faults: list[Verdict] = field(default_factory=list)
    correct: list[Outcome] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether every run has the expected result."""
        return all(one.proven for one in self.faults) and all(one.is_clean for one in self.correct)

    @property
    def shares(self) -> Iterator[Share]:
        """The share of each group, in the order of the catalogue, and of all faults."""
        for name, count in self.count.items():
            yield Share(name, count, [one for one in self.faults if one.fault.group == name])
        yield Share("all", sum(self.count.values()), self.faults)


@dataclass(frozen=True)
class Share:
    """The runs of a group of `count` faults."""

    name: str
    count: int
    run: Sequence[Verdict]

    @property
    def replays(self) -> list[Found]:
        """The findings that were replayed."""
        return [one for verdict in self.run for one in verdict.outcome.tried]

    @property
    def numbers(self) -> Iterator[int]:
        """How many there are, were run, were found, first by an expected property, and at the right place too."""
        yield self.count
        yield len(self.run)
        yield sum(one.caught for one in self.run)
        yield sum(one.expected for one in self.run)
        yield sum(one.expected and one.has_expected_pointer for one in self.run)


def summary(proof: Proof) -> Iterator[str]:
    """Totals for each group and of all, and false alarms."""
    if proof.faults:
        yield from (_total(share) for share in proof.shares)
        yield from _runs(proof.faults)
    if any(verdict.alone for verdict in proof.faults):
        yield _beside(proof.faults)
    yield from _alarms(proof.correct)


def _runs(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """The runs of each profile: how many found the fault, with which seeds, and what they took."""
    for profile in dict.fromkeys(one.outcome.profile for one in verdicts):
        runs = [one for one in verdicts if one.outcome.profile == profile]
        seeds = ", ".join(map(str, sorted({one.outcome.seed for one in runs})))
        requests, seconds = (median(getattr(one.outcome, what) for one in runs) for what in ("requests", "seconds"))
        yield (
            f"{profile}, seed {seeds}: {sum(one.caught for one in runs)} of {len(runs)} found; "
            f"{requests:,.0f} requests and {seconds:.0f} s (medians)"
        )


def _alarms(correct: Sequence[Outcome]) -> Iterator[str]:
    if not correct:
        return
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


def line_of_correct(outcome: Outcome) -> str:
    """A run against a correct service, for a terminal."""
    word = "not accused" if outcome.is_clean else f"! ACCUSED {accusation(outcome)}"
    return f"  correct        {outcome.service:32} seed {outcome.seed}: {word}, {outcome.seconds:.0f} s"


def accusation(outcome: Outcome) -> str:
    """The findings against a correct service."""
    findings = "; ".join(f"{one.code} {one.pointer}: {one.sentence}" for one in outcome.findings)
    unjudged = "; ".join(f"{code} not judged: {why}" for code, why in outcome.unjudged)
    return f"exit {outcome.code}: {findings} {unjudged} {outcome.trouble}".strip()


def _codes(outcome: Outcome) -> str:
    return ", ".join(code for code, _ in outcome.unjudged)


def _total(share: Share) -> str:
    count, run, found, expected, placed = share.numbers
    return (
        f"{share.name:20} {run} of {count} run, {found} found, {expected} first by an expected property, "
        f"{placed} in the right place too, {_right(share.replays)} replays right both ways"
    )


def _right(replays: Sequence[Found]) -> str:
    return f"{sum((one.on_broken, one.on_correct) == (1, 0) for one in replays)} of {len(replays)}"


def as_markdown(proof: Proof, notes: Sequence[str]) -> str:
    """The proof as a section in Markdown: the notes, a table by group, and one with a row for each fault."""
    with_schemathesis = any(verdict.alone for verdict in proof.faults)
    replayed = any(verdict.outcome.tried for verdict in proof.faults)
    by_group = [_group(share, replayed, with_schemathesis) for share in proof.shares]
    by_fault = [_fault(verdict, with_schemathesis) for verdict in proof.faults]
    head_of_groups = (*_HEAD_OF_GROUPS, *("replays",) * replayed, *_SCHEMATHESIS_HEAD[:with_schemathesis])
    head = (*_HEAD, *_SCHEMATHESIS_HEAD * with_schemathesis)
    bullets = [f"- {text.strip()}" for text in (*_runs(proof.faults), *_alarms(proof.correct), *notes)]
    tables = [*_table(head_of_groups, by_group), "", *_table(head, by_fault)] if proof.faults else []
    return "\n".join([f"## Profile {proof.profile}", "", *bullets, "", *tables, ""])


def _group(share: Share, replayed: bool, with_schemathesis: bool) -> Iterator[str]:
    yield share.name
    yield from map(str, share.numbers)
    if replayed:
        yield _right(share.replays)
    if with_schemathesis:
        yield str(sum(bool(one.alone and one.alone.failures) for one in share.run))


def _fault(verdict: Verdict, with_schemathesis: bool) -> Iterator[str]:
    first, outcome = verdict.first, verdict.outcome
    yield f"`{verdict.fault.name}`: {verdict.fault.what}"
    yield _yes(verdict.caught)
    yield first.code if first else ""
    yield verdict.fault.caught_by[0]
    yield outcome.profile
    yield str(outcome.seed)
    yield str(outcome.requests)
    yield f"{outcome.seconds:.0f}"
    yield _yes(verdict.has_expected_pointer)
    yield _yes(verdict.reproduced and verdict.caught)
    if with_schemathesis:
        yield from _alone(verdict.alone)


def _table(head: Sequence[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield _row(head)
    yield _row(["---"] * len(head))
    yield from map(_row, rows)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _alone(alone: Alone | None) -> tuple[str, str]:
    return ("", "") if alone is None else ("; ".join(alone.failures) or "nothing", str(alone.requests))


def _yes(value: bool) -> str:
    return "yes" if value else "no"

"""Shared by all formats: the verdict, findings by cause, coverage of the document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, Literal, TypeAlias

from contract_tests.findings.baseline import Deviation
from contract_tests.findings.curl import Command, commands, removals
from contract_tests.findings.finding import Finding
from contract_tests.properties import CATALOGUE
from contract_tests.reports.result import Outcome, PropertyRun, Result
from openapi.wording import counted

Kind: TypeAlias = Literal["broken", "refuted", "known"]
Word: TypeAlias = Literal["holds", "broken", "unfinished", "failed"]
_SLOWEST = 10
_MOST_NAMED = 8
NOT_SELECTED, IGNORED = "it was not selected", "it was ignored"
NOT_APPLICABLE = "it does not apply here"
ONLY_READS = "it needs its own records, and the run only reads"
NOT_SHOWN = "no recorded exchange shows it"
OTHER_SHARD = "another shard checks it"
NARROWED = (NOT_SELECTED, IGNORED, ONLY_READS, NOT_SHOWN, OTHER_SHARD)
"""Why a property that may apply was left out on request."""


@dataclass(frozen=True, slots=True)
class Cause:
    """All findings with one cause: a property and a node of the document. They occurred `times` times.

    `kind` is `broken` if it fails the run, `refuted` for an assumption that doesn't hold, `known` if the baseline has
    an entry (`deviation`). `finding` is the one with the fewest steps, `name` the code with a number. `number` is that
    of a difference from an assumption, such as D1, and "" for a broken promise; `judged_under` names the properties
    that were judged in spite of it. `changed` is whether the service no longer does what an overlay says.
    """

    kind: Kind
    name: str
    title: str
    finding: Finding
    times: int
    deviation: Deviation | None = None
    number: str = ""
    judged_under: tuple[str, ...] = ()
    changed: bool = False

    @property
    def repetition(self) -> str:
        """How often the finding occurs, in words; '' if every time."""
        return self.finding.repetition


def causes(result: Result) -> tuple[Cause, ...]:
    """The findings by cause: first broken ones, then refuted assumptions, then known ones."""
    titles = {one.code: one.title for one in result.properties}
    known = {entry: [finding for finding, of in result.known if of == entry] for _, entry in result.known}
    groups: list[tuple[Kind, Sequence[Finding], Deviation | None]] = [
        *(("broken", group, None) for group in _by_cause(result.findings)),
        *(("refuted", group, None) for group in _by_cause(result.warnings)),
        *(("known", group, entry) for entry, group in known.items()),
    ]
    found, numbers, differences = list[Cause](), dict[str, int](), 0
    stored = {pointer for one in result.stored for pointer in one.pointers}
    for kind, group, deviation in groups:
        best = min(group, key=lambda one: (one.attempts == 0, len(one.steps)))
        numbers[best.code] = numbers.get(best.code, 0) + 1
        name = f"{best.code}-{numbers[best.code]}"
        title = titles.get(best.code) or _title(best.code)
        cause = Cause(kind, name, title, best, len(group), deviation)
        if not best.documented:
            differences += 1
            under = [one.name for one in result.properties if one.outcome == "kept" and best.pointer in one.under]
            changed = any(f"{best.pointer}/".startswith(f"{pointer}/") for pointer in stored)
            cause = replace(cause, number=f"D{differences}", judged_under=tuple(under), changed=changed)
        found.append(cause)
    return tuple(found)


def numbers_of(found: Sequence[Cause], one: PropertyRun) -> list[str]:
    """The numbers of the differences that a property was judged under."""
    return [cause.number for cause in found if cause.number and cause.finding.pointer in one.under]


def verdict_on(found: Sequence[Cause], one: PropertyRun) -> str:
    """The outcome of one property: kept as written, kept under D1, D3, broken, not judged, not checked."""
    if one.outcome != "kept":
        return one.outcome
    numbers = numbers_of(found, one)
    return f"kept under {', '.join(numbers)}" if numbers else "kept as written"


def headline(result: Result) -> list[str]:
    """The result in brief: broken promises, refuted assumptions, what could not be judged."""
    found = causes(result)
    broken = [cause for cause in found if cause.kind == "broken"]
    refuted = [cause for cause in found if cause.kind == "refuted"]
    lines = [f"{counted(len(broken), 'broken promise')}{_named(broken)}"]
    lines.append(f"{counted(len(refuted), 'refuted assumption')}{_named(refuted)}")
    changed = [cause for cause in found if cause.changed]
    if result.stored:
        lines.append(f"{counted(len(changed), 'change')} since the overlay was written{_named(changed)}")
    unknown = [one.name for one in result.properties if one.outcome == "not judged"]
    more = f": {', '.join(unknown[:_MOST_NAMED])}" if unknown else ""
    lines.append(f"{len(unknown)} {'property' if len(unknown) == 1 else 'properties'} not judged{more}")
    return lines


def judged_under(cause: Cause) -> str:
    """How many properties were judged in spite of a difference, in words; "" for none."""
    number = len(cause.judged_under)
    return f"{number} {'property' if number == 1 else 'properties'} under it" if number else ""


def _named(found: Sequence[Cause]) -> str:
    names = [cause.number or cause.name for cause in found]
    shown = names[:_MOST_NAMED]
    return f": {', '.join(shown)}{', …' if len(names) > len(shown) else ''}" if names else ""


def _title(code: str) -> str:
    """The title of a property that has no separate test because it is checked on every response."""
    return CATALOGUE[code].title if code in CATALOGUE else ""


def _by_cause(findings: Sequence[Finding]) -> Iterator[list[Finding]]:
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.cause, []).append(finding)
    yield from groups.values()


def script_of(result: Result, cause: Cause) -> str | None:
    """The path of the script with the lines that reproduce a finding; None if there is none."""
    return None if result.scripts is None else str(PurePath(result.scripts) / f"{cause.name}.sh")


def lines_of(result: Result, cause: Cause) -> tuple[list[Command], list[str]]:
    """The lines that reproduce a finding, and the lines that then remove the created records."""
    steps = cause.finding.steps
    return commands(steps, result.credentials), removals(steps, result.credentials)


def verdict(result: Result) -> tuple[Word, str]:
    """The result of the run, in a word and in a sentence."""
    broken = sum(cause.kind == "broken" for cause in causes(result))
    cut = result.ended or ("the target stopped responding" if result.lost else "")
    if broken:
        early = f"Not finished: {cut}. " if cut else ""
        return "broken", f"{early}The contract is broken: {counted(broken, 'finding')}."
    if result.lost:
        return "unfinished", f"Not finished: {cut}."
    if result.errors:
        return "failed", "Not finished: the check itself failed."
    if cut:
        return "unfinished", f"Not finished, nothing broken so far: {cut}."
    return _verdict_without_findings(result)


def _verdict_without_findings(result: Result) -> tuple[Word, str]:
    numbers = tally(result)
    if numbers["not judged"]:
        unknown = f"{numbers['not judged']} of {sum(numbers.values()) - numbers['not checked']} properties"
        return "unfinished", f"Nothing broken, but {unknown} could not be judged."
    if not numbers["kept"] and not numbers["broken"]:
        return "unfinished", "Nothing was checked."
    left_out = {one.why for one in result.properties if one.outcome == "not checked" and one.why in NARROWED}
    if left_out == {ONLY_READS}:
        seen = f"{numbers['kept'] + numbers['broken']} of {len(result.properties)} properties"
        return "holds", f"Nothing broken in the read-only checks ({seen}); --allow-writes checks the rest."
    if left_out:
        return "holds", "The checked properties hold; others were not checked."
    return "holds", "The contract holds."


def records(result: Result) -> str:
    """How many records the run has created, removed and left."""
    text = f"{result.created} created, {result.removed} removed, {len(result.left)} left"
    ended = result.created - result.removed - len(result.left) if result.own else 0
    return f"{text}, {ended} ended with the mock" if ended > 0 else text


def mode(result: Result) -> str:
    """What the run was allowed to do."""
    if result.recorded:
        return "recorded requests; none was sent"
    if result.own:
        return "a private mock; writes enabled"
    return "wrote only its own records" if result.writes else "only read"


def tally(result: Result) -> dict[str, int]:
    """How many properties had each outcome; refuted assumptions count as broken."""
    return {
        outcome: sum(one.outcome == outcome for one in result.properties)
        for outcome in ("kept", "broken", "not judged", "not checked")
    }


def tallied(result: Result) -> str:
    """The outcomes of the properties in words."""
    counts = tally(result)
    unknown = f", {counts['not judged']} not judged" if counts["not judged"] else ""
    found = causes(result)
    under = sum(bool(numbers_of(found, one)) for one in result.properties if one.outcome == "kept")
    hold = f"{counts['kept']} hold" + (f" ({under} of them under differences)" if under else "")
    return f"{hold}, {counts['broken']} broken{unknown}, {counts['not checked']} not checked"


def slowest(result: Result) -> list[PropertyRun]:
    """The slowest properties, the slowest first."""
    checked = [one for one in result.properties if one.outcome in ("kept", "broken") and one.seconds]
    return sorted(checked, key=lambda one: (-one.seconds, one.code, one.subject))[:_SLOWEST]


def by_reason(result: Result, outcome: Outcome) -> dict[str, list[str]]:
    """The properties with an outcome, by reason."""
    reasons: dict[str, list[str]] = {}
    for one in result.properties:
        if one.outcome == outcome:
            reasons.setdefault(one.why or "no reason given", []).append(one.name)
    return reasons


def observed_rate(result: Result) -> float:
    """Requests per second, on average."""
    return result.requests / result.seconds if result.seconds else 0.0


PARTS: Mapping[str, str] = {
    "statuses": "statuses",
    "parameters": "parameters",
    "members": "body fields",
    "boundaries": "boundaries",
    "rules": "rules",
}
"""The counted parts of an operation, and their names in reports."""


@dataclass(frozen=True, slots=True)
class Exercised:
    """The coverage of one operation: by part (see `PARTS`), `met` with counts, and `missed`."""

    operation: str
    requests: int
    met: Mapping[str, Mapping[str, int]]
    missed: Mapping[str, Sequence[str]]

    def share(self, part: str) -> str:
        """For example '3/4'; '' if the operation has no such part."""
        whole = len(self.met[part]) + len(self.missed[part])
        return f"{len(self.met[part])}/{whole}" if whole else ""

    def gaps(self) -> list[str]:
        """The gaps in coverage: statuses, parameters and fields by name, bounds and rules by number."""
        named = {"statuses": "never provoked", "parameters": "parameters never sent", "members": "fields never sent"}
        gaps = [f"{words}: {', '.join(self.missed[part])}" for part, words in named.items() if self.missed[part]]
        for part, words in {"boundaries": "boundary value", "rules": "rule"}.items():
            missed, whole = len(self.missed[part]), len(self.missed[part]) + len(self.met[part])
            gaps += [f"not tried: {missed} of {counted(whole, words)}"] if missed else []
        return gaps


def exercised(result: Result) -> list[Exercised]:
    """The coverage by operation."""
    return [_exercised(name, operation) for name, operation in result.coverage.items()]


def _exercised(name: str, operation: Mapping[str, Any]) -> Exercised:
    counts: dict[str, Mapping[str, int]] = {part: operation.get(part, {}) for part in PARTS}
    return Exercised(
        name,
        operation["requests"],
        {part: {one: count for one, count in sorted(of.items()) if count} for part, of in counts.items()},
        {part: sorted(one for one, count in of.items() if not count) for part, of in counts.items()},
    )


def overall(rows: Sequence[Exercised]) -> dict[str, tuple[int, int]]:
    """How much was exercised of how much, by part; `operations` is one of them."""
    shares = {"operations": (sum(row.requests > 0 for row in rows), len(rows))}
    for part, words in PARTS.items():
        met = sum(len(row.met[part]) for row in rows)
        shares[words] = (met, met + sum(len(row.missed[part]) for row in rows))
    return shares

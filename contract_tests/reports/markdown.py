"""Markdown for the summary of a job (GitHub flavour)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from contract_tests.reports.result import Outcome, Result
from contract_tests.reports.summary import (
    PARTS,
    Cause,
    by_reason,
    causes,
    exercised,
    headline,
    judged_under,
    lines_of,
    mode,
    observed_rate,
    overall,
    records,
    script_of,
    slowest,
    tallied,
    verdict,
)
from contract_tests.target.printing import quoted
from openapi.wording import counted

_KINDS = {"broken": "Broken", "refuted": "Assumptions refuted", "known": "Known deviations"}
# An entity is never structural (CommonMark 0.31, section 2.5).
_STRUCTURAL = re.compile(r"[\\`*_\[\]<>&|~#@$]")
_AT_THE_BEGINNING = re.compile(r"^[^A-Za-z\s&]")


def markdown(result: Result) -> str:
    """The report, with collapsed reproductions."""
    lines = "\n".join(f"- {_paragraph(line)}" for line in headline(result))
    blocks = [f"## {_escaped(verdict(result)[1])}", lines, *_troubles(result), _facts(result)]
    found = causes(result)
    for kind, title in _KINDS.items():
        of_kind = [cause for cause in found if cause.kind == kind]
        if of_kind:
            blocks += [f"### {title}", *(block for cause in of_kind for block in _cause(result, cause))]
    blocks += [*_baseline(result), *_calibration(result), *_stored(result), *_observations(result)]
    blocks += [*_without(result, "not judged", "Not judged"), *_without(result, "not checked", "Not checked")]
    blocks += [*_coverage(result), *_slow(result)]
    return "\n\n".join(blocks) + "\n"


def _escaped(text: str) -> str:
    """`text` on one line, without any meaning in Markdown or HTML."""
    return _STRUCTURAL.sub(_entity, " ".join(text.split()))


def _paragraph(text: str) -> str:
    """The same for a text that starts a block, where a number or a dash would start a list."""
    return _AT_THE_BEGINNING.sub(_entity, _escaped(text))


def _entity(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"


def _code(text: str) -> str:
    return f"<code>{_escaped(text)}</code>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _facts_table(rows: Sequence[tuple[str, str]]) -> str:
    """A table without a heading, which Markdown can't write. GitHub makes no links of the addresses in HTML."""
    rows = [(name.replace(" ", "&nbsp;"), value) for name, value in rows if value]
    lines = [f'<tr><th align="left">{name}</th><td>{value}</td></tr>' for name, value in rows]
    return "\n".join(["<table>", *lines, "</table>"])


def _fenced(lines: Sequence[str]) -> str:
    text = "\n".join(lines)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}sh\n{text}\n{fence}"


def _folded(title: str, content: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{content}\n\n</details>"


def _troubles(result: Result) -> Iterator[str]:
    if result.lost:
        yield f"**The target was lost:** {_escaped(result.lost)}"
    for error in result.errors:
        yield "**The check itself failed:**\n\n" + _fenced(error.splitlines())
    if result.left:
        yield "**Could not be removed:**\n\n" + _fenced(result.left)


def _facts(result: Result) -> str:
    limit = f", at most {result.rate_per_s:g}/s" if result.rate_per_s else ""
    rows = [
        ("Target", f"{_code(result.target)}, {mode(result)}"),
        ("Properties", tallied(result)),
        ("Requests", f"{result.requests:,} in {result.seconds:.1f} s ({observed_rate(result):.0f}/s{limit})"),
        ("Records", records(result)),
        ("Seed", f"{result.seed}, profile {result.profile}"),
        ("Again", _code(result.again) if result.again else ""),
    ]
    return _facts_table(rows)


def _cause(result: Result, cause: Cause) -> Iterator[str]:
    finding = cause.finding
    title = f": {_escaped(cause.title)}" if cause.title else ""
    number = f"{cause.number}{' (the service has changed)' if cause.changed else ''}: " if cause.number else ""
    yield f"#### {number}{_escaped(finding.code)}{title}"
    yield _paragraph(finding.sentence) + (f" ({counted(cause.times, 'time')})" if cause.times > 1 else "")
    script = script_of(result, cause)
    rows = [
        ("Expected", _code(finding.expected)),
        ("Got", _code(finding.observed)),
        ("Operation", _code(finding.operation)),
        ("Rests on", _code(finding.pointer) + _line(result, finding.pointer)),
        ("Assumed", _escaped(finding.assumption) if finding.assumption else "no: the vendor documents it"),
        ("To allow it", _escaped(finding.suggested_change)),
        ("Judged", judged_under(cause)),
        ("Known", _escaped(cause.deviation.reason) if cause.deviation else ""),
        ("Repeats", _escaped(cause.repetition)),
        ("Script", _code(script) if script else ""),
    ]
    yield _facts_table(rows)
    steps, removing = lines_of(result, cause)
    lines = [f"BASE={quoted(result.target)}", *(f"{one.line}   # {one.number}: {one.note}" for one in steps)]
    lines += ["# to remove the created records:", *removing] if removing else []
    if steps:
        yield _folded("Reproduce", _fenced(lines))


def _line(result: Result, pointer: str) -> str:
    """Where the node is in its file."""
    file, line = result.locations.get(pointer, ("", 0))
    return f" ({_escaped(file)}, line {line})" if file else ""


def _baseline(result: Result) -> Iterator[str]:
    entries = [
        *(f"- Expired on {one.until}: {_code(one.code)} at {_code(one.pointer)}" for one in result.expired),
        *(f"- No longer occurs: {_code(one.code)} at {_code(one.pointer)}" for one in result.gone),
    ]
    if entries:
        yield "### Baseline"
        yield "\n".join(entries)


def _calibration(result: Result) -> Iterator[str]:
    if result.calibration:
        rows = [
            (_code(one.pointer), _code(one.declared), _code(one.word) if one.word else "no single value")
            for one in result.calibration
        ]
        title = f"Calibration: {counted(len(rows), 'question')}, {counted(result.calibration_requests, 'request')}"
        yield _folded(title, _table(("Node", "The document", "The service"), rows))


def _stored(result: Result) -> Iterator[str]:
    if result.stored:
        lines = [f"- {one.state}: {_escaped(one.sentence or one.pointers[0])}" for one in result.stored]
        yield "### Overlay"
        yield "\n".join(lines)


def _observations(result: Result) -> Iterator[str]:
    if result.observations:
        lines = [f"- {_paragraph(one)} ({counted(times, 'time')})" for one, times in result.observations.items()]
        yield _folded(f"Observed, but not documented ({len(lines)})", "\n".join(lines))


def _without(result: Result, outcome: Outcome, title: str) -> Iterator[str]:
    reasons = by_reason(result, outcome)
    if reasons:
        lines = [f"- {_paragraph(reason)}: {_escaped(', '.join(codes))}" for reason, codes in reasons.items()]
        yield _folded(f"{title} ({sum(map(len, reasons.values()))})", "\n".join(lines))


def _coverage(result: Result) -> Iterator[str]:
    rows = exercised(result)
    if not rows:
        return
    table = _table(
        ("Operation", "Requests", *(words.capitalize() for words in PARTS.values()), "Not exercised"),
        [
            (
                _code(row.operation),
                f"{row.requests:,}",
                *(row.share(part) for part in PARTS),
                _escaped("; ".join(row.gaps())),
            )
            for row in rows
        ],
    )
    shares = ", ".join(f"{hit} of {of} {name}" for name, (hit, of) in overall(rows).items() if of)
    yield _folded(f"Exercised: {shares}", table)


def _slow(result: Result) -> Iterator[str]:
    slow = slowest(result)
    if slow:
        rows = [(_code(one.name), f"{one.requests:,}", f"{one.seconds:.2f}") for one in slow]
        yield _folded("Slowest properties", _table(("Property", "Requests", "Seconds"), rows))

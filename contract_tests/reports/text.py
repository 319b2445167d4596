"""The report for people at a terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import IO

import click

from contract_tests.reports.result import Outcome, Result
from contract_tests.reports.summary import (
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

_KINDS = {"broken": ("BROKEN", "red"), "refuted": ("ASSUMPTION REFUTED", "yellow"), "known": ("KNOWN", "cyan")}
_VERDICTS = {"holds": "green", "broken": "red", "unfinished": "yellow", "failed": "red"}
_MOST_NAMED = 12


def text(result: Result) -> str:
    """The report without colours."""
    return click.unstyle(_coloured(result))


def for_stream(result: Result, stream: IO[str]) -> str:
    """The report, in colour if `stream` is a terminal and NO_COLOR is not set (https://no-color.org)."""
    return _coloured(result) if stream.isatty() and not os.environ.get("NO_COLOR") else text(result)


def _coloured(result: Result) -> str:
    parts = [
        _headline(result),
        *(_cause(result, cause) for cause in causes(result)),
        _baseline(result),
        _calibration(result),
        _stored(result),
        _observations(result),
        _without(result, "not checked", "Not checked"),
        _coverage(result),
        _slow(result),
        _without(result, "not judged", "Not judged"),
        _troubles(result),
        _end(result),
    ]
    blocks = ["\n".join(lines) for part in parts if (lines := [*part])]
    return "\n\n".join(blocks) + "\n"


def _heading(title: str) -> str:
    return click.style(title, bold=True)


def _cause(result: Result, cause: Cause) -> Iterator[str]:
    finding, (word, colour) = cause.finding, _KINDS[cause.kind]
    times = f" ({counted(cause.times, 'time')})" if cause.times > 1 else ""
    title = f"  {cause.title}" if cause.title else ""
    number, word = f"{cause.number} " if cause.number else "", "SERVICE CHANGED" if cause.changed else word
    heading = click.style(f"{number}{word} {finding.code}", fg=colour, bold=True)
    yield heading + click.style(f"{title}{times}", bold=True)
    yield f"  {finding.sentence}"
    rows = [
        ("expected", finding.expected),
        ("got", finding.observed),
        ("operation", finding.operation),
        ("rests on", f"{finding.pointer}{_location(result, finding.pointer)}"),
        ("assumed", finding.assumption or "no: the vendor documents it"),
        ("to allow it", finding.suggested_change),
        ("judged", judged_under(cause)),
        ("known", _known(cause)),
        ("repeats", cause.repetition),
        ("script", script_of(result, cause) or ""),
    ]
    yield from (f"  {name:12}{value}" for name, value in rows if value)
    steps, removing = lines_of(result, cause)
    if steps:
        yield click.style("  to reproduce it:", dim=True)
        yield f"    BASE={quoted(result.target)}"
        yield from (f"    {one.number}. {one.line}" + click.style(f"   # {one.note}", dim=True) for one in steps)
    if removing:
        yield click.style("  to remove the created records:", dim=True)
        yield from (f"       {line}" for line in removing)


def _location(result: Result, pointer: str) -> str:
    file, line = result.locations.get(pointer, ("", 0))
    return f" ({file}:{line})" if file else ""


def _known(cause: Cause) -> str:
    if cause.deviation is None:
        return ""
    until = f" (until {cause.deviation.until})" if cause.deviation.until else ""
    return f"{cause.deviation.reason}{until}"


def _baseline(result: Result) -> Iterator[str]:
    if result.expired or result.gone:
        yield _heading("Baseline")
        for one in result.expired:
            yield f"  expired on {one.until}: {one.code} at {one.pointer}: {one.reason}"
        for one in result.gone:
            yield f"  no longer occurs, remove it: {one.code} at {one.pointer}: {one.reason}"


def _headline(result: Result) -> Iterator[str]:
    yield _heading(verdict(result)[1])
    yield from (f"  {line}" for line in headline(result))


def _calibration(result: Result) -> Iterator[str]:
    if not result.calibration:
        return
    effort = f"{counted(len(result.calibration), 'question')}, {counted(result.calibration_requests, 'request')}"
    yield _heading("Calibration") + f"  {effort}"
    for one in result.calibration:
        if one.word is None:
            yield f"  no single value {one.pointer} (the document says {one.declared}; tried: {one.evidence})"
        elif one.word != one.declared:
            yield f"  differs         {one.pointer}: {one.word} (the document says {one.declared})"
    same = sum(one.word == one.declared for one in result.calibration)
    yield f"  as documented   {same} of {len(result.calibration)}"


def _stored(result: Result) -> Iterator[str]:
    if result.stored:
        yield _heading("Overlay")
        yield from (f"  {one.state:16}{one.sentence or one.pointers[0]}" for one in result.stored)


def _observations(result: Result) -> Iterator[str]:
    if result.observations:
        yield _heading("Observed, but not documented")
        yield from (
            f"  {count:>5,} {'time ' if count == 1 else 'times'}  {sentence}"
            for sentence, count in result.observations.items()
        )


def _without(result: Result, outcome: Outcome, title: str) -> Iterator[str]:
    reasons = by_reason(result, outcome)
    if reasons:
        yield _heading(title)
        for reason, codes in reasons.items():
            names = ", ".join(codes) if len(codes) <= _MOST_NAMED else f"{len(codes)} properties"
            yield f"  {reason}: {names}"


def _coverage(result: Result) -> Iterator[str]:
    rows = exercised(result)
    if not rows:
        return
    shares = overall(rows)
    yield _heading("Exercised") + "  " + ", ".join(f"{met} of {of} {name}" for name, (met, of) in shares.items() if of)
    width = max(len(row.operation) for row in rows)
    for row in rows:
        met = " ".join(f"{status} ({count:,})" for status, count in row.met["statuses"].items())
        yield f"  {row.operation:{width}} {row.requests:>6,}  {met}"
        yield from (click.style(f"  {'':{width}} {'':6}  {gap}", dim=True) for gap in row.gaps())


def _slow(result: Result) -> Iterator[str]:
    slow = slowest(result)
    if slow:
        yield _heading("Slowest")
        for one in slow:
            noun = "request " if one.requests == 1 else "requests"
            yield f"  {one.seconds:7.2f} s {one.requests:>6,} {noun}  {one.name}"


def _troubles(result: Result) -> Iterator[str]:
    if result.lost:
        yield click.style(f"The target stopped responding: {result.lost}", fg="red")
    for error in result.errors:
        yield click.style(f"The check itself failed: {error}", fg="red")
    if result.left:
        yield click.style(
            f"Could not be removed ({result.ledger}):" if result.ledger else "Could not be removed:", fg="red"
        )
        yield from (f"  {line}" for line in result.left)


def _end(result: Result) -> Iterator[str]:
    word, sentence = verdict(result)
    yield click.style(sentence, fg=_VERDICTS[word], bold=True)
    refuted = sum(cause.kind == "refuted" for cause in causes(result))
    yield f"  properties  {tallied(result)}" + (f"; {counted(refuted, 'assumption')} refuted" if refuted else "")
    if result.recorded:
        yield f"  requests    {result.requests:,} recorded; none was sent"
        yield f"  target      {result.target}"
        return
    limit = f", at most {result.rate_per_s:g}/s" if result.rate_per_s else ""
    again = f", {result.retried} retried" if result.retried else ""
    waits = f", {counted(result.waited, 'wait')} after 429" if result.waited else ""
    pace = f"{observed_rate(result):.0f}/s{limit}{again}{waits}"
    removals = f", {result.removals:,} of them to remove records" if result.removals else ""
    yield f"  requests    {result.requests:,} in {result.seconds:.1f} s ({pace}){removals}"
    yield f"  records     {records(result)}"
    yield f"  target      {result.target} ({mode(result)})"
    yield f"  seed        {result.seed}, profile {result.profile}"
    if result.again:
        yield f"  again       {result.again}"

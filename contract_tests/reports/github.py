"""Annotations for a pull request: GitHub's workflow commands, to be printed to stdout in a step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from contract_tests.reports.result import Result
from contract_tests.reports.summary import Cause, causes, script_of

# GitHub shows no more of a level than this for a step, and drops the rest without a word.
_MOST = 10


class _Annotation(NamedTuple):
    level: Literal["error", "warning", "notice"]
    title: str
    message: str


def github(result: Result) -> str:
    """The annotations; nothing where there is nothing to say."""
    annotations = list(_annotations(result))
    lines = []
    for level in ("error", "warning", "notice"):
        lines += [_command(one) for one in _fitting([one for one in annotations if one.level == level])]
    return "".join(f"{line}\n" for line in lines)


def _annotations(result: Result) -> Iterator[_Annotation]:
    if result.lost:
        yield _Annotation("error", "The target was lost", result.lost)
    for error in result.errors:
        yield _Annotation("error", "The check itself failed", error)
    if result.left:
        yield _Annotation("error", "Records left behind", "\n".join(result.left))
    yield from (_found(result, cause) for cause in causes(result) if cause.kind != "known")
    for one in result.expired:
        said = f"{one.code} at {one.pointer}, on {one.until}: {one.reason}"
        yield _Annotation("warning", "Baseline entry expired", said)
    for one in result.gone:
        yield _Annotation("warning", "Baseline entry no longer occurs", f"{one.code} at {one.pointer}: take it out")
    if result.observations:
        yield _Annotation("notice", "Observed, and not in the document", "\n".join(result.observations))


def _found(result: Result, cause: Cause) -> _Annotation:
    finding = cause.finding
    lines = [
        finding.sentence,
        f"expected: {finding.expected}",
        f"observed: {finding.observed}",
        f"rests on: {finding.pointer}",
        f"assumed: {finding.assumption}" if finding.assumption else "",
        f"to allow it: {finding.amendment}" if finding.amendment else "",
        f"reproduce: sh {script_of(result, cause)} {result.target}" if result.scripts else "",
    ]
    told = "\n".join(line for line in lines if line)
    if cause.kind == "refuted":
        return _Annotation("warning", f"{finding.code} (assumption refuted)", told)
    return _Annotation("error", finding.code, told)


def _fitting(annotations: Sequence[_Annotation]) -> Sequence[_Annotation]:
    if len(annotations) <= _MOST:
        return annotations
    shown, rest = annotations[: _MOST - 1], annotations[_MOST - 1 :]
    titles = ", ".join(dict.fromkeys(one.title for one in rest))
    return [*shown, _Annotation(rest[0].level, f"{len(rest)} more", titles)]


def _command(one: _Annotation) -> str:
    title = _escaped(one.title).replace(":", "%3A").replace(",", "%2C")
    return f"::{one.level} title={title}::{_escaped(one.message)}"


def _escaped(text: str) -> str:
    """As the toolkit of GitHub's actions escapes the data of a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

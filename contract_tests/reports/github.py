"""Annotations for a pull request: workflow commands of GitHub, printed to stdout in a step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from contract_tests.reports.result import Result
from contract_tests.reports.summary import Cause, by_reason, causes, script_of
from contract_tests.target.printing import command
from openapi.wording import github_annotation

# GitHub shows this many annotations of a level for each step, and silently drops the others.
_MOST = 10


class _Annotation(NamedTuple):
    level: Literal["error", "warning", "notice"]
    title: str
    message: str
    location: tuple[str, int] = ("", 0)


def github(result: Result) -> str:
    """The annotations; empty if there is nothing to report."""
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
        entry = f"{one.code} at {one.pointer}, on {one.until}: {one.reason}"
        yield _Annotation("warning", "Baseline entry expired", entry)
    for one in result.gone:
        yield _Annotation("warning", "Baseline entry no longer occurs", f"{one.code} at {one.pointer}: remove it")
    for reason, names in by_reason(result, "not judged").items():
        yield _Annotation("warning", "Not judged", f"{reason}: {', '.join(names)}")
    if result.observations:
        yield _Annotation("notice", "Observed, but not documented", "\n".join(result.observations))


def _found(result: Result, cause: Cause) -> _Annotation:
    finding = cause.finding
    lines = [
        finding.sentence,
        f"expected: {finding.expected}",
        f"got: {finding.observed}",
        f"rests on: {finding.pointer}",
        f"assumed: {finding.assumption}" if finding.assumption else "",
        f"to allow it: {finding.suggested_change}" if finding.suggested_change else "",
        f"reproduce: {command(['sh', str(script_of(result, cause)), result.target])}" if result.scripts else "",
    ]
    message = "\n".join(line for line in lines if line)
    if cause.kind == "refuted":
        return _Annotation(
            "warning", f"{finding.code} (assumption refuted)", message, _location(result, finding.pointer)
        )
    return _Annotation("error", finding.code, message, _location(result, finding.pointer))


def _location(result: Result, pointer: str) -> tuple[str, int]:
    """The file and line to annotate: GitHub shows them for files of the repository, named relative to its root."""
    file, line = result.locations.get(pointer, ("", 0))
    return ("", 0) if Path(file).is_absolute() else (file, line)


def _fitting(annotations: Sequence[_Annotation]) -> Sequence[_Annotation]:
    if len(annotations) <= _MOST:
        return annotations
    shown, rest = annotations[: _MOST - 1], annotations[_MOST - 1 :]
    titles = ", ".join(dict.fromkeys(one.title for one in rest))
    return [*shown, _Annotation(rest[0].level, f"{len(rest)} more", titles)]


def _command(one: _Annotation) -> str:
    file, line = one.location
    properties = {"file": file, "line": str(line)} if file else {}
    properties |= {"title": one.title}
    return github_annotation(one.level, properties, one.message)

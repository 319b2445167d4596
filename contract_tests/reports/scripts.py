"""Each finding's reproduction as a short shell script for people."""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Iterator
from pathlib import Path

from contract_tests.findings.curl import read_backs
from contract_tests.findings.steps import Step
from contract_tests.header_file import CURL_ARGUMENT
from contract_tests.reports.result import Result
from contract_tests.reports.summary import Cause, causes, lines_of
from contract_tests.target.printing import printable

_MARK = "# It was written by callcamp-check."
"""The line by which a script is recognized as one of ours."""
_NAME = re.compile(r"[A-Z][A-Z0-9-]*-\d+\.sh")


def write_scripts(result: Result, folder: Path) -> tuple[Path, ...]:
    """Write a script for each finding to `folder`, named by its code and a number, and return the paths.

    Scripts of an earlier run are deleted. Put the folder into `Result.scripts` so that reports name them. Raises
    OSError.
    """
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.sh"):
        if _NAME.fullmatch(old.name) and _MARK in old.read_text(encoding="utf-8", errors="replace"):
            old.unlink()
    paths = []
    for cause in causes(result):
        path = folder / f"{cause.name}.sh"
        path.write_text(script(result, cause), encoding="utf-8", newline="\n")
        path.chmod(0o755)
        paths.append(path)
    return tuple(paths)


def script(result: Result, cause: Cause) -> str:
    """The requests of a finding as a script for any sh, with what was expected and observed as comments."""
    return "\n".join([*_head(result, cause), *_requests(result, cause), ""])


def _head(result: Result, cause: Cause) -> Iterator[str]:
    finding = cause.finding
    basis = f"assumed: {finding.assumption}" if finding.assumption else "documented by the vendor"
    yield "#!/bin/sh"
    rows = {
        finding.code: finding.sentence,
        "expected": finding.expected,
        "got": finding.observed,
        "operation": finding.operation,
        "rests on": f"{finding.pointer} ({basis})",
        "repeats": finding.repetition,
    }
    yield from (f"# {name}: {printable(value)}" for name, value in rows.items() if value)
    yield "#"
    yield f"# Usage: sh {cause.name}.sh {printable(result.target)}"
    yield "# It needs curl and jq. Set CALLCAMP_TOKEN if the service needs a token."
    if CURL_ARGUMENT in result.credentials:
        yield "# Set CALLCAMP_CHECK_HEADER_FILE to the file of headers that the check sent (its --header-file)."
    yield f"# This judges the responses: callcamp-check --replay REPORT.json#{cause.name} --target URL --allow-writes"
    yield _MARK
    yield "BASE=${1:?write the address of the service, such as http://127.0.0.1:4010/api}"
    # Headers go to stderr, so that jq reads the body alone.
    yield 'curl() { command curl -sS -D /dev/stderr "$@"; echo >&2; }'


def _requests(result: Result, cause: Cause) -> Iterator[str]:
    steps = cause.finding.steps
    lines, removals = lines_of(result, cause)
    reads = read_backs(steps, result.credentials)
    if any(_packed(step) or step.group for step in steps):
        yield 'cd "$(mktemp -d)" || exit'
    for step, command in zip(steps, lines, strict=True):
        yield from ["", f"# {command.number}. Response: {command.note}"]
        if _packed(step):
            marks = (f"$(printf '\\001'){number}$(printf '\\002')/$KEY{number}" for number in step.refers_to)
            filled = "".join(f' | sed "s/{mark}/g"' for mark in marks)
            yield f"base64 -d <<'END' | gzip -d{filled} > body-{step.number}"
            yield base64.encodebytes(gzip.compress(step.data, mtime=0)).decode() + "END"
        yield command.line
        if step.number in reads:
            yield from ["# The check reads each new record back.", reads[step.number]]
    if removals:
        yield from ["", "# Remove the created records.", *removals]


def _packed(step: Step) -> bool:
    """Whether the body of a step is too long for a line, or not printable."""
    return step.content is not None and step.text is None and step.method != "HEAD"

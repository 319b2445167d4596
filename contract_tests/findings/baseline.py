"""Known deviations: findings that a team lives with for a while, in a file that says which, why and until when."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from contract_tests.findings.finding import Finding

_MEMBERS = {"code", "pointer", "reason", "until"}


class BaselineError(Exception):
    """A baseline that can't be used. `str()` of it is the whole message."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """One entry: findings of `code` that rest on `pointer` are known, up to and including the day `until`."""

    code: str
    pointer: str
    reason: str
    until: date | None

    def covers(self, finding: Finding) -> bool:
        """Whether it is this finding that is known."""
        return (self.code, self.pointer) == finding.cause


@dataclass(frozen=True, slots=True)
class Weighed:
    """Findings beside a baseline.

    `known` ones don't fail the run, `expired` entries no longer cover theirs, and those that are `gone` did not occur
    though their property was checked.
    """

    findings: tuple[Finding, ...]
    known: tuple[tuple[Finding, Deviation], ...]
    expired: tuple[Deviation, ...]
    gone: tuple[Deviation, ...]


def weigh(findings: Sequence[Finding], baseline: Sequence[Deviation], checked: Collection[str], today: date) -> Weighed:
    """Which findings are known on the day `today`, given the codes of the properties that were `checked`."""
    expired = tuple(one for one in baseline if one.until is not None and one.until < today)
    valid = [one for one in baseline if one not in expired]
    pairs = [(finding, next((one for one in valid if one.covers(finding)), None)) for finding in findings]
    return Weighed(
        findings=tuple(finding for finding, entry in pairs if entry is None),
        known=tuple((finding, entry) for finding, entry in pairs if entry is not None),
        expired=expired,
        gone=tuple(
            one for one in baseline if one.code in checked and not any(one.covers(finding) for finding in findings)
        ),
    )


def read_baseline(file: Path) -> tuple[Deviation, ...]:
    """The entries of `file`; none where there is no such file. Raises BaselineError."""
    if not file.is_file():
        return ()
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BaselineError(f"{file}: can't be read ({error}); mend it, or use --write-baseline") from None
    entries = data.pop("known", [])
    if data or not isinstance(entries, list):
        raise BaselineError(f"{file}: holds {', '.join(data) or 'no list'}; write each entry under [[known]]")
    return tuple(_entry(file, number, entry) for number, entry in enumerate(entries, 1))


def _entry(file: Path, number: int, entry: Any) -> Deviation:
    place = f"{file}: entry {number}"
    if not isinstance(entry, dict) or set(entry) - _MEMBERS or not {"code", "pointer", "reason"} <= set(entry):
        raise BaselineError(f"{place}: write code, pointer and reason, and until (a date) if it is to expire")
    texts = [entry["code"], entry["pointer"], entry["reason"]]
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise BaselineError(f"{place}: code, pointer and reason are texts; write each in quotes")
    until = entry.get("until")
    if until is not None and type(until) is not date:
        raise BaselineError(f"{place}: until is {until!r}; write a date, such as 2027-01-31, without quotes")
    return Deviation(entry["code"], entry["pointer"], entry["reason"], until)


def write_baseline(file: Path, findings: Sequence[Finding], until: date, old: Sequence[Deviation]) -> None:
    """Write `file` anew: an entry for each finding, its reason and date kept if it had some. Raises BaselineError."""
    lines = ["# Known deviations of the service from the contract: callcamp-check --write-baseline writes this file."]
    causes = sorted({finding.cause: finding for finding in findings}.items())
    for _, finding in causes:
        known = next((one for one in old if one.covers(finding)), None)
        reason = known.reason if known else finding.sentence
        lines += [
            "",
            "[[known]]",
            f"code = {_text(finding.code)}",
            f"pointer = {_text(finding.pointer)}",
            f"reason = {_text(reason)}",
            f"until = {(known.until if known and known.until else until).isoformat()}",
        ]
    try:
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise BaselineError(f"{file}: can't be written ({error.strerror}); name another with --baseline") from None


def _text(value: str) -> str:
    """A TOML basic string; its escapes are those of JSON (TOML 1.0, section String), but for the delete character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

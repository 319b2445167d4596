"""Known deviations: findings that a team accepts for a while, in a file with a reason and an expiry date for each."""

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
    """An invalid baseline. `str()` of it is the whole message."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """One entry: findings with `code` and `pointer` are known, until the end of the day `until`."""

    code: str
    pointer: str
    reason: str
    until: date | None

    def covers(self, finding: Finding) -> bool:
        """Whether the entry is for this finding."""
        return (self.code, self.pointer) == finding.cause


@dataclass(frozen=True, slots=True)
class Weighed:
    """Findings compared with a baseline.

    `findings` are new and fail the run, `known` ones don't. `expired` entries no longer count. `gone` entries
    did not occur although their property was checked.
    """

    findings: tuple[Finding, ...]
    known: tuple[tuple[Finding, Deviation], ...]
    expired: tuple[Deviation, ...]
    gone: tuple[Deviation, ...]


def weigh(findings: Sequence[Finding], baseline: Sequence[Deviation], checked: Collection[str], today: date) -> Weighed:
    """Compare findings with the baseline on the day `today`. `checked` are the codes of the properties of the run."""
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
    """The entries of `file`; none if it does not exist. Raises BaselineError."""
    if not file.is_file():
        return ()
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BaselineError(f"{file}: can't be read ({error}); fix it, or use --write-baseline") from None
    entries = data.pop("known", [])
    if data or not isinstance(entries, list):
        raise BaselineError(
            f"{file}: unknown content ({', '.join(data) or 'known is not a list'}); write each entry under [[known]]"
        )
    return tuple(_entry(file, number, entry) for number, entry in enumerate(entries, 1))


def _entry(file: Path, number: int, entry: Any) -> Deviation:
    where = f"{file}: entry {number}"
    if not isinstance(entry, dict) or set(entry) - _MEMBERS or not {"code", "pointer", "reason"} <= set(entry):
        raise BaselineError(f"{where}: write code, pointer, reason, and optionally until (a date)")
    texts = [entry["code"], entry["pointer"], entry["reason"]]
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise BaselineError(f"{where}: code, pointer and reason must be strings; write each in quotes")
    until = entry.get("until")
    if until is not None and type(until) is not date:
        raise BaselineError(f"{where}: until is {until!r}; write a date such as 2027-01-31, without quotes")
    return Deviation(entry["code"], entry["pointer"], entry["reason"], until)


def write_baseline(file: Path, findings: Sequence[Finding], until: date, old: Sequence[Deviation]) -> None:
    """Write an entry to `file` for each finding; `old` entries keep their reason and date. Raises BaselineError."""
    lines = ["# Known deviations of the service from the contract, written by callcamp-check --write-baseline."]
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
        raise BaselineError(f"{file}: can't be written ({error.strerror}); name another file with --baseline") from None


def _text(value: str) -> str:
    """A TOML basic string. Its escapes are those of JSON, plus the delete character (TOML 1.0, section String)."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

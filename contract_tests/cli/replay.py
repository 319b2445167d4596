"""Sends the requests of a report's findings again, to any service, and judges the responses."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from contract_tests.cli.check import interruptible
from contract_tests.cli.publishing import LEFT_BEHIND, UNREACHABLE
from contract_tests.findings.repeating import Repeater
from contract_tests.findings.reproduction import (
    Outcome,
    Replayed,
    Reproduction,
    ReproductionError,
    from_data,
    replay,
    with_unknown_keys,
)
from contract_tests.reports.masking import Mask
from contract_tests.reports.report_file import ReportFileError, read_report
from contract_tests.runner.run import Run, start
from contract_tests.settings import Settings
from contract_tests.target import tags
from contract_tests.target.client import NoResponseError, TargetLostError
from contract_tests.target.first_contact import WrongTargetError
from contract_tests.target.guarded_adapter import BudgetSpentError, RefusedRequestError
from contract_tests.target.ledger import LedgerError
from contract_tests.target.ownership import NotJudgedError
from contract_tests.target.printing import printable
from contract_tests.target.target import TargetError
from openapi import SpecError

_CODES: Mapping[Outcome, int] = {"kept": 0, "broken": 1, "not replayed": 2}


def replay_findings(reference: str, settings: Settings, *, as_json: bool = False) -> int:
    """Replay the finding that `REPORT#N` names, by its number or its name, or all findings of `REPORT`.

    Returns the exit code: 0 if all are kept, 1 if one is broken, 2 if one could not be replayed, 3 if the target can't
    be reached, 4 if a record could not be removed. Raises click.UsageError.
    """
    chosen = _chosen(reference)
    try:
        run = start(settings)
    except (SpecError, TargetError) as error:
        raise click.UsageError(str(error)) from None
    try:
        with interruptible():
            replays = _replay_all(run, chosen, as_json=as_json)
    except LedgerError as error:
        raise click.UsageError(str(error)) from None
    except (TargetLostError, WrongTargetError) as error:
        click.echo(printable(str(error)), err=True)
        return UNREACHABLE
    finally:
        run.finish()
        for line in run.left:
            click.echo(f"could not be removed: {line}", err=True)
    if as_json:
        _show_json(run, chosen, replays)
    outcomes = [one.outcome for one in replays.values()]
    if run.left and "broken" not in outcomes:
        return LEFT_BEHIND
    return max(_CODES[one] for one in outcomes if "broken" not in outcomes or one == "broken")


def _replay_all(run: Run, chosen: Mapping[str, tuple[str, Reproduction]], *, as_json: bool) -> dict[str, Replayed]:
    """The outcomes by the names of the findings; each is printed at once, unless as JSON at the end."""
    _begin(run, chosen)
    replays = {}
    for name, (sentence, reproduction) in chosen.items():
        replays[name] = _replayed(run, reproduction)
        for line in () if as_json else _lines(name, sentence, replays[name]):
            click.echo(printable(_masked(run, line)), err=True)
    return replays


def _show_json(run: Run, chosen: Mapping[str, tuple[str, Reproduction]], replays: Mapping[str, Replayed]) -> None:
    found = [{"name": name, "sentence": chosen[name][0], **one._asdict()} for name, one in replays.items()]
    click.echo(json.dumps(_masked(run, {"replays": found, "left": list(run.left)}), indent=2))


def _masked(run: Run, value: Any) -> Any:
    """Text or plain data without the secrets of the run."""
    return Mask(*run.settings.secrets).over(value)


def _begin(run: Run, chosen: Mapping[str, tuple[str, Reproduction]]) -> None:
    # Records are recognized by the beginning of their tag, which is that of the reported run.
    prefixes = [one.tag[: -tags.VARIES] for _, one in chosen.values() if one.tag]
    run.ledger.tag = next(iter(prefixes), run.ledger.tag)
    run.check_reachable()
    click.echo(f"replaying at {run.target.base_url}: {run.mode}", err=True)


def _replayed(run: Run, reproduction: Reproduction) -> Replayed:
    if reproduction.writes and not run.writes:
        return Replayed("not replayed", 0, reason="it creates or changes records; allow it with --allow-writes")
    tag = reproduction.tag
    steps, keys = with_unknown_keys(reproduction.steps, run.ledger.new_tag)
    run.ledger.invented |= keys
    repeater = Repeater(run.client, run.delete_created, tag, lambda: tags.fresh(tag))
    try:
        return replay(reproduction.with_steps(steps), repeater)
    except (NoResponseError, NotJudgedError, BudgetSpentError, RefusedRequestError) as error:
        return Replayed("not replayed", 0, reason=str(error))


def _lines(name: str, sentence: str, replayed: Replayed) -> Iterator[str]:
    turns = f", sent {replayed.turns} times" if replayed.turns > 1 else ""
    yield f"{name}: {replayed.outcome}{turns}{f'; {replayed.reason}' if replayed.reason else ''}"
    if replayed.outcome == "broken":
        yield f"  {sentence}"
        yield f"  expected    {replayed.expected}"
        yield f"  got         {replayed.observed}"


def _chosen(reference: str) -> dict[str, tuple[str, Reproduction]]:
    """By name, the sentence and the reproduction of each finding to replay."""
    file, _, which = (reference, "", "") if Path(reference).is_file() else reference.rpartition("#")
    file = file or reference
    findings = _findings(Path(file))
    named = {one["name"]: one for one in findings}
    if which.isdecimal() and 0 < int(which) <= len(findings):
        findings = [findings[int(which) - 1]]
    elif which in named:
        findings = [named[which]]
    elif which:
        raise click.UsageError(
            f"--replay {reference}: {file} has no finding {which}; write a number from 1 to {len(findings)}, "
            f"or one of {', '.join(named)}"
        )
    try:
        return {one["name"]: (one["sentence"], from_data(one)) for one in findings}
    except ReproductionError as error:
        raise click.UsageError(f"--replay {file}: a finding can't be replayed: {error}; run the check again") from None


def _findings(file: Path) -> Sequence[Mapping[str, Any]]:
    try:
        findings: Sequence[Mapping[str, Any]] = read_report(file, "--replay")["findings"]
    except ReportFileError as error:
        raise click.UsageError(str(error)) from None
    if not findings:
        raise click.UsageError(f"--replay {file}: has no findings, so there is nothing to replay")
    return findings

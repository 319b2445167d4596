"""Judges recordings by the document and writes the same reports as a run. No request is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import click

from contract_tests.cli.publishing import check_options, exit_code, in_order, publish
from contract_tests.findings.baseline import BaselineError, Deviation, read_baseline, weigh
from contract_tests.findings.curl import curl_credentials
from contract_tests.findings.finding import Finding
from contract_tests.properties import CATALOGUE
from contract_tests.reports import Outcome, PropertyRun, Result
from contract_tests.reports.summary import IGNORED, NOT_SELECTED, NOT_SHOWN
from contract_tests.runner.coverage import Coverage
from contract_tests.settings import Settings
from contract_tests.target.printing import printable
from contract_tests.target.target import TargetError, checked
from contract_tests.traffic.har import HarError, RecordedExchange, read_recordings
from contract_tests.traffic.judging import Judge, Judged, Matched, matched, origins
from openapi import Contract, SpecError, load
from openapi.wording import counted

_PACKAGE = "callcamp-contract-kit"


def check_recordings(files: Sequence[Path], settings: Settings) -> int:
    """Judge the recordings, write the reports, and return the exit code. Raises click.UsageError.

    The target of the settings is the base URL of the service in the recordings; by default it is detected.
    """
    reports = check_options(settings)
    try:
        contract = load(settings.spec, settings.overlays, settings.allow_ref_outside)
        exchanges = read_recordings(files, _names_of_keys(contract))
        base = _base_url(contract, exchanges, settings)
        baseline = read_baseline(settings.baseline)
    except (SpecError, HarError, TargetError, BaselineError) as error:
        raise click.UsageError(printable(str(error))) from None
    found = matched(contract, exchanges, base)
    _explain(exchanges, found, base)
    result = replace(
        _result(contract, found, baseline, settings),
        target=base,
        secrets={*(text for one in exchanges for text in one.secrets), *settings.secrets},
    )
    return exit_code(publish(result, settings, reports))


def _result(contract: Contract, found: Sequence[Matched], baseline: Sequence[Deviation], settings: Settings) -> Result:
    """Everything that reports need except the target. Its secrets are not masked yet."""
    began = datetime.now(UTC)
    judged = Judge(contract).judge(found)
    findings = in_order([one for one in judged.findings if _why_left_out(one.code, settings) is None])
    weighed = weigh(findings, baseline, set(judged.times), began.date())
    refuted = tuple(one for one in weighed.findings if not one.documented and not settings.strict)
    return Result(
        target="",
        seed=0,
        profile=settings.profile,
        strict=settings.strict,
        recorded=True,
        credentials=curl_credentials(any(one.recorded.authorized for one in found), header_file=False),
        spec=f"{contract.title} {contract.version}",
        spec_sha256=hashlib.sha256(contract.encoded).hexdigest(),
        versions={_PACKAGE: version(_PACKAGE)},
        began=began.isoformat(timespec="seconds").replace("+00:00", "Z"),
        seconds=round((datetime.now(UTC) - began).total_seconds(), 1),
        requests=sum(one.operation is not None for one in found),
        findings=tuple(one for one in weighed.findings if one not in refuted),
        warnings=refuted,
        known=weighed.known,
        expired=weighed.expired,
        gone=weighed.gone,
        observations=dict(judged.observations.seen),
        coverage=Coverage(contract).of(judged.requests),
        properties=tuple(_properties(judged, findings, settings)),
    )


def _names_of_keys(contract: Contract) -> list[str]:
    """The headers, cookies and query parameters that hold API keys, by the document."""
    schemes = contract.document().get("components", {}).get("securitySchemes", {}).values()
    return [one["name"] for one in schemes if isinstance(one, dict) and isinstance(one.get("name"), str)]


def _base_url(contract: Contract, exchanges: Sequence[RecordedExchange], settings: Settings) -> str:
    """The base URL of the service. Raises click.UsageError if it is ambiguous."""
    if settings.target != Settings().target:
        return checked(settings.target)
    found = origins(contract, exchanges)
    if len(found) > 1:
        named = ", ".join(f"{base} ({counted(times, 'request')})" for base, times in found.most_common())
        raise click.UsageError(
            f"--traffic: several services have the paths of the document: {named}; name one with --target"
        )
    return next(iter(found), contract.base_path or "/")


def _explain(exchanges: Sequence[RecordedExchange], found: Sequence[Matched], base: str) -> None:
    """Print what is judged, and what is not."""
    judged = sum(one.operation is not None for one in found)
    others = len(exchanges) - len(found)
    left_out = f"; {counted(others, 'request')} to other addresses {'is' if others == 1 else 'are'} left out"
    said = f"judging {counted(judged, 'recorded request')} to {printable(base)}"
    click.echo(said + (left_out if others else ""), err=True)
    if not judged:
        advice = "name the base URL of the service with --target, and its document with --spec"
        click.echo(f"no recorded request is for an operation of the document; {advice}", err=True)


def _why_left_out(code: str, settings: Settings) -> str | None:
    if settings.select and not code.startswith(settings.select):
        return NOT_SELECTED
    return IGNORED if code.startswith(settings.ignore or "\0") else None


def _properties(judged: Judged, findings: Sequence[Finding], settings: Settings) -> Iterator[PropertyRun]:
    """The outcome of each property: those that no exchange shows are not checked."""
    broken = {one.code for one in findings}
    for one in CATALOGUE.values():
        why = _why_left_out(one.code, settings) or ("" if judged.times[one.code] else NOT_SHOWN)
        if why:
            yield PropertyRun(one.code, one.title, "", "not checked", why=why)
        else:
            outcome: Outcome = "broken" if one.code in broken else "kept"
            yield PropertyRun(one.code, one.title, "", outcome, requests=judged.times[one.code])

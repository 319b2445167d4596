"""Writes the reports of a run, and turns its result into an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from contract_tests.findings.finding import Finding
from contract_tests.properties import CATALOGUE
from contract_tests.reports import FORMATS, Result, for_stream, write_scripts
from contract_tests.reports.summary import verdict
from contract_tests.settings import Settings

BROKEN, UNREACHABLE, LEFT_BEHIND, NOT_JUDGED = 1, 3, 4, 5


def check_options(settings: Settings, write_findings: bool = False) -> list[tuple[str, str]]:
    """The format and the path of each report. Raises click.UsageError for mistyped options, before anything is sent."""
    reports = report_paths(settings)
    _check_codes("select", settings.select)
    _check_codes("ignore", settings.ignore)
    _check_selection(settings)
    _check_paths(settings, [path for _, path in reports], write_findings)
    return reports


def report_paths(settings: Settings) -> list[tuple[str, str]]:
    """The format and the path of each report. Raises click.UsageError."""
    return [_report(text) for text in settings.reports]


def publish(result: Result, settings: Settings, reports: Sequence[tuple[str, str]]) -> Result:
    """Write the scripts of the findings and all reports; the result names the scripts. Raises click.UsageError."""
    folder = write_scripts(result, settings.scripts) if result.findings or result.warnings else ()
    result = replace(result, scripts=str(settings.scripts) if folder else None)
    click.echo(for_stream(result, sys.stderr), err=True, nl=False)
    for name, path in reports:
        _write(FORMATS[name](result), path)
    return result


def exit_code(result: Result) -> int:
    """The exit code of a run that was not interrupted."""
    if result.left:
        return LEFT_BEHIND
    if result.lost:
        return UNREACHABLE
    if result.findings or result.expired or result.errors:
        return BROKEN
    return 0 if verdict(result)[0] == "holds" else NOT_JUDGED


def in_order(found: Sequence[Finding]) -> list[Finding]:
    """The findings in the order of the catalogue; those that could not be reproduced come last."""
    indexes = {code: index for index, code in enumerate(CATALOGUE)}
    return sorted(found, key=lambda one: (not one.attempts, indexes.get(one.code, len(indexes)), one.pointer))


def _report(text: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if name not in FORMATS or not equals or not path:
        raise click.UsageError(f"--report {text}: write FORMAT=PATH; the formats are {', '.join(FORMATS)}")
    return name, path


def _check_codes(flag: str, prefixes: Sequence[str]) -> None:
    for prefix in prefixes:
        if not any(code.startswith(prefix) for code in CATALOGUE):
            raise click.UsageError(
                f"--{flag} {prefix}: no property has a code with this prefix; --list prints all codes"
            )


def _check_selection(settings: Settings) -> None:
    selected = [code for code in CATALOGUE if not settings.select or code.startswith(settings.select)]
    if settings.ignore and all(code.startswith(settings.ignore) for code in selected):
        raise click.UsageError(f"--ignore {','.join(settings.ignore)}: leaves no property to check; ignore fewer")


def _check_paths(settings: Settings, reports: Sequence[str], write_findings: bool) -> None:
    """Raise click.UsageError for mistyped paths, before anything is sent."""
    named = [("--report", Path(path)) for path in reports if path != "-"]
    options = [("--ledger", settings.ledger), ("--write-overlay", settings.write_overlay)]
    named += [(flag, file) for flag, file in options if file is not None]
    named += [("--scripts", settings.scripts)]
    problems = [
        f"{flag} {file}: the folder {file.parent} does not exist; create it, or name another file"
        for flag, file in named
        if not file.parent.is_dir()
    ]
    baseline = settings.baseline
    if baseline != Settings().baseline and not write_findings and not baseline.is_file():
        problems.append(f"--baseline {baseline}: does not exist; create it with --write-baseline")
    if problems:
        raise click.UsageError("\n".join(problems))


def _write(text: str, path: str) -> None:
    if path == "-":
        click.echo(text, nl=False)
        return
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"--report: can't write {path} ({error.strerror}); name another file") from None

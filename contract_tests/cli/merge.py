"""`callcamp-check merge`: one report from the reports of the shards of a check."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import click

from contract_tests.cli.publishing import exit_code, publish, report_paths
from contract_tests.findings.reproduction import ReproductionError
from contract_tests.reports.merging import MergeError, merged
from contract_tests.reports.report_file import ReportFileError, read_report
from contract_tests.settings import Settings


def merge(files: Sequence[str], settings: Settings) -> int:
    """Merge the JSON reports in `files`, and write the reports that the settings name. Returns the exit code.

    Raises click.UsageError for files that are not the reports of one check.
    """
    reports = report_paths(settings)
    try:
        found = {file: read_report(Path(file), "merge") for file in files}
        result = merged(found, shlex.join(["callcamp-check", "merge", *files]))
    except (MergeError, ReportFileError, ReproductionError) as error:
        raise click.UsageError(str(error)) from None
    return exit_code(publish(result, settings, reports))

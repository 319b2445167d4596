"""Reads the calibration of an earlier run, such as that of the first shard."""

from __future__ import annotations

import hashlib
from pathlib import Path

from contract_tests.calibration.words import Learnt
from contract_tests.reports.report_file import read_report
from contract_tests.settings import SettingsError
from openapi import Contract

OPTION = "--calibration"


def learnt_earlier(file: Path, contract: Contract) -> list[Learnt]:
    """The calibration in the JSON report `file`. Raises ReportFileError and SettingsError."""
    report = read_report(file, OPTION)
    run, sentences = report["run"], {one["pointer"]: one["sentence"] for one in report["findings"]}
    if run["spec_sha256"] != hashlib.sha256(contract.encoded).hexdigest():
        raise SettingsError(f"{OPTION} {file}: the report is about another document; name one about {contract.file}")
    if run["lost"] or run["ended"] or not report["calibration"]["questions"]:
        raise SettingsError(f"{OPTION} {file}: its run did not finish calibrating; leave the option out")
    return [
        Learnt(
            one["pointer"], one["declared"], one["word"], one["evidence"], sentence=sentences.get(one["pointer"], "")
        )
        for one in report["calibration"]["questions"]
    ]

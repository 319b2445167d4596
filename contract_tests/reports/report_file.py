"""Reads JSON reports that the check has written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

_SCHEMA = Path(__file__).with_name("report.schema.json")


class ReportFileError(ValueError):
    """A file is not a JSON report of this version of the check."""


def read_report(file: Path, option: str) -> Mapping[str, Any]:
    """The report in `file`, which `option` names; it matches the schema. Raises ReportFileError."""
    try:
        report = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        advice = "name a file that --report json=FILE wrote"
        advice += ", and a finding after #" if option == "--replay" else ""
        raise ReportFileError(f"{option} {file}: can't be read ({error.strerror}); {advice}") from None
    except (ValueError, RecursionError):
        report = None
    problem = next(_validator().iter_errors(report), None)
    if problem is not None:
        pointer = "/".join(map(str, problem.instance_path))
        where = f" (see {pointer})" if pointer else ""
        raise ReportFileError(
            f"{option} {file}: not a JSON report of this version of the check{where}; write one with --report json=FILE"
        )
    found: Mapping[str, Any] = report
    return found


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(_SCHEMA.read_text(encoding="utf-8")))
